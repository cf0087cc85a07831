import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { type Blob, type OciImage, readySource } from "../model/image.js";
import type { CheckResult, SmokeResult, TestedLayer } from "../model/smoke.js";
import { type Emit, emitFor } from "../model/run-event.js";
import type { TargetSystem } from "../model/system.js";
import type { Clock } from "../platform/clock.js";
import { type Log, sanitizeText } from "../platform/log.js";
import { runCheck, type Verdict, waitForExit } from "./check.js";
import type { Container, ContainerRuntime } from "./container.js";
import type { LoadedImage } from "./load-image.js";
import type { SmokeSpec } from "./spec.js";

/** The image to test: the same blobs that were pushed. */
export interface Candidate {
  readonly image: OciImage;
  readonly target: TargetSystem;
  /** Where this run has the layers from. */
  readonly origin: TestedLayer["origin"];
  /** Loads the image into the engine. */
  readonly load: () => Promise<LoadedImage>;
}

export interface SmokeEffects {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
}

/**
 * Runs the smoke test on the candidate's own bytes. A failed check does not reject: the result reports it,
 * with the last lines of the container's log. Rejects with `GATE_EMULATED` if the engine's CPU is not the
 * target's and emulation is not allowed, with `GATE_FAILED` if the engine cannot load the candidate, and with
 * `GATE_MISMATCH` if it does not have the candidate after loading it.
 */
export async function runSmokeTest(
  spec: SmokeSpec,
  candidate: Candidate,
  isEmulationAllowed: boolean,
  effects: SmokeEffects,
): Promise<SmokeResult> {
  const { runtime, log } = effects;
  const { layers } = candidate.image;
  requireNativeEngine(runtime, candidate.target, isEmulationAllowed);
  const isEmulated = runtime.system !== candidate.target;
  if (isEmulated)
    log.warning(
      `the smoke test runs under emulation: ${candidate.target} on ${runtime.system ?? "another CPU"}`,
    );
  const image = await candidate.load();
  const { load } = image;
  log.info(`the image for ${candidate.target} is in ${runtime.name}: ${load.reason}`);
  const originOf = ({ source }: Blob) => {
    if (load.way === "present") return "matched";
    return "provide" in source ? "fetched" : candidate.origin;
  };
  try {
    // Where the engine had the image, what the registry has must be the same: fetching a layer verifies it.
    await Promise.all(layers.map(readySource));
    const tested = await runChecks(spec, image.id, {
      ...effects,
      emit: emitFor(effects.emit, candidate.target),
    });
    const outcome = tested.checks.every((check) => check.outcome === "passed") ? "passed" : "failed";
    return {
      ...{ outcome, runtime: runtime.name, isEmulated, load },
      layers: layers.map((layer) => ({ digest: layer.digest, origin: originOf(layer) })),
      ...tested,
    };
  } finally {
    await image.remove();
  }
}

/** Throws `GATE_EMULATED` if the engine's CPU is not the target's and emulation is not allowed. */
export function requireNativeEngine(
  { system }: Pick<ContainerRuntime, "system">,
  target: TargetSystem,
  isEmulationAllowed: boolean,
): void {
  if (system === target || isEmulationAllowed) return;
  throw new ActionError(
    "GATE_EMULATED",
    `the image is for ${target}, but the container engine runs on ${system ?? "another CPU"}`,
    { hint: "Run the gate on a runner with the target's CPU, or set allow-emulated-gate: true." },
  );
}

/** Runs all checks. Each `exit-code` check has its own container; the others share one, in order. */
async function runChecks(
  { container: options, checks: wanted }: SmokeSpec,
  image: Digest,
  effects: SmokeEffects,
): Promise<Pick<SmokeResult, "checks" | "containerLog">> {
  const { runtime } = effects;
  const checks: CheckResult[] = [];
  let containerLog = "";
  const { isNonRoot } = options;
  const runIn = async (
    args: readonly string[],
    ports: readonly number[],
    work: (container: Container) => Promise<void>,
  ) => {
    const start = await runtime.start(image, { ...options, ports, args });
    if (start.state === "failed") {
      const failure = { passed: false, detail: start.reason };
      checks.push(
        await recordCheck({ name: "starts", kind: "start" }, () => Promise.resolve(failure), effects),
      );
      return;
    }
    const { container } = start;
    try {
      if (isNonRoot)
        checks.push(
          await recordCheck({ name: "not root", kind: "non-root" }, () => checkUsers(container), effects),
        );
      await work(container);
      const hasFailed = checks.some(({ outcome }) => outcome === "failed");
      if (hasFailed && containerLog === "") containerLog = await container.readLog();
    } finally {
      await container.remove();
    }
  };
  const asked = wanted.filter((check) => check.kind !== "exit-code");
  const ports = new Set(asked.flatMap((check) => ("port" in check ? [check.port] : [])));
  if (asked.length > 0) {
    await runIn([], [...ports], async (container) => {
      for (const check of asked) {
        checks.push(await recordCheck(check, () => runCheck(check, container, effects.clock), effects));
      }
    });
  }
  for (const check of wanted) {
    if (check.kind !== "exit-code") continue;
    await runIn(check.args, [], async (container) => {
      checks.push(await recordCheck(check, () => waitForExit(check, container, effects.clock), effects));
    });
  }
  return { checks, containerLog };
}

/** Checks the configured user, and the users of the running processes: a user name may stand for UID 0. */
async function checkUsers(container: Container): Promise<Verdict> {
  const { configured, running } = await container.readUsers();
  const isRoot = /^(?:|0+|root)(?::|$)/.test(configured) || running.some((user) => /^(?:0|root)$/.test(user));
  const users = [...new Set(running)].join(", ");
  const processes = users === "" ? "no running processes" : `processes run as ${users}`;
  const detail = `user ${JSON.stringify(configured)}, ${processes}`;
  return { passed: !isRoot, detail };
}

async function recordCheck(
  check: Pick<CheckResult, "name" | "kind">,
  work: () => Promise<Verdict>,
  { clock, log, emit }: SmokeEffects,
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
  emit({ event: "check-ended", ...result });
  const line = `smoke test: ${result.name} ${result.outcome}: ${result.detail}`;
  if (passed) log.info(line);
  else log.error(line);
  return result;
}
