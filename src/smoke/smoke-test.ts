import { request } from "node:http";

import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { CheckResult, SmokeResult } from "../model/smoke.js";
import type { TargetSystem } from "../model/system.js";
import type { Clock } from "../platform/clock.js";
import { type Log, sanitizeText } from "../platform/log.js";
import type { Container, ContainerRuntime } from "./docker.js";
import type { Check, SmokeSpec } from "./spec.js";

/** The image to judge: the archive that was pushed, and the IDs that it may have in an engine. */
export interface Candidate {
  readonly archive: string;
  /** The digests of config and manifest: engines name an image by either. */
  readonly ids: readonly Digest[];
  readonly target: TargetSystem;
}

export interface SmokeEffects {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Log;
}

const RETRY_EVERY_MS = 200;
const MAX_BODY_BYTES = 1 << 20;

/**
 * Runs the smoke test on the candidate's own bytes. A check that fails is a result, with the container's last lines. Rejects with
 * `GATE_EMULATED` where the engine's CPU is not the target's and emulation is not allowed, and with `GATE_MISMATCH`.
 */
export async function runSmokeTest(
  spec: SmokeSpec,
  candidate: Candidate,
  isEmulationAllowed: boolean,
  effects: SmokeEffects,
): Promise<SmokeResult> {
  const { runtime, log } = effects;
  const isEmulated = runtime.system !== candidate.target;
  if (isEmulated && !isEmulationAllowed) {
    throw new ActionError(
      "GATE_EMULATED",
      `the image is for ${candidate.target}, and the container engine runs on ${runtime.system ?? "another CPU"}`,
      { hint: "Run the gate on a runner of the target's CPU, or set allow-emulated-gate: true." },
    );
  }
  if (isEmulated)
    log.warning(
      `the smoke test runs under emulation: ${candidate.target} on ${runtime.system ?? "another CPU"}`,
    );
  const image = await runtime.load(candidate.archive, candidate.ids);
  try {
    const judged = await judgeAll(spec, image.id, effects);
    const outcome = judged.checks.every((check) => check.outcome === "passed") ? "passed" : "failed";
    return { outcome, runtime: runtime.name, isEmulated, ...judged };
  } finally {
    await image.remove();
  }
}

/** All checks: those that ask a running container share one, in order; each exit code is of a container of its own. */
async function judgeAll(
  { checks: wanted }: SmokeSpec,
  image: Digest,
  effects: SmokeEffects,
): Promise<Pick<SmokeResult, "checks" | "containerLog">> {
  const { runtime } = effects;
  const checks: CheckResult[] = [];
  let containerLog = "";
  const runIn = async (
    args: readonly string[],
    ports: readonly number[],
    work: (container: Container) => Promise<void>,
  ) => {
    const container = await runtime.start(image, { ports, args });
    try {
      await work(container);
      const hasFailed = checks.some(({ outcome }) => outcome === "failed");
      if (hasFailed && containerLog === "") containerLog = await container.readLog();
    } finally {
      await container.remove();
    }
  };
  const asked = wanted.filter((check) => check.kind !== "exit-code");
  const ports = new Set(asked.flatMap((check) => (check.kind === "http" ? [check.port] : [])));
  if (asked.length > 0) {
    await runIn([], [...ports], async (container) => {
      for (const check of asked)
        checks.push(await judge(check, () => runCheck(check, container, effects), effects));
    });
  }
  for (const check of wanted) {
    if (check.kind !== "exit-code") continue;
    await runIn(check.args, [], async (container) => {
      checks.push(await judge(check, () => waitForExit(check, container, effects), effects));
    });
  }
  return { checks, containerLog };
}

/** What a check saw: nothing to complain about, or why it failed. */
type Verdict =
  { readonly passed: true; readonly detail: string } | { readonly passed: false; readonly detail: string };

