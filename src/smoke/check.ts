import { Agent, request } from "node:http";
import { connect } from "node:net";

import { ActionError, renderError } from "../errors/action-error.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import type { Container, ContainerState, PortAddress } from "./container.js";
import type { Check } from "./spec.js";

/** The result of a check, and what it observed. */
export interface Verdict {
  readonly passed: boolean;
  readonly detail: string;
  /** A retry would give the same result. */
  readonly isFinal?: true;
}

type CheckOf<Kind extends Check["kind"]> = Extract<Check, { kind: Kind }>;

const RETRY_EVERY_MS = 200;
const MAX_BODY_BYTES = 1 << 20;
/**
 * A connection must stay open this long: Docker's proxy accepts any connection, and closes it if nothing in
 * the container listens on the port.
 */
const STEADY_MS = 300;

/**
 * Runs one check on a running container. Retries checks that wait for something until their time limit, or
 * until the container exits.
 */
export async function runCheck(
  check: Exclude<Check, { kind: "exit-code" }>,
  container: Container,
  clock: Clock,
): Promise<Verdict> {
  switch (check.kind) {
    case "http":
      return retry(check, container, clock, (leftMs) => askHttp(check, container, leftMs, clock));
    case "tcp":
      return retry(check, container, clock, (leftMs) => askTcp(check, container, leftMs, clock));
    case "health":
      return retry(check, container, clock, () => askHealth(container));
    case "log":
      return retry(check, container, clock, () => searchLog(check, container));
    case "command":
      return runCommand(check, container);
    case "stop":
      return stop(check, container);
  }
}

/** Waits for a container to exit on its own. */
export async function waitForExit(
  check: CheckOf<"exit-code">,
  container: Container,
  clock: Clock,
): Promise<Verdict> {
  const endMs = clock.nowMs() + check.timeoutMs;
  for (;;) {
    const state = await container.readState();
    if (state.exitCode !== undefined) return checkExitCode(state, check.exitCode);
    if (clock.nowMs() >= endMs) return fail(`still running after ${check.timeoutMs / 1000} s`);
    await clock.sleep(RETRY_EVERY_MS);
  }
}

async function retry(
  { kind, timeoutMs }: Check,
  container: Container,
  clock: Clock,
  ask: (leftMs: number) => Promise<Verdict>,
): Promise<Verdict> {
  const endMs = clock.nowMs() + timeoutMs;
  for (let detail: string | undefined; ;) {
    const state = await container.readState();
    // After the container has exited, only its log can still be checked.
    if (state.exitCode === undefined || kind === "log") {
      const leftMs = endMs - clock.nowMs();
      if (leftMs <= 0) return fail(`${detail ?? "no answer"}; gave up after ${timeoutMs / 1000} s`);
      const verdict = await ask(leftMs);
      if (verdict.passed || verdict.isFinal === true) return verdict;
      // If the time limit cut this attempt short, the result of the previous one says more.
      if (detail === undefined || clock.nowMs() < endMs) ({ detail } = verdict);
    }
    if (state.exitCode !== undefined) return fail(`the container exited with code ${renderExit(state)}`);
    await clock.sleep(RETRY_EVERY_MS);
  }
}

async function askHttp(
  check: CheckOf<"http">,
  container: Container,
  leftMs: number,
  clock: Clock,
): Promise<Verdict> {
  let answer: HttpAnswer;
  const address = await container.readAddress(check.port);
  const startedAtMs = clock.nowMs();
  try {
    answer = await withTimeLimit(clock, leftMs, (limit) => send(address, check, limit));
  } catch (error) {
    return fail(`no answer (${renderError(error)})`);
  }
  const tookMs = clock.nowMs() - startedAtMs;
  const { status, headers, body } = answer;
  if (status !== check.status) return fail(`status ${status} instead of ${check.status}`);
  for (const [name, wanted] of Object.entries(check.responseHeaders)) {
    const found = headers[name.toLowerCase()];
    if (found === undefined) return fail(`the header ${name} is missing`);
    if (found.includes(wanted)) continue;
    return fail(
      `the header ${name} is ${JSON.stringify(found.slice(0, 200))}, ` +
        `which does not contain ${JSON.stringify(wanted)}`,
    );
  }
  if (check.body !== undefined && !body.includes(check.body)) {
    return fail(
      `the body ${JSON.stringify(body.slice(0, 200))} does not contain ${JSON.stringify(check.body)}`,
    );
  }
  if (check.withinMs !== undefined && tookMs > check.withinMs) {
    return fail(`the answer took ${tookMs} ms, more than the allowed ${check.withinMs} ms`);
  }
  return pass(`status ${status} in ${tookMs} ms`);
}

