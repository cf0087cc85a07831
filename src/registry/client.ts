import { ActionError } from "../errors/action-error.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import type { HttpAnswer, SendHttp } from "../platform/http.js";
import type { HttpBody } from "../platform/http-request.js";
import { type MaskingLog, sanitizeText } from "../platform/log.js";
import { isTransientStatus, parseRetryAfter, StatusError } from "../platform/retry.js";
import {
  type Credentials,
  tryParseChallenge,
  parseTokenAnswer,
  renderBasic,
  renderRefreshForm,
  renderTokenUrl,
} from "./authorization.js";
import { originOf, parseUrl } from "./address.js";
import { retryOnRegistry } from "./retry.js";

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A path below `/v2/REPOSITORY/`, or an absolute URL that the registry returned. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpBody;
  /** As in `HttpRequest`. */
  readonly staysOnOrigin?: boolean;
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
  readonly sendHttp: SendHttp;
  readonly clock: Clock;
  /** Masks the credentials in every form in which they are sent, and the tokens that they are changed for. */
  readonly log: Pick<MaskingLog, "debug" | "mask" | "redact">;
  /** The shortest wait before the second attempt; it triples for each further attempt. */
  readonly retryDelayMs?: number;
  readonly timeoutMs?: number;
  /** What a token is asked for. By default, to pull and push. */
  readonly actions?: string | undefined;
  /** Another repository of the registry, to mount blobs from. */
  readonly mountFrom?: string | undefined;
}

const REQUEST_LIMIT_MS = 60_000;
/** The part of a token's lifetime after which a new one is requested. */
const RENEW_AFTER = 0.9;
const MAX_BODY_BYTES = 4 << 20;
/** The body of a longer error is not shown. */
const MAX_ERROR_BYTES = 1 << 16;
const MAX_ERROR_CHARACTERS = 500;

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
  {
    sendHttp,
    clock,
    log,
    retryDelayMs,
    timeoutMs = REQUEST_LIMIT_MS,
    actions = "pull,push",
    mountFrom,
  }: ClientOptions,
): UseRegistry {
  const origin = originOf(registry);
  const base = new URL(`/v2/${repository}/`, origin);
  let authorization: Authorization | undefined;
  for (const secret of credentials === undefined ? [] : listSecrets(credentials)) log.mask(secret);

  const scopes = [
    `repository:${repository}:${actions}`,
    ...(mountFrom === undefined ? [] : [`repository:${mountFrom}:pull`]),
  ];

  const authorize = async (challengeHeader: string, signal: AbortSignal): Promise<void> => {
    const challenge = tryParseChallenge(challengeHeader);
    const basic = credentials?.kind === "password" ? renderBasic(credentials) : undefined;
    if (challenge === undefined || (challenge.scheme === "basic" && basic === undefined)) return;
    if (challenge.scheme === "basic") {
      authorization =
        basic === undefined ? undefined : { header: basic, challengeHeader, renewAtMs: Infinity };
      return;
    }
    const realm = parseUrl(challenge.realm, origin, registry, "REGISTRY_DENIED");
    if (
      credentials?.kind === "password" &&
      credentials.staysOnHost === true &&
      realm.origin !== origin.origin
    )
      throw refuseRealm(registry, realm);
    // Elsewhere, the request would be useless without the credentials.
    const own = { expected: [200], staysOnOrigin: credentials !== undefined };
    const request =
      credentials?.kind === "identity-token"
        ? {
            ...own,
            method: "POST" as const,
            url: realm,
            headers: { "content-type": "application/x-www-form-urlencoded" },
            body: Buffer.from(renderRefreshForm(challenge, scopes, credentials.password)),
          }
        : {
            ...own,
            method: "GET" as const,
            url: renderTokenUrl(realm, challenge, scopes),
            ...(basic !== undefined && { headers: { authorization: basic } }),
          };
    const askedAtMs = clock.nowMs();
    const answer = await exchange(request, request.url, signal);
    const { token, lifetimeMs } = parseTokenAnswer(answer.body, registry);
    log.mask(token);
    const renewAtMs = askedAtMs + lifetimeMs * RENEW_AFTER;
    authorization = { header: `Bearer ${token}`, challengeHeader, renewAtMs };
  };

  let renewal: Promise<void> | undefined;
  /** Answers a challenge, unless another request does that already. `answered` did not suffice. */
  const renew = async (
    answered: Authorization | undefined,
    challengeHeader: string,
    signal: AbortSignal,
  ): Promise<void> => {
    // Each request has an own signal, which may have ended that one.
    while (renewal !== undefined) await renewal.catch(() => undefined);
    if (authorization !== answered) return;
    renewal = authorize(challengeHeader, signal).finally(() => {
      renewal = undefined;
    });
    await renewal;
  };

  /** Sends one request and reads the answer. */
  const exchange = async (
    request: RegistryRequest,
    url: URL,
    signal: AbortSignal,
  ): Promise<RegistryAnswer> => {
    const { method, headers, body, staysOnOrigin, sink } = request;
    const answer = await sendHttp({
      method,
      url,
      headers,
      body,
      staysOnOrigin,
      parseLocation: (location, from) => parseUrl(location, from, registry),
      signal,
    });
    try {
      if (!request.expected.includes(answer.status)) {
        throw await toStatusError(answer, request, { registry, redact: log.redact, nowMs: clock.nowMs() });
      }
      const { status, headers, url: answered } = answer;
      if (sink === undefined) {
        return { status, headers, url: answered, body: await readBody(answer, request, registry) };
      }
      await sink(answer.body);
      return { status, headers, url: answered, body: new Uint8Array() };
    } finally {
      answer.discard();
    }
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
            ? { ...request, headers: { ...request.headers, authorization: authorization.header } }
            : request,
          url,
          signal,
        );
      try {
        // A registry that refuses an expired token may have taken gigabytes of a layer before it says so.
        if (isOwn && authorization !== undefined && clock.nowMs() >= authorization.renewAtMs)
          await renew(authorization, authorization.challengeHeader, signal);
        const answered = authorization;
        return await attempt().catch(async (error: unknown) => {
          if (!(error instanceof ChallengeError) || !isOwn) throw error;
          await renew(answered, error.challenge, signal);
          return attempt();
        });
      } catch (error) {
        if (limit.aborted) throw timedOut(registry, limitMs, error);
        throw error;
      }
    });
  };

  return (work, signal) =>
    retryOnRegistry(registry, () => work((request) => sendOnce(request, signal)), {
      clock,
      log,
      retryDelayMs,
      signal,
    });
}

