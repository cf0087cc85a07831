import { describe, expect, it } from "@jest/globals";

import {
  ConnectionError,
  isTransient,
  ProxyError,
  retryTransient,
  StatusError,
} from "../../../src/platform/retry.js";
import { FakeClock } from "../../fake-clock.js";

const answered = (status: number, retryAfterMs?: number): Error =>
  new StatusError(`answered ${status}`, { status, isTransient: status >= 429, retryAfterMs });
const disconnected = (code: string): Error =>
  new ConnectionError(new Error("wrapped", { cause: Object.assign(new Error(code), { code }) }));

/**
 * Retries work that fails with each of `failures` in turn and then succeeds. Resolves to its result and the
 * times at which it was started.
 */
async function retryAfter(failures: readonly Error[], signal?: AbortSignal, clock = new FakeClock()) {
  const left = [...failures];
  const startsMs: number[] = [];
  const work = () => {
    startsMs.push(clock.nowMs());
    const failure = left.shift();
    return failure === undefined ? Promise.resolve("done") : Promise.reject(failure);
  };
  const options = { clock, log: { debug: () => undefined }, retryDelayMs: 100, signal };
  return { outcome: await clock.run(retryTransient(work, options)), startsMs };
}

describe("isTransient", () => {
  it.each([
    ["ECONNRESET", true],
    ["ETIMEDOUT", true],
    ["EAI_AGAIN", true],
    ["UND_ERR_HEADERS_TIMEOUT", true],
    ["ENOTFOUND", false],
    ["ENOSPC", false],
    ["CERT_HAS_EXPIRED", false],
  ])("for a connection that ends with %s is %s", (code, expected) => {
    expect(isTransient(disconnected(code))).toBe(expected);
  });

  it("is false for an error of this machine, whatever its code", () => {
    expect(isTransient(Object.assign(new Error("x"), { code: "EPIPE" }))).toBe(false);
  });
});

describe("retryTransient", () => {
  it.each([
    ["a busy registry", answered(429)],
    ["an unavailable registry", answered(503)],
    ["a connection that was reset", disconnected("ECONNRESET")],
    ["a proxy that cannot connect", new ProxyError(502, "http://proxy.test")],
  ])("retries after %s", async (_, failure) => {
    expect(await retryAfter([failure])).toMatchObject({ outcome: "done", startsMs: [0, expect.any(Number)] });
  });

  it("triples the minimum wait with each attempt, and waits at most twice the minimum", async () => {
    const { startsMs } = await retryAfter([503, 503, 503, 503].map((status) => answered(status)));
    const waitsMs = startsMs.slice(1).map((ms, i) => ms - (startsMs[i] ?? 0));
    expect(waitsMs).toHaveLength(4);
    for (const [i, waitMs] of waitsMs.entries()) {
      expect(waitMs).toBeGreaterThanOrEqual(100 * 3 ** i);
      expect(waitMs).toBeLessThanOrEqual(200 * 3 ** i);
    }
  });

  it("adds the wait that the registry asks for", async () => {
    const { startsMs } = await retryAfter([answered(429, 30_000)]);
    expect(startsMs[1]).toBeGreaterThanOrEqual(30_100);
    expect(startsMs[1]).toBeLessThanOrEqual(30_200);
  });

  it.each([
    ["five failures", [503, 503, 503, 503, 503].map((status) => answered(status))],
    ["a server that asks for more than a minute", [answered(429, 60_001)]],
    ["a permanent error", [answered(404)]],
    ["an unknown host", [disconnected("ENOTFOUND")]],
    ["a proxy that wants a password", [new ProxyError(407, "http://proxy.test")]],
  ])("gives up after %s, with that error", async (_, failures) => {
    await expect(retryAfter(failures)).rejects.toBe(failures.at(-1));
  });

  it("stops waiting, with the signal's reason, when the signal is aborted", async () => {
    const clock = new FakeClock();
    const stop = new AbortController();
    const retried = retryAfter([answered(429, 50_000)], stop.signal, clock);
    const stopped = clock.sleep(1_000).then(() => {
      stop.abort(new Error("another upload failed"));
    });
    await expect(retried).rejects.toThrow("another upload failed");
    await stopped;
    expect(clock.nowMs()).toBe(1_000);
  });
});
