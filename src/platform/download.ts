import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

import { ActionError, renderError, runCancelled } from "../errors/action-error.js";
import { digestOfHex, type Digest } from "../model/digest.js";
import type { Clock } from "./clock.js";
import { readRegularFile } from "./files.js";
import type { SendHttp } from "./http.js";
import type { Log } from "./log.js";
import { renderUrl } from "./render-url.js";
import {
  isTransient,
  isTransientStatus,
  MAX_ATTEMPTS,
  parseRetryAfter,
  ProxyError,
  retryTransient,
  StatusError,
} from "./retry.js";

export interface DownloadOptions {
  /** A larger download is rejected. */
  readonly maxBytes: number;
  readonly sendHttp: SendHttp;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug">;
  readonly signal?: AbortSignal;
  /** The shortest wait before the second attempt. */
  readonly retryDelayMs?: number;
}

const IDLE_LIMIT_MS = 30_000;

/**
 * Downloads an `https:`, `http:` or `file:` URL to a new file, without holding it in memory, and returns the
 * digest of the bytes that it wrote. Retries as `retryTransient` says, and gives up on a server that is
 * silent for 30 s. Rejects with `DOWNLOAD_FAILED`, or with `CANCELLED` when `signal` fires; then it leaves no
 * file.
 */
export async function downloadFile(url: URL, file: string, options: DownloadOptions): Promise<Digest> {
  return attempt(url, options, async (body) => {
    const hash = createHash("sha256");
    try {
      await pipeline(body, limitBytes(options.maxBytes, hash.update.bind(hash)), createWriteStream(file), {
        ...(options.signal !== undefined && { signal: options.signal }),
      });
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    }
    return digestOfHex(hash.digest("hex"));
  });
}

/** Downloads a URL as UTF-8 text, with the same limits and error codes as `downloadFile`. */
export async function downloadText(url: URL, options: DownloadOptions): Promise<string> {
  return attempt(url, options, async (body) => {
    const chunks: Buffer[] = [];
    const limited = limitBytes(options.maxBytes, (chunk) => chunks.push(chunk));
    await pipeline(body, limited.resume());
    return Buffer.concat(chunks).toString("utf8");
  });
}

async function attempt<T>(
  url: URL,
  options: DownloadOptions,
  receive: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  try {
    return await retryTransient(async () => {
      if (url.protocol === "file:") return receive(readRegularFile(fileURLToPath(url)));
      const { body, discard } = await openUrl(url, options);
      try {
        return await receive(body);
      } finally {
        discard();
      }
    }, options);
  } catch (error) {
    throw toDownloadError(url, error, options.signal);
  }
}

function toDownloadError(url: URL, error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) {
    return runCancelled(`the run was cancelled during the download of ${renderUrl(url)}`);
  }
  if (error instanceof ActionError) return error;
  return new ActionError("DOWNLOAD_FAILED", `cannot download ${renderUrl(url)}: ${renderError(error)}`, {
    cause: error,
    hint: hintFor(error),
  });
}

function hintFor(error: unknown): string {
  if (isTransient(error)) {
    return `${MAX_ATTEMPTS} attempts failed. Check that this machine can reach the server, then run again.`;
  }
  if (error instanceof ProxyError) return "Check the proxy variables of the environment, and their password.";
  return "Check the URL, and that this machine has access to it.";
}

async function openUrl(url: URL, { sendHttp, signal, clock }: DownloadOptions) {
  const answer = await sendHttp({
    method: "GET",
    url: new URL(url.pathname + url.search, url.origin),
    headers: renderLogin(url),
    idleLimitMs: IDLE_LIMIT_MS,
    signal,
  });
  const { status, headers, discard } = answer;
  if (status === 200) return answer;
  discard();
  throw new StatusError(`the server answered ${status}`, {
    status,
    isTransient: isTransientStatus(status),
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), clock.nowMs()),
  });
}

function renderLogin({ username, password }: URL): Readonly<Record<string, string>> {
  if (username === "" && password === "") return {};
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString("base64")}` };
}

function limitBytes(maxBytes: number, observe: (chunk: Buffer) => unknown): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) {
        done(new Error(`it is larger than the limit of ${maxBytes} bytes`));
        return;
      }
      observe(chunk);
      done(null, chunk);
    },
  });
}