/** What requests to the registry carry. */
interface Authorization {
  readonly header: string;
  /** The challenge that it answers. */
  readonly challengeHeader: string;
  /** When to answer the challenge again. */
  readonly renewAtMs: number;
}

function refuseRealm(registry: string, realm: URL): ActionError {
  return new ActionError(
    "REGISTRY_DENIED",
    `${registry} names a token service on another host, ${realm.host}, which must not receive github-token`,
    { hint: "Set registry-username and registry-password to log in there, or run docker login before." },
  );
}

/** A 401 answer, with its `WWW-Authenticate` header. */
class ChallengeError extends StatusError {
  readonly challenge: string;

  constructor(message: string, challenge: string) {
    super(message, { status: 401, isTransient: false });
    this.challenge = challenge;
  }
}

/** What must not be shown of an answer that repeats a request. */
function listSecrets(credentials: Credentials): readonly string[] {
  if (credentials.kind === "identity-token") return [credentials.password];
  const encoded = renderBasic(credentials).slice("Basic ".length);
  return [credentials.password, encoded.replace(/=+$/, ""), encoded];
}

async function readBody(answer: HttpAnswer, { method }: RegistryRequest, registry: string) {
  const bytes = await readAtMost(answer, MAX_BODY_BYTES);
  if (bytes !== undefined) return bytes;
  throw new ActionError(
    "REGISTRY_FAILED",
    `${registry} answered ${method} with more than ${MAX_BODY_BYTES} bytes`,
    { hint: "Check the host in the input image: this server is not a container registry, or is broken." },
  );
}

/** The body of an answer; undefined if it is longer. */
async function readAtMost({ body }: HttpAnswer, maxBytes: number) {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > maxBytes) return undefined;
  }
  return Buffer.concat(chunks);
}

async function toStatusError(
  answer: HttpAnswer,
  { method, transient = [] }: RegistryRequest,
  {
    registry,
    redact,
    nowMs,
  }: { readonly registry: string; readonly redact: MaskingLog["redact"]; readonly nowMs: number },
): Promise<StatusError> {
  const { status, headers, url } = answer;
  const body = (await readAtMost(answer, MAX_ERROR_BYTES)) ?? Buffer.from("an error of more than 64 KiB");
  const said = redact(sanitizeText(body.toString())).replace(/\s+/g, " ").trim();
  // Leave out the query, which may contain an upload's state or a signature.
  const path = redact(url.pathname);
  const details = said === "" ? "" : `: ${said.slice(0, MAX_ERROR_CHARACTERS)}`;
  const message = `${registry} answered ${status} to ${method} ${path}${details}`;
  if (status === 401) return new ChallengeError(message, headers.get("www-authenticate") ?? "");
  return new StatusError(message, {
    status,
    isTransient: isTransientStatus(status) || transient.includes(status),
    retryAfterMs: parseRetryAfter(headers.get("retry-after"), nowMs),
  });
}

function timedOut(registry: string, limitMs: number, cause: unknown): ActionError {
  return new ActionError(
    "REGISTRY_FAILED",
    `${registry} did not complete a request within ${limitMs / 1000} s`,
    { cause, hint: "Check the network connection to the registry, then run again." },
  );
}
