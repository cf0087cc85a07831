import pRetry from "p-retry";

import { renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Clock } from "./clock.js";
import type { Log } from "./log.js";

/** An answer with an unexpected status. The message contains no secrets and can be logged. */
export class StatusError extends Error {
  readonly status: number;
  readonly isTransient: boolean;
  /** The wait that the server asks for in `Retry-After`. */
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
  constructor(cause: unknown, proxy?: string) {
    // An AggregateError of a host with several addresses has a code, but no message.
    const said = renderError(cause) || codeOf(cause) || "the connection failed";
    super(proxy === undefined ? said : `${said} (the environment sets the proxy ${proxy})`, { cause });
  }
}

/** A proxy refused to open a connection. */
export class ProxyError extends Error {
  readonly status: number;

  constructor(status: number, proxy: string) {
    super(`the proxy ${proxy} answered ${status} instead of opening a connection`);
    this.status = status;
  }
}

export const MAX_ATTEMPTS = 5;
const RETRY_DELAY_MS = 250;
/** Fail instead of waiting if the server asks for a longer wait. */
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
  "ERR_STREAM_PREMATURE_CLOSE",
  "ETIMEDOUT",
  "UND_ERR_BODY_TIMEOUT",
  "UND_ERR_CONNECT_TIMEOUT",
  "UND_ERR_HEADERS_TIMEOUT",
  "UND_ERR_PRX_CONN",
  "UND_ERR_SOCKET",
];

/** Whether the same request may succeed later. */
export function isTransientStatus(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/** Whether another attempt may succeed. See the table at `retryTransient`. */
export function isTransient(error: unknown): boolean {
  if (error instanceof StatusError) {
    return error.isTransient && (error.retryAfterMs ?? 0) <= MAX_RETRY_AFTER_MS;
  }
  if (error instanceof ProxyError) return isTransientStatus(error.status);
  // The streams of a body wrap the system's error in their own.
  for (let cause = error instanceof ConnectionError ? error.cause : undefined; cause !== undefined;) {
    if (isErrno(cause, ...TRANSIENT_ERRORS)) return true;
    cause = typeof cause === "object" && cause !== null && "cause" in cause ? cause.cause : undefined;
  }
  return false;
}

export interface RetryOptions {
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
  /** The shortest wait before the second attempt; it triples for each further attempt. */
  readonly retryDelayMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs a piece of work on an HTTP server. After a transient error, runs it again from the start, up to four
 * times:
 *
 * | error                                         | retried | why                                          |
 * | --------------------------------------------- | ------- | -------------------------------------------- |
 * | 408, 429, 5xx                                 | yes     | the server is overloaded; honors Retry-After |
 * | a lost upload (404 or 416 to its PUT)         | yes     | the registry lost the session; starts over   |
 * | 408, 429, 5xx from a proxy                    | yes     | the proxy, or the way behind it, may recover |
 * | refused, broken, silent connection, EAI_AGAIN | yes     | the network may recover                      |
 * | the time limit of a whole request             | no      | the limit is generous                        |
 * | unknown host, certificate, any other status   | no      | the result would be the same                 |
 * | a redirect that is refused                    | no      | the result would be the same                 |
 *
 * Rejects with the last error, or with the signal's reason when the signal is aborted.
 */
export async function retryTransient<T>(
  work: () => Promise<T>,
  { clock, log, retryDelayMs = RETRY_DELAY_MS, signal }: RetryOptions,
): Promise<T> {
  try {
    return await pRetry(work, {
      retries: MAX_ATTEMPTS - 1,
      // Do not let p-retry wait: onFailedAttempt waits through the clock.
      minTimeout: 0,
      shouldRetry: ({ error }) => isTransient(error),
      onFailedAttempt: async ({ error, attemptNumber, retriesLeft }) => {
        if (!isTransient(error) || retriesLeft === 0) return;
        const askedMs = error instanceof StatusError ? (error.retryAfterMs ?? 0) : 0;
        const waitMs = askedMs + chooseDelayMs(retryDelayMs, attemptNumber);
        log.debug(`attempt ${attemptNumber} of ${MAX_ATTEMPTS}: ${error.message}; again in ${waitMs} ms`);
        await clock.sleep(waitMs, signal);
      },
      ...(signal !== undefined && { signal }),
    });
  } catch (error) {
    if (signal?.aborted === true) throw signal.reason;
    throw error;
  }
}

/** Parses the header `Retry-After`. @see RFC 9110, section 10.2.3 */
export function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const waitMs = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/**
 * The wait triples with each attempt. A random factor of up to two keeps runs that failed at the same time
 * from retrying at the same time.
 */
function chooseDelayMs(retryDelayMs: number, attemptNumber: number): number {
  return Math.round(retryDelayMs * 3 ** (attemptNumber - 1) * (1 + Math.random()));
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
}