async function judge(
  check: Check,
  work: () => Promise<Verdict>,
  { clock, log }: SmokeEffects,
): Promise<CheckResult> {
  const startedAtMs = clock.nowMs();
  const { passed, detail } = await work();
  const result: CheckResult = {
    name: check.name,
    kind: check.kind,
    outcome: passed ? "passed" : "failed",
    durationMs: clock.nowMs() - startedAtMs,
    detail: sanitizeText(detail),
  };
  const line = `smoke test: ${result.name} ${result.outcome}: ${result.detail}`;
  if (passed) log.info(line);
  else log.error(line);
  return result;
}

async function runCheck(
  check: Exclude<Check, { kind: "exit-code" }>,
  container: Container,
  effects: SmokeEffects,
): Promise<Verdict> {
  if (check.kind === "http") return askUntilAnswered(check, container, effects);
  try {
    const { exitCode, stdout, stderr } = await container.exec(check.command, check.timeoutMs);
    const said = (stdout || stderr).trim().slice(0, 300);
    return {
      passed: exitCode === 0,
      detail: `exit code ${exitCode}${said === "" ? "" : `, ${JSON.stringify(said)}`}`,
    };
  } catch (error) {
    if (error instanceof ActionError && error.code === "COMMAND_TIMEOUT")
      return { passed: false, detail: "it took too long" };
    throw error;
  }
}

async function askUntilAnswered(
  check: Extract<Check, { kind: "http" }>,
  container: Container,
  { clock }: SmokeEffects,
): Promise<Verdict> {
  const endMs = clock.nowMs() + check.timeoutMs;
  for (let detail = "no answer"; ;) {
    const exitCode = await container.readExitCode();
    if (exitCode !== undefined) return { passed: false, detail: `the container exited with ${exitCode}` };
    const leftMs = endMs - clock.nowMs();
    if (leftMs <= 0) return { passed: false, detail: `${detail} within ${check.timeoutMs / 1000} s` };
    try {
      const { status, body } = await get(await container.readPort(check.port), check.path, leftMs);
      const isBodyRight = check.body === undefined || body.includes(check.body);
      if (status === check.status && isBodyRight) return { passed: true, detail: `status ${status}` };
      detail =
        status === check.status
          ? `the body ${JSON.stringify(body.slice(0, 200))} has no ${JSON.stringify(check.body)}`
          : `status ${status} instead of ${check.status}`;
    } catch (error) {
      if (error instanceof ActionError) throw error;
      detail = `no answer (${renderError(error)})`;
    }
    await clock.sleep(Math.min(RETRY_EVERY_MS, Math.max(1, endMs - clock.nowMs())));
  }
}

/** One GET on loopback: no redirect is followed, and a body that never ends is cut. */
function get(
  port: number,
  path: string,
  timeoutMs: number,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      { host: "127.0.0.1", port, path, signal: AbortSignal.timeout(timeoutMs) },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        const finish = () => {
          resolve({
            status: response.statusCode ?? 0,
            body: Buffer.concat(chunks).toString().slice(0, MAX_BODY_BYTES),
          });
        };
        response.on("data", (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size <= MAX_BODY_BYTES) return;
          finish();
          response.destroy();
        });
        response.on("end", finish);
        response.on("error", reject);
      },
    );
    call.on("error", reject);
    call.end();
  });
}

async function waitForExit(
  check: Extract<Check, { kind: "exit-code" }>,
  container: Container,
  { clock }: SmokeEffects,
): Promise<Verdict> {
  const endMs = clock.nowMs() + check.timeoutMs;
  for (;;) {
    const exitCode = await container.readExitCode();
    if (exitCode !== undefined) {
      return {
        passed: exitCode === check.exitCode,
        detail: `exit code ${exitCode}, expected ${check.exitCode}`,
      };
    }
    if (clock.nowMs() >= endMs)
      return { passed: false, detail: `it still ran after ${check.timeoutMs / 1000} s` };
    await clock.sleep(RETRY_EVERY_MS);
  }
}
