import type { Clock } from "../src/platform/clock.js";

interface Sleeper {
  readonly wakeAtMs: number;
  readonly wake: () => void;
}

/**
 * A clock for unit tests. Its time passes only in `advance` and `run`, without real waiting. Sleepers wake in
 * the order of their times, and everything that one of them starts is done before the next one wakes.
 */
export class FakeClock implements Clock {
  #nowMs: number;
  #sleepers: readonly Sleeper[] = [];

  constructor(startMs = 0) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    if (signal?.aborted === true) {
      reject(abortError(signal));
      return promise;
    }
    const onAbort = () => {
      this.#remove(sleeper);
      if (signal !== undefined) reject(abortError(signal));
    };
    const sleeper: Sleeper = {
      wakeAtMs: this.#nowMs + Math.max(0, ms),
      wake: () => {
        signal?.removeEventListener("abort", onAbort);
        resolve(undefined);
      },
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#sleepers = [...this.#sleepers, sleeper];
    return promise;
  }

  /** Lets `ms` milliseconds pass. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    while (this.#wakeNext(endMs)) await settle();
    this.#nowMs = endMs;
  }

  /**
   * Settles as `work` does. Whenever everything left to do is sleeping, time jumps to the next wake-up.
   * Rejects if `work` waits while nothing sleeps, since it would never end.
   */
  async run<T>(work: Promise<T>): Promise<T> {
    const pending = Symbol();
    // The caller gets a rejection at the end; until then it must not count as unhandled.
    work.catch(() => undefined);
    for (;;) {
      await settle();
      const now = await Promise.race([work, Promise.resolve(pending)]);
      if (now !== pending) return work;
      if (!this.#wakeNext(Infinity)) throw new Error("the work waits for something, and nothing sleeps");
    }
  }

  /** Wakes the next sleeper that is due by `endMs`, if there is one. */
  #wakeNext(endMs: number): boolean {
    const [next] = this.#sleepers.toSorted((a, b) => a.wakeAtMs - b.wakeAtMs);
    if (next === undefined || next.wakeAtMs > endMs) return false;
    this.#remove(next);
    this.#nowMs = Math.max(this.#nowMs, next.wakeAtMs);
    next.wake();
    return true;
  }

  #remove(sleeper: Sleeper): void {
    this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
  }
}

/**
 * Resolves when all promises that can settle have settled, and no file is being read or written. Sockets and
 * processes do not count: unit tests have none.
 */
export async function settle(): Promise<void> {
  do await new Promise((resolve) => setImmediate(resolve));
  while (process.getActiveResourcesInfo().some((name) => /^(?:FSReq|CloseReq)/.test(name)));
}

/** The error with which node:timers/promises aborts. */
function abortError({ reason }: AbortSignal): Error {
  const error = new Error("The operation was aborted", { cause: reason });
  return Object.assign(error, { name: "AbortError", code: "ABORT_ERR" });
}
