import { ActionError } from "../errors/action-error.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import {
  type Credentials,
  tryParseChallenge,
  parseTokenAnswer,
  renderBasic,
  renderRefreshForm,
  renderTokenUrl,
} from "./authorization.js";
import { originOf, parseUrl } from "./address.js";
import { ConnectionError, isTransientStatus, retryTransient, StatusError } from "./retry.js";

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** A path below `/v2/REPOSITORY/`, or an absolute URL that the registry returned. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | Blob;
  /** Receives the body of an expected answer as a stream of any size; `body` of the answer is then empty. */
  readonly sink?: (body: AsyncIterable<Uint8Array>) => Promise<void>;
  /** Statuses to return. Any other status is an error. */
  readonly expected: readonly number[];
  /** Additional statuses to retry the whole piece of work for, such as 404 for a lost upload session. */
  readonly transient?: readonly number[];
  /** Covers sending the request and reading the answer, both with their bodies. */
  readonly timeoutMs?: number;
}

export interface RegistryAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The URL that answered, after redirects. */
  readonly url: URL;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Sends one request, without retrying transient errors. */
export type SendRequest = (request: RegistryRequest) => Promise<RegistryAnswer>;

/**
 * Runs a piece of work on one repository. After a transient error, runs it again from the start. Rejects with
 * `REGISTRY_DENIED` or `REGISTRY_FAILED`, or with the signal's reason when the signal is aborted.
 */
export type UseRegistry = <T>(work: (send: SendRequest) => Promise<T>, signal?: AbortSignal) => Promise<T>;

export interface ClientOptions {
  readonly clock: Clock;
  /** The shortest wait before the second attempt; it triples for each further attempt. */
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
  /** Another repository of the registry, to mount blobs from. */
  readonly mountFrom?: string | undefined;
}

const REQUEST_LIMIT_MS = 60_000;
const MAX_BODY_BYTES = 4 << 20;
const MAX_ERROR_CHARACTERS = 500;
const MAX_REDIRECTS = 5;

/**
 * A client for one repository. Uses HTTPS, or HTTP for a registry on loopback. Sends credentials only to
 * the registry itself, after it has asked for them, and to the token service that it names; never to a host
 * from a redirect or an upload location.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export function createRegistryClient(
  registry: string,
  repository: string,
  credentials: Credentials | undefined,
  { clock, retryDelayMs = 250, timeoutMs = REQUEST_LIMIT_MS, mountFrom }: ClientOptions,
): UseRegistry {
  const origin = originOf(registry);
  const base = new URL(`/v2/${repository}/`, origin);
  let authorization: string | undefined;

  const scopes = [
    `repository:${repository}:pull,push`,
    ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`]),
  ];

  const authorize = async (challengeHeader: string, signal: AbortSignal): Promise<void> => {
    const challenge = tryParseChallenge(challengeHeader);
    const basic = credentials?.kind === "password" ? renderBasic(credentials) : undefined;
    if (challenge === undefined || (challenge.scheme === "basic" && basic === undefined)) return;
    if (challenge.scheme === "basic") {
      authorization = basic;
      return;
    }
    const realm = parseUrl(challenge.realm, origin, registry, "REGISTRY_DENIED");
    const isIdentity = credentials?.kind === "identity-token";
    const url = isIdentity ? realm : renderTokenUrl(realm, challenge, scopes);
    const request: RegistryRequest = isIdentity
      ? {
          method: "POST",
          url,
          headers: { "content-type": "application/x-www-form-urlencoded" },
          body: Buffer.from(renderRefreshForm(challenge, scopes, credentials.password)),
          expected: [200],
        }
      : {
          method: "GET",
          url,
          ...(basic !== undefined && { headers: { authorization: basic } }),
          expected: [200],
        };
    authorization = parseTokenAnswer((await exchange(request, url, signal)).body, registry);
  };

  /** Sends one request and follows redirects, without credentials when a redirect leads to another origin. */
  const exchange = async (
    request: RegistryRequest,
    url: URL,
    signal: AbortSignal,
    redirects = 0,
  ): Promise<RegistryAnswer> => {
    const response = await fetchOnce(request, url, signal);
    const { status, headers } = response;
    const location = headers.get("location");
    const isRead = request.method === "GET" || request.method === "HEAD";
    const isRedirect = [307, 308].includes(status) || (isRead && [301, 302, 303].includes(status));
    if (isRedirect && location !== null && redirects < MAX_REDIRECTS) {
      await response.body?.cancel();
      const next = parseUrl(location, url, registry);
      return exchange(
        next.origin === url.origin ? request : withoutCredentials(request),
        next,
        signal,
        redirects + 1,
      );
    }
    if (!request.expected.includes(status))
      throw await toStatusError(response, request, url, { registry, nowMs: clock.nowMs() });
    if (request.sink === undefined) {
      return { status, headers, url, body: await readBody(response, request, registry) };
    }
    await request.sink(readChunks(response));
    return { status, headers, url, body: new Uint8Array() };
  };

  const sendOnce = async (
    request: RegistryRequest,
    stop: AbortSignal | undefined,
  ): Promise<RegistryAnswer> => {
    const url = typeof request.url === "string" ? new URL(request.url, base) : request.url;
    const isOwn = url.origin === origin.origin;
    const limitMs = request.timeoutMs ?? timeoutMs;
    return withTimeLimit(clock, limitMs, async (limit) => {
      const signal = stop === undefined ? limit : AbortSignal.any([limit, stop]);
      const attempt = () =>
        exchange(
          isOwn && authorization !== undefined
            ? { ...request, headers: { ...request.headers, authorization } }
            : request,
          url,
          signal,
        );
      try {
        const answered = authorization;
        return await attempt().catch(async (error: unknown) => {
          if (!(error instanceof ChallengeError) || !isOwn) throw error;
          // Another request may have obtained a token in the meantime.
          if (authorization === answered) await authorize(error.challenge, signal);
          return attempt();
        });
      } catch (error) {
        if (limit.aborted) throw timedOut(registry, limitMs, error);
        throw error;
      }
    });
  };

  return (work, signal) =>
    retryTransient(registry, () => work((request) => sendOnce(request, signal)), {
      clock,
      retryDelayMs,
      signal,
    });
}

