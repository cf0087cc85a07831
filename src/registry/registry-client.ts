import pRetry from "p-retry";
import { z } from "zod";

import { ActionError, renderError } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface RegistryRequest {
  readonly method: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  /** A path below `/v2/REPOSITORY/`, or a whole URL that the registry gave. */
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | Blob;
  /** Statuses that are results; any other one is an error. */
  readonly expected: readonly number[];
  readonly timeoutMs?: number;
}

/** Sends one request to one repository. Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`. */
export type SendRequest = (request: RegistryRequest) => Promise<Response>;

/** Two names for one thing, as the specification has it. */
const TOKEN = z.object({ token: z.string().optional(), access_token: z.string().optional() });
const REQUEST_LIMIT_MS = 60_000;
const MAX_ERROR_CHARACTERS = 500;

/**
 * A client for one repository. Speaks HTTPS, but HTTP to a registry on loopback. Credentials go to the registry itself, after it
 * has asked for them, and to the token service it names over HTTPS; never to a host that a redirect or an upload location names.
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function createRegistryClient(
  registry: string,
  repository: string,
  credentials: Credentials | undefined,
): SendRequest {
  const origin = originOf(registry);
  const base = new URL(`/v2/${repository}/`, origin);
  let authorization: string | undefined;

  const send = async (request: RegistryRequest): Promise<Response> => {
    const url = new URL(request.url, base);
    const attempt = () =>
      fetch(url, {
        method: request.method,
        headers: {
          ...request.headers,
          ...(authorization !== undefined && url.origin === origin.origin && { authorization }),
        },
        signal: AbortSignal.timeout(request.timeoutMs ?? REQUEST_LIMIT_MS),
        ...(request.body !== undefined && { body: request.body as Blob }),
      }).catch((cause: unknown) => {
        throw new ConnectionError(cause);
      });
    const response = await attempt();
    if (response.status !== 401 || url.origin !== origin.origin) return response;
    const challenge = response.headers.get("www-authenticate") ?? "";
    await response.body?.cancel();
    authorization = await answerChallenge(challenge, repository, credentials, registry);
    return attempt();
  };

  return async (request) => {
    try {
      return await pRetry(
        async () => {
          const response = await send(request);
          if (request.expected.includes(response.status)) return response;
          throw await failure(response, request, registry);
        },
        {
          retries: 4,
          minTimeout: 250,
          factor: 3,
          randomize: true,
          shouldRetry: ({ error }) => isTransient(error),
        },
      );
    } catch (error) {
      if (error instanceof RegistryError) throw error.toActionError();
      if (error instanceof ActionError) throw error;
      throw new ActionError("REGISTRY_FAILED", `${registry} cannot be reached`, {
        cause: error,
        hint: "Check the name of the registry and the network.",
      });
    }
  };
}

/** No answer: refused, reset, timed out, or no such host. */
class ConnectionError extends Error {
  constructor(cause: unknown) {
    super(renderError(cause), { cause });
  }
}

/** What the registry answered, when it was not what we wanted. */
class RegistryError extends Error {
  readonly status: number;
  readonly registry: string;

  constructor(status: number, registry: string, message: string) {
    super(message);
    this.status = status;
    this.registry = registry;
  }

  toActionError(): ActionError {
    const isDenied = this.status === 401 || this.status === 403;
    return new ActionError(isDenied ? "REGISTRY_DENIED" : "REGISTRY_FAILED", this.message, {
      hint: isDenied
        ? "Check registry-username and registry-password, and that the account may push to this repository."
        : "Run again. If it stays, ask those who run the registry.",
    });
  }
}

/**
 * Retried, each with a fresh request: 408, 429 and 5xx, a connection that was refused, reset or timed out. Not retried: any other
 * answer, since it would be the same again.
 */
function isTransient(error: unknown): boolean {
  if (error instanceof RegistryError) {
    return error.status === 408 || error.status === 429 || error.status >= 500;
  }
  return error instanceof ConnectionError;
}

async function failure(
  response: Response,
  { method, url }: RegistryRequest,
  registry: string,
): Promise<RegistryError> {
  const said = sanitizeText(await readStart(response))
    .replace(/\s+/g, " ")
    .trim();
  const what = typeof url === "string" ? url : url.pathname;
  const message = `${registry} answered ${response.status} to ${method} ${what.split("?")[0] ?? ""}`;
  return new RegistryError(response.status, registry, said === "" ? message : `${message}: ${said}`);
}

/** The first characters of a body, however long it is. */
async function readStart(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= MAX_ERROR_CHARACTERS) break;
  }
  return text.slice(0, MAX_ERROR_CHARACTERS);
}

async function answerChallenge(
  challenge: string,
  repository: string,
  credentials: Credentials | undefined,
  registry: string,
): Promise<string | undefined> {
  const basic =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`;
  if (!/^bearer\s/i.test(challenge)) return basic;

  const parameters = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, key = "", value]) => [key, value]),
  );
  const realm = parameters["realm"];
  const service = new URL(realm ?? "", originOf(registry));
  if (service.protocol !== "https:" && !isLoopback(service.hostname)) {
    throw new ActionError(
      "REGISTRY_DENIED",
      `${registry} wants credentials sent to ${service.origin} without HTTPS`,
    );
  }
  service.searchParams.set("scope", `repository:${repository}:pull,push`);
  if (parameters["service"] !== undefined) service.searchParams.set("service", parameters["service"]);
  const response = await fetch(service, {
    headers: basic === undefined ? {} : { authorization: basic },
    signal: AbortSignal.timeout(REQUEST_LIMIT_MS),
  });
  const answer: unknown = response.ok ? await response.json() : undefined;
  const { token, access_token: accessToken } = TOKEN.parse(answer ?? {});
  const bearer = token ?? accessToken;
  if (bearer !== undefined) return `Bearer ${bearer}`;
  throw new RegistryError(
    response.status === 200 ? 403 : response.status,
    registry,
    `${service.origin} gave no token for ${registry}`,
  );
}

function originOf(registry: string): URL {
  if (registry === "docker.io") return new URL("https://registry-1.docker.io");
  const url = new URL(`https://${registry}`);
  return isLoopback(url.hostname) ? new URL(`http://${registry}`) : url;
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
