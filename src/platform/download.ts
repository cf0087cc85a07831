import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Agent, get as getPlain, type IncomingMessage } from "node:http";
import { Agent as SecureAgent, get as getSecure } from "node:https";
import { Transform, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { digestOfHex, type Digest } from "../model/digest.js";
import type { Clock } from "./clock.js";

export interface DownloadOptions {
  /** A larger download is rejected. */
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /**
   * Milliseconds to wait before the second attempt; twice as long before the third, and again before the
   * fourth.
   */
  readonly retryDelayMs?: number;
}

const MAX_ATTEMPTS = 4;
const MAX_REDIRECTS = 5;
const IDLE_LIMIT_MS = 30_000;

/**
 * Network errors that another attempt may not meet again. Not in the list, because a retry cannot help: a
 * host name that does not exist, and a certificate that is not trusted.
 */
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
];

class HttpStatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`the server answered ${status}`);
    this.status = status;
  }
}

/**
 * Downloads an `https:`, `http:` or `file:` URL to a new file, without holding it in memory, and returns the
 * digest of the bytes that it wrote. Follows up to five redirects, but none from https to http. Uses the
 * proxies of the environment, and gives up on a server that is silent for 30 s. Rejects with
 * `DOWNLOAD_FAILED`, or with `CANCELLED` when `signal` fires; then it leaves no file.
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

/** Renders a URL for the log: without user, password, query and fragment, any of which may be a secret. */
export function renderUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** True if another attempt may succeed: the connection failed, or the server answered 408, 429 or 5xx. */
export function isRetryable(error: unknown): boolean {
  if (error instanceof HttpStatusError) {
    return error.status === 408 || error.status === 429 || error.status >= 500;
  }
  return isErrno(error, ...TRANSIENT_ERRORS);
}

async function attempt<T>(
  url: URL,
  { clock, signal, retryDelayMs = 1_000 }: DownloadOptions,
  receive: (body: Readable) => Promise<T>,
): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await receive(await openUrl(url, signal));
    } catch (error) {
      if (signal?.aborted !== true && attempts < MAX_ATTEMPTS && isRetryable(error)) {
        await clock.sleep(retryDelayMs * 2 ** (attempts - 1));
        continue;
      }
      throw toDownloadError(url, error, signal);
    }
  }
}

function toDownloadError(url: URL, error: unknown, signal: AbortSignal | undefined): ActionError {
  if (signal?.aborted === true) {
    return new ActionError("CANCELLED", `the run was cancelled during the download of ${renderUrl(url)}`);
  }
  return new ActionError("DOWNLOAD_FAILED", `cannot download ${renderUrl(url)}: ${renderError(error)}`, {
    cause: error,
    hint: isRetryable(error)
      ? `All ${MAX_ATTEMPTS} attempts failed. Check that this machine can reach the server, then run again.`
      : "Check the URL, and that this machine has access to it.",
  });
}

async function openUrl(url: URL, signal: AbortSignal | undefined, redirects = 0): Promise<Readable> {
  if (url.protocol === "file:") return createReadStream(fileURLToPath(url));
  const response = await request(url, signal);
  const { statusCode: status = 0 } = response;
  const { location } = response.headers;
  if (status === 200) return response;
  response.destroy();
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) {
    throw new HttpStatusError(status);
  }
  // A relative redirect keeps user and password, an absolute one drops them, so no other host receives them.
  const next = new URL(location, url);
  if (redirects === MAX_REDIRECTS) throw new Error(`more than ${MAX_REDIRECTS} redirects`);
  if (next.protocol !== "https:" && (url.protocol === "https:" || next.protocol !== "http:")) {
    throw new Error(`the server redirects to ${renderUrl(next)}, which is less secure`);
  }
  return openUrl(next, signal, redirects + 1);
}

function request(url: URL, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const isSecure = url.protocol === "https:";
  const options = {
    agent: new (isSecure ? SecureAgent : Agent)({ proxyEnv: process.env }),
    headers: { "user-agent": "cross-build" },
    timeout: IDLE_LIMIT_MS,
    ...(signal !== undefined && { signal }),
  };
  return new Promise((resolve, reject) => {
    const sent = (isSecure ? getSecure : getPlain)(url, options, resolve);
    sent.on("error", reject);
    sent.on("timeout", () => {
      const error = new Error(`the server was silent for ${IDLE_LIMIT_MS / 1000} s`);
      sent.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    });
  });
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
