import { buffer } from "node:stream/consumers";

import type { Clock } from "../platform/clock.js";
import type { HttpBody, HttpRequest } from "../platform/http-request.js";
import type { HttpAnswer, SendHttp } from "../platform/http.js";
import type { Log } from "../platform/log.js";
import { isTransientStatus, parseRetryAfter, retryTransient, StatusError } from "../platform/retry.js";
import type { CacheFiles } from "./cache-files.js";
import type { CacheLogin } from "./http.js";

export interface HttpFilesEffects {
  readonly sendHttp: SendHttp;
  /** It still works after the run is cancelled. */
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
  /** The shortest wait before the second attempt. */
  readonly retryDelayMs?: number | undefined;
}

export interface HttpPlace {
  readonly uri: string;
  readonly login: Pick<CacheLogin, "username" | "password"> | undefined;
}

/** A server that takes nothing, and says nothing, for so long is down. */
const IDLE_LIMIT_MS = 60_000;

/** Nix's own types. @see NixOS/nix, src/libstore/binary-cache-store.cc */
const CONTENT_TYPES: readonly (readonly [ending: string, type: string])[] = [
  [".narinfo", "text/x-nix-narinfo"],
  ["nix-cache-info", "text/x-nix-cache-info"],
  ["", "application/x-nix-nar"],
];

/**
 * A binary cache on a server that takes files by PUT. Tries again as `retryTransient` does. Rejects with
 * `StatusError`, and with the errors of `SendHttp`.
 */
export function openHttpFiles(
  { uri, login }: HttpPlace,
  { sendHttp, clock, log, retryDelayMs }: HttpFilesEffects,
): CacheFiles {
  const ended = new AbortController();
  const authorization =
    login === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}` };

  const request = <T>(
    method: HttpRequest["method"],
    name: string,
    take: (answer: HttpAnswer) => Promise<T>,
    body?: HttpBody,
  ): Promise<T> =>
    retryTransient(
      async () => {
        const type = CONTENT_TYPES.find(([ending]) => name.endsWith(ending))?.[1] ?? "";
        const answer = await sendHttp({
          ...{ method, url: new URL(`${uri}/${name}`), body },
          headers: { ...authorization, ...(body !== undefined && { "content-type": type }) },
          staysOnOrigin: login !== undefined || body !== undefined,
          idleLimitMs: IDLE_LIMIT_MS,
          signal: ended.signal,
        });
        return take(answer);
      },
      { clock, log, retryDelayMs, signal: ended.signal },
    );

  const refuse = (method: string, name: string, answer: HttpAnswer): StatusError => {
    const { status, headers } = answer;
    answer.discard();
    return new StatusError(`${method} ${name}: the server answered ${status}`, {
      status,
      isTransient: isTransientStatus(status),
      retryAfterMs: parseRetryAfter(headers.get("retry-after"), clock.nowMs()),
    });
  };

  return {
    uri,
    has: (name) =>
      request("HEAD", name, (answer) => {
        const { status } = answer;
        if (!isFound(status) && !isMissing(status)) return Promise.reject(refuse("HEAD", name, answer));
        answer.discard();
        return Promise.resolve(isFound(status));
      }),
    read: (name) =>
      request("GET", name, async (answer) => {
        if (isFound(answer.status)) return (await buffer(answer.body)).toString("utf8");
        if (!isMissing(answer.status)) throw refuse("GET", name, answer);
        answer.discard();
        return undefined;
      }),
    write: (name, body) =>
      request(
        "PUT",
        name,
        (answer) => {
          if (!isFound(answer.status)) return Promise.reject(refuse("PUT", name, answer));
          answer.discard();
          return Promise.resolve();
        },
        body,
      ),
    close: () => {
      ended.abort(new Error("the cache was closed"));
    },
  };
}

function isFound(status: number): boolean {
  return status >= 200 && status < 300;
}

/** S3 answers 403 for a missing file of a bucket that may not be listed. Nix reads it in the same way. */
function isMissing(status: number): boolean {
  return [403, 404, 410].includes(status);
}