async function askTcp(
  check: CheckOf<"tcp">,
  container: Container,
  leftMs: number,
  clock: Clock,
): Promise<Verdict> {
  const address = await container.readAddress(check.port);
  return new Promise((resolve) => {
    const socket = connect(address);
    const settle = (verdict: Verdict) => () => {
      socket.destroy();
      resolve(verdict);
    };
    socket.setTimeout(leftMs, settle(fail("no answer")));
    socket.once("connect", () => {
      clock.sleep(STEADY_MS).then(settle(pass("connected")), settle(fail("the wait was cancelled")));
    });
    socket.once("data", settle(pass("connected, and received data")));
    socket.once("end", settle(fail("the connection was closed immediately")));
    socket.once("error", (error) => {
      settle(fail(`no connection (${error.message})`))();
    });
  });
}

async function askHealth(container: Container): Promise<Verdict> {
  const health = await container.readHealth();
  if (health === undefined) return { ...fail("the image has no health check"), isFinal: true };
  return health === "healthy" ? pass("healthy") : fail(health);
}

async function searchLog({ text }: CheckOf<"log">, container: Container): Promise<Verdict> {
  const lines = (await container.readLog("all")).split("\n");
  const found = lines.find((line) => line.includes(text));
  return found === undefined
    ? fail(`no line of the log contains ${JSON.stringify(text)}`)
    : pass(JSON.stringify(found.slice(0, 200)));
}

async function runCommand(
  { command, exitCode: wanted, output, timeoutMs }: CheckOf<"command">,
  container: Container,
): Promise<Verdict> {
  try {
    const { exitCode, stdout, stderr } = await container.exec(command, timeoutMs);
    const said = (stdout || stderr).trim().slice(0, 300);
    const seen = `exit code ${exitCode}${said === "" ? "" : `, ${JSON.stringify(said)}`}`;
    if (exitCode !== wanted) return fail(wanted === 0 ? seen : `${seen}, expected ${wanted}`);
    if (output !== undefined && !`${stdout}${stderr}`.includes(output)) {
      return fail(`${seen}; the output does not contain ${JSON.stringify(output)}`);
    }
    return pass(seen);
  } catch (error) {
    if (error instanceof ActionError && error.code === "COMMAND_TIMEOUT")
      return fail(`the command did not finish within ${timeoutMs / 1000} s`);
    throw error;
  }
}

async function stop({ exitCode, timeoutMs }: CheckOf<"stop">, container: Container): Promise<Verdict> {
  const before = await container.readState();
  if (before.exitCode !== undefined)
    return fail(`the container had already exited with code ${renderExit(before)}`);
  await container.stop(timeoutMs);
  const state = await container.readState();
  // 128 plus the number of SIGKILL.
  if (state.exitCode === 137) return fail(`it did not stop within ${timeoutMs / 1000} s and was killed`);
  return checkExitCode(state, exitCode);
}

function checkExitCode(state: ContainerState, expected: number): Verdict {
  return {
    passed: state.exitCode === expected,
    detail: `exit code ${renderExit(state)}, expected ${expected}`,
  };
}

function renderExit({ exitCode, isOutOfMemory }: ContainerState): string {
  return `${exitCode ?? "none"}${isOutOfMemory ? " (out of memory)" : ""}`;
}

function pass(detail: string): Verdict {
  return { passed: true, detail };
}

function fail(detail: string): Verdict {
  return { passed: false, detail };
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/**
 * Sends one request to a container, never through a proxy. Does not follow redirects, and truncates the body
 * at 1 MiB.
 */
function send(
  address: PortAddress,
  { method, path, headers }: CheckOf<"http">,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    // With NODE_USE_ENV_PROXY, the global agent would ask the proxy.
    const agent = new Agent();
    const to = "path" in address ? { socketPath: address.path } : address;
    const call = request({ agent, ...to, method, path, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const finish = () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(", ")]),
          ),
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
    });
    call.on("error", reject);
    call.end();
  });
}