/** A 401 answer, with its `WWW-Authenticate` header. */
class ChallengeError extends StatusError {
  readonly challenge: string;

  constructor(message: string, challenge: string) {
    super(message, { status: 401, isTransient: false });
    this.challenge = challenge;
  }
}

async function fetchOnce({ method, headers, body }: RegistryRequest, url: URL, signal: AbortSignal) {
  try {
    return await fetch(url, {
      method,
      redirect: "manual",
      headers: { "user-agent": "cross-build", ...headers },
      signal,
      ...(body !== undefined && { body }),
    });
  } catch (cause) {
    throw new ConnectionError(cause);
  }
}

function withoutCredentials(request: RegistryRequest): RegistryRequest {
  const headers = Object.entries(request.headers ?? {}).filter(([name]) => name !== "authorization");
  return { ...request, headers: Object.fromEntries(headers) };
}

async function readBody(response: Response, { method }: RegistryRequest, registry: string) {
  const { bytes, isWhole } = await readStart(response, MAX_BODY_BYTES);
  if (isWhole) return bytes;
  throw new ActionError(
    "REGISTRY_FAILED",
    `${registry} answered ${method} with more than ${MAX_BODY_BYTES} bytes`,
    { hint: "Check the host in the input image: this server is not a container registry, or is broken." },
  );
}

async function* readChunks(response: Response): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) yield chunk;
  } catch (cause) {
    throw new ConnectionError(cause);
  }
}

/** Reads at most `maxBytes` of a body. */
async function readStart(response: Response, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of readChunks(response)) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, maxBytes), isWhole: size <= maxBytes };
}

async function toStatusError(
  response: Response,
  { method, transient = [] }: RegistryRequest,
  url: URL,
  { registry, nowMs }: { readonly registry: string; readonly nowMs: number },
): Promise<StatusError> {
  const { status, headers } = response;
  const { bytes } = await readStart(response, MAX_ERROR_CHARACTERS);
  const said = sanitizeText(bytes.toString()).replace(/\s+/g, " ").trim();
  // Leave out the query, which may contain an upload's state or a signature.
  const details = said === "" ? "" : `: ${said}`;
  const message = `${registry} answered ${status} to ${method} ${url.pathname}${details}`;
  if (status === 401) return new ChallengeError(message, headers.get("www-authenticate") ?? "");
  return new StatusError(message, {
    status,
    isTransient: isTransientStatus(status) || transient.includes(status),
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), nowMs),
  });
}

/** @see RFC 9110, section 10.2.3 */
function parseRetryAfter(value: string | null, nowMs: number): number | undefined {
  if (value === null) return undefined;
  const waitMs = /^[0-9]+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function timedOut(registry: string, limitMs: number, cause: unknown): ActionError {
  return new ActionError(
    "REGISTRY_FAILED",
    `${registry} did not complete a request within ${limitMs / 1000} s`,
    { cause, hint: "Check the network connection to the registry, then run again." },
  );
}
