import pRetry from "p-retry";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Clock } from "../platform/clock.js";

/** An answer with an unexpected status. The message contains no secrets and can be logged. */
export class StatusError extends Error {
  readonly status: number;
  readonly isTransient: boolean;
  /** The wait that the registry asks for in `Retry-After`. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    answer: {
      readonly status: number;
      readonly isTransient: boolean;
      readonly retryAfterMs?: number | undefined;
    },
  ) {
    super(message);
    this.status = answer.status;
    this.isTransient = answer.isTransient;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

/** The connection failed before the answer was complete. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super(renderError(cause), { cause });
  }
}

const MAX_RETRIES = 4;
/** Fail instead of waiting if the registry asks for a longer wait. */
const MAX_RETRY_AFTER_MS = 60_000;

/** @see https://github.com/nodejs/undici/blob/main/docs/docs/api/Errors.md */
const TRANSIENT_ERRORS: readonly string[] = [
  "EAI_AGAIN",
  "ECONNABORTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EPIPE",
  "ETIMEDOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_SOCKET",
];

/** Whether the same request may succeed later. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export interface RetryOptions {
  readonly clock: Clock;
  /** The shortest wait before the second attempt; it triples for each further attempt. */
  readonly retryDelayMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a piece of work on a registry. After a transient error, runs it again from the start, up to four
 * times:
 *
 * | error                                       | retried | why                                             |
 * | ------------------------------------------- | ------- | ----------------------------------------------- |
 * | 408, 429, 5xx                               | yes     | the registry is overloaded; honors Retry-After  |
 * | a lost upload (404 or 416 to its PUT)       | yes     | the registry lost the session; opens a new one  |
 * | refused or broken connection, EAI_AGAIN     | yes     | the network may recover                         |
 * | our own time limit                          | no      | the limit is generous                           |
 * | unknown host, certificate, any other status | no      | the result would be the same                    |
 *
 * Rejects with `REGISTRY_DENIED` or `REGISTRY_FAILED`, or with the signal's reason when it is aborted.
 */
export async function retryTransient<T>(
  registry: string,
  work: () => Promise<T>,
  { clock, retryDelayMs, signal }: RetryOptions,
): Promise<T> {
  try {
    return await pRetry(work, {
      retries: MAX_RETRIES,
      // Do not let p-retry wait: onFailedAttempt waits through the clock.
      minTimeout: 0,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!isTransient(error) || retriesLeft === 0) return;
        const askedMs = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0;
        await clock.sleep(askedMs + chooseDelayMs(retryDelayMs, attemptNumber), signal);
      },
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw toRegistryError(registry, error);
  }
}

/**
 * The wait triples with each attempt. A random factor of up to two keeps runs that failed at the same time
 * from retrying at the same time.
 */
function chooseDelayMs(retryDelayMs: number, attemptNumber: number): number {
  return Math.round(retryDelayMs * 3 ** (attemptNumber - 1) * (1 + Math.random()));
}

function isTransient(error: unknown): boolean {
  if (error instanceof StatusError) {
    return error.isTransient && (error.retryAfterMs ?? 0) <= MAX_RETRY_AFTER_MS;
  }
  // `fetch` and the streams of a body wrap the system's error in their own.
  for (let cause = error instanceof ConnectionError ? error.cause : undefined; cause !== undefined;) {
    if (isErrno(cause, ...TRANSIENT_ERRORS)) return true;
    cause = typeof cause === "object" && cause !== null && "cause" in cause ? cause.cause : undefined;
  }
  return false;
}

function toRegistryError(registry: string, error: unknown): unknown {
  if (error instanceof StatusError) {
    const isDenied = error.status === 401 || error.status === 403;
    return new ActionError(isDenied ? "REGISTRY_DENIED" : "REGISTRY_FAILED", error.message, {
      hint: isDenied
        ? "Check registry-username and registry-password, and that the account may push to this " +
          "repository. On ghcr.io, the job needs the permission packages: write."
        : "Run again. If the error persists, ask the operator of the registry.",
    });
  }
  if (error instanceof ConnectionError) {
    return new ActionError("REGISTRY_FAILED", `${registry} cannot be reached`, {
      cause: error,
      hint: "Check the host name of the registry and the network.",
    });
  }
  return error;
}
