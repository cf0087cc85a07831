import { describe, expect, it } from "@jest/globals";

import { ConnectionError, retryTransient, StatusError } from "../../../src/registry/retry.js";
import { FakeClock } from "../../fake-clock.js";

const answered = (status: number, retryAfterMs?: number): Error =>
  new StatusError(`answered ${status}`, { status, isTransient: status >= 429, retryAfterMs });
const disconnected = (code: string): Error =>
  new ConnectionError(new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) }));

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
  const options = { clock, retryDelayMs: 100, signal };
  return { outcome: await clock.run(retryTransient("r.test", work, options)), startsMs };
}

describe("retryTransient", () => {
  it.each([
    ["a busy registry", answered(429)],
    ["an unavailable registry", answered(503)],
    ["a connection that was reset", disconnected("ECONNRESET")],
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
    ["five failures", [503, 503, 503, 503, 503].map((status) => answered(status)), "REGISTRY_FAILED"],
    ["a registry that asks for more than a minute", [answered(429, 60_001)], "REGISTRY_FAILED"],
    ["a permanent error", [answered(404)], "REGISTRY_FAILED"],
    ["denied access", [answered(403)], "REGISTRY_DENIED"],
    ["an unknown host", [disconnected("ENOTFOUND")], "REGISTRY_FAILED"],
  ])("gives up after %s", async (_, failures, code) => {
    await expect(retryAfter(failures)).rejects.toMatchObject({ code });
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
