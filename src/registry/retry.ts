import pRetry from "p-retry";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Clock } from "../platform/clock.js";

/** What a registry answered, when it was not what we wanted. The message is fit for a log. */
export class StatusError extends Error {
  readonly status: number;
  readonly isTransient: boolean;
  /** How long the registry asks us to wait, if it does. */
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

/** No answer, or half of one. */
export class ConnectionError extends Error {
  constructor(cause: unknown) {
    super(renderError(cause), { cause });
  }
}

const MAX_RETRIES = 4;
/** A registry that wants more time than this is better told to the user. */
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

/** Whether the registry's answer to a request may be another one when it is sent again. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

export interface RetryOptions {
  readonly clock: Clock;
  /** The shortest wait before the second attempt; it triples for each further one. */
  readonly retryDelayMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does a piece of work on a registry, from its start again when that may help, four times at most:
 *
 * | what                                        | again | why                                             |
 * | ------------------------------------------- | ----- | ----------------------------------------------- |
 * | 408, 429, 5xx                               | yes   | the registry is busy; waits for Retry-After     |
 * | a lost upload (404 or 416 to its PUT)       | yes   | the registry forgot it; a fresh one is opened   |
 * | refused, reset or cut connection, DNS again | yes   | the way there has faults                        |
 * | our own time limit                          | no    | it was long enough                              |
 * | unknown host, certificate, any other status | no    | it would be the same again                      |
 *
 * Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`; with the signal's reason when it fires.
 */
export async function retryTransient<T>(
  registry: string,
  work: () => Promise<T>,
  { clock, retryDelayMs, signal }: RetryOptions,
): Promise<T> {
  try {
    return await pRetry(work, {
      retries: MAX_RETRIES,
      // The waiting is ours, since it goes through the clock.
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

/** Triples with each attempt, and is up to twice as long at random, so that runs that failed together do not come back together. */
function chooseDelayMs(retryDelayMs: number, attemptNumber: number): number {
  return Math.round(retryDelayMs * 3 ** (attemptNumber - 1) * (1 + Math.random()));
}

function isTransient(error: unknown): boolean {
  if (error instanceof StatusError) {
    return error.isTransient && (error.retryAfterMs ?? 0) <= MAX_RETRY_AFTER_MS;
  }
  // fetch hides the system's error one level down, and so do the streams of a body.
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
        ? "Check registry-username and registry-password, and that the account may push to this repository."
        : "Run again. If it stays, ask those who run the registry.",
    });
  }
  if (error instanceof ConnectionError) {
    return new ActionError("REGISTRY_FAILED", `${registry} cannot be reached`, {
      cause: error,
      hint: "Check the name of the registry and the network.",
    });
  }
  return error;
}
