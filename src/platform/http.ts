import { open } from "node:fs/promises";
import type { Readable } from "node:stream";

import type { Dispatcher } from "undici";

import type { HttpBody, HttpRequest } from "./http-request.js";
import { describeProxy, readProxies, type Proxies } from "./proxy.js";
import { followRedirect, isRedirect, RedirectError } from "./redirect.js";
import { ConnectionError, ProxyError } from "./retry.js";

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: URL;
  /** Rejects with `ConnectionError`. Read it, or call `discard`, to free the connection. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly discard: () => void;
}

/**
 * Sends one request, without retries, and follows up to five redirects as `followRedirect` allows. Uses the
 * proxies of the environment. Rejects with `ConnectionError`, `ProxyError`, `RedirectError` and `BodyError`,
 * with `INPUT_INVALID` for a malformed proxy variable, and with the signal's reason.
 */
export type SendHttp = (request: HttpRequest) => Promise<HttpAnswer>;

/** The body of a request cannot be read. */
export class BodyError extends Error {}

interface ClientOptions {
  /** Give up on a proxy that has not opened a tunnel after so long. */
  readonly tunnelLimitMs?: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

const MAX_REDIRECTS = 5;
const TUNNEL_LIMIT_MS = 30_000;
const IDLE_LIMIT_MS = 300_000;
/** The most of an unwanted body that is read so that the connection can be used again. */
const MAX_DISCARDED_BYTES = 16_384;

/**
 * The client for all HTTP of a run, except for the checks of a smoke test. Its connections are kept for later
 * requests, and end with the process.
 */
export function createHttpClient(
  environment: Environment,
  { tunnelLimitMs = TUNNEL_LIMIT_MS }: ClientOptions = {},
): SendHttp {
  let opened: Promise<Transport> | undefined;

  const exchange = async (request: HttpRequest): Promise<HttpAnswer> => {
    const { send, proxies } = await (opened ??= openTransport(environment, tunnelLimitMs));
    const explain = (error: unknown) => explainFailure(error, request, describeProxy(proxies, request.url));
    try {
      const { statusCode: status, headers, body } = await send(request);
      return {
        status,
        headers: toHeaders(headers),
        url: request.url,
        body: readChunks(body, explain),
        discard: () => {
          body.dump({ limit: MAX_DISCARDED_BYTES }).catch(() => undefined);
        },
      };
    } catch (error) {
      throw explain(error);
    }
  };

  return async (request) => {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await exchange(current);
      const location = answer.headers.get("location");
      if (location === null || !isRedirect(current.method, answer.status)) return answer;
      answer.discard();
      if (redirects === MAX_REDIRECTS) {
        throw new RedirectError(`${request.url.host} redirects more than ${MAX_REDIRECTS} times`);
      }
      current = followRedirect(current, location);
    }
  };
}

/** The body of a request that sends a file, or `sizeBytes` of it from `start` on. */
export function readFileBody(file: string, sizeBytes: number, start = 0): HttpBody {
  return { sizeBytes, open: () => readRange(file, start, sizeBytes) };
}

/** More than a socket takes without waiting: the next chunk is asked for when this one has been sent. */
const CHUNK_BYTES = 256 << 10;

/** Reads all chunks into one buffer: new ones would take up memory until the next garbage collection. */
async function* readRange(file: string, start: number, sizeBytes: number): AsyncGenerator<Uint8Array> {
  const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, sizeBytes));
  const handle = await open(file);
  try {
    for (let sent = 0; sent < sizeBytes;) {
      const wanted = Math.min(chunk.length, sizeBytes - sent);
      for (let filled = 0; filled < wanted;) {
        const { bytesRead } = await handle.read(chunk, filled, wanted - filled, start + sent + filled);
        if (bytesRead === 0) throw new Error(`${file} has become shorter`);
        filled += bytesRead;
      }
      yield chunk.subarray(0, wanted);
      sent += wanted;
    }
  } finally {
    await handle.close();
  }
}

interface Transport {
  readonly proxies: Proxies;
  readonly send: (request: HttpRequest) => Promise<Dispatcher.ResponseData>;
}

async function openTransport(environment: Environment, tunnelLimitMs: number): Promise<Transport> {
  const proxies = readProxies(environment);
  const { EnvHttpProxyAgent, Pool, request: send } = await import("undici");
  // Not HTTP/2, which gains nothing here: large bodies, one after another.
  const dispatcher = new EnvHttpProxyAgent({
    ...proxies,
    allowH2: false,
    // The limits of a request do not cover CONNECT.
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: tunnelLimitMs }),
  });
  return {
    proxies,
    send: ({ method, url, headers, body, idleLimitMs = IDLE_LIMIT_MS, signal }) =>
      send(url, {
        dispatcher,
        method,
        headers: {
          "user-agent": "cross-build",
          ...headers,
          ...(body !== undefined && "open" in body && { "content-length": String(body.sizeBytes) }),
        },
        // undici also sends what can be iterated, but its types do not say so.
        ...(body !== undefined && {
          body: "open" in body ? (readBody(body.open) as unknown as Readable) : body,
        }),
        headersTimeout: idleLimitMs,
        bodyTimeout: idleLimitMs,
        ...(signal !== undefined && { signal }),
      }),
  };
}

async function* readBody(open: () => AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* open();
  } catch (cause) {
    throw new BodyError("the data to send cannot be read", { cause });
  }
}

async function* readChunks(
  body: AsyncIterable<Uint8Array>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of body) yield chunk;
  } catch (error) {
    throw explain(error);
  }
}

function explainFailure(error: unknown, { signal }: HttpRequest, proxy: string | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof BodyError) return error;
  const connection = new ConnectionError(error, proxy);
  // undici reports the status of a proxy in these two messages only.
  const status = /Proxy response \((\d{3})\)|Proxy Authentication Required \((\d{3})\)/.exec(
    connection.message,
  );
  return status === null || proxy === undefined
    ? connection
    : new ProxyError(Number(status[1] ?? status[2]), proxy);
}

function toHeaders(headers: Dispatcher.ResponseData["headers"]): Headers {
  return new Headers(
    Object.entries(headers).flatMap(([name, value = ""]) =>
      [value].flat().map((one): [string, string] => [name, one]),
    ),
  );
}
