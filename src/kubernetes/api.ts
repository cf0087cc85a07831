import type { IncomingMessage } from "node:http";
import { Agent, request } from "node:https";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";
import type { Credential } from "./credential.js";

/** What a request to an API server needs now. It can be passed on as JSON. */
export interface ApiAccess {
  readonly server: string;
  readonly ca?: string | undefined;
  readonly tlsServerName?: string | undefined;
  /** The proxies, as in the environment. */
  readonly proxies: Readonly<Record<string, string | undefined>>;
  readonly credential: Credential;
}

export interface ApiRequest {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** Path and query. */
  readonly path: string;
  readonly body?: unknown;
  /** The type of the body. Default: JSON. */
  readonly contentType?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** No answer that is needed here is larger. */
const MAX_ANSWER_BYTES = 32 << 20;
const CHECK_SERVER = "Check the server in kubeconfig, and that this runner can reach it.";

/** The options of a request or a WebSocket to the API server. */
export function connectionOptions({ ca, tlsServerName, proxies, credential }: ApiAccess) {
  const { token, cert, key } = credential;
  return {
    agent: new Agent({
      proxyEnv: proxies,
      rejectUnauthorized: true,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(key !== undefined && { key }),
      ...(tlsServerName !== undefined && { servername: tlsServerName }),
    }),
    ...(tlsServerName !== undefined && { servername: tlsServerName }),
    headers: {
      "user-agent": "cross-build",
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  };
}

/**
 * Sends a request, and returns its answer as a JSON value; undefined if there is no such resource. Rejects
 * with `BUILDER_UNREACHABLE`, and with `BUILDER_DENIED` if the user is unknown or may not do that.
 */
export async function askApi(access: ApiAccess, apiRequest: ApiRequest): Promise<unknown> {
  const { status, text } = await withConnection(access, apiRequest.signal, async () => {
    const answer = await sendRequest(access, apiRequest);
    return { status: answer.statusCode ?? 0, text: await readText(answer) };
  });
  if (status === 404) return undefined;
  if (status >= 300) throw explainRefusal(access, { status, text });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw unreachable(`${hostOf(access)} answers, but not as an API server`, CHECK_SERVER, cause);
  }
}

/**
 * Watches resources: yields each event until the server ends the answer. Rejects as `askApi` does.
 * @see https://kubernetes.io/docs/reference/using-api/api-concepts/#efficient-detection-of-changes
 */
export async function* watchApi(access: ApiAccess, path: string, signal: AbortSignal): AsyncGenerator {
  const answer = await withConnection(access, signal, () =>
    sendRequest(access, { method: "GET", path, signal }),
  );
  const { statusCode: status = 0 } = answer;
  if (status >= 300) throw explainRefusal(access, { status, text: await readText(answer) });
  answer.setEncoding("utf8");
  let rest = "";
  // Not readline: only a loop over the stream itself closes it, and takes its error, when the caller stops.
  for await (const text of answer as AsyncIterable<string>) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line) as unknown;
  }
}

function sendRequest(
  access: ApiAccess,
  { method, path, body, contentType = "application/json", signal }: ApiRequest,
): Promise<IncomingMessage> {
  const { headers, ...options } = connectionOptions(access);
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = request(
    `${access.server}${path}`,
    {
      ...options,
      method,
      headers: { ...headers, accept: "application/json", "content-type": contentType },
      ...(signal !== undefined && { signal }),
    },
    resolve,
  );
  sent.on("error", reject);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

/** Explains why a connection failed, or why it was given up. */
async function withConnection<T>(
  access: ApiAccess,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCancelled(signal?.reason)) throw signal?.reason;
    throw explainConnection(access, signal?.aborted === true ? new Error("no answer in time") : error);
  }
}

/** Reads an answer as text. */
export async function readText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > MAX_ANSWER_BYTES) throw new Error("the answer is too large");
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** The error for a connection to the API server that could not be opened. */
export function explainConnection(access: ApiAccess, error: unknown): ActionError {
  // For a host with several addresses, the message is empty.
  const message = sanitizeText(renderError(error));
  const said = message === "" ? String((error as { readonly code?: string }).code) : message;
  if (/certificate|altnames/i.test(said))
    return unreachable(
      `the certificate of the API server ${hostOf(access)} cannot be verified: ${said}`,
      "Set certificate-authority-data in kubeconfig to the authority of the cluster, or tls-server-name.",
      error,
    );
  return unreachable(`the API server ${hostOf(access)} cannot be reached: ${said}`, CHECK_SERVER, error);
}

/** The error for an answer of the API server that is a refusal. */
export function explainRefusal(
  access: ApiAccess,
  { status, text }: { readonly status: number; readonly text: string },
): ActionError {
  const said = sanitizeText(readMessage(text)).slice(0, 500);
  if (status === 401)
    return new ActionError(
      "BUILDER_DENIED",
      `the API server ${hostOf(access)} does not accept the credentials of kubeconfig: ${said}`,
      { hint: "The token may have expired or been revoked: make a new one." },
    );
  if (status === 403) return forbidden(`the API server ${hostOf(access)} refuses: ${said}`);
  return unreachable(
    `the API server ${hostOf(access)} answers with HTTP ${status}: ${said}`,
    "Check the cluster, and run again.",
  );
}

/** The error for a user without a right. */
export function forbidden(message: string): ActionError {
  return new ActionError("BUILDER_DENIED", message, {
    hint: "Bind that user to the Role *-use of the pool.",
  });
}

/** The message of a `Status`, or the text itself. Without zod, which the proxy command would wait for. */
function readMessage(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text;
  }
}

function hostOf({ server }: ApiAccess): string {
  return new URL(server).host;
}

function unreachable(message: string, hint: string, cause?: unknown): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", message, { hint, cause });
}
