import { gzipSync } from "node:zlib";

import { JsonTraceSerializer, ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";

import { renderError } from "../errors/action-error.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import type { HttpAnswer, SendHttp } from "../platform/http.js";
import type { Log } from "../platform/log.js";
import { renderUrl } from "../platform/render-url.js";
import { parseRetryAfter, retryTransient, StatusError } from "../platform/retry.js";
import type { TraceDestination } from "./trace-destination.js";

/** @see https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRIED_STATUSES = [429, 502, 503, 504];
const MAX_ANSWER_BYTES = 65_536;

interface Effects {
  readonly sendHttp: SendHttp;
  readonly clock: Clock;
  readonly log: Pick<Log, "debug" | "warning">;
}

/**
 * Sends spans to a collector, by OTLP over HTTP, within the time limit of the destination. Rejects with a
 * plain Error that says why it cannot, and without a secret.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export async function sendSpans(
  spans: readonly ReadableSpan[],
  { url, headers, format, isCompressed, timeoutMs }: TraceDestination,
  { sendHttp, clock, log }: Effects,
): Promise<void> {
  const serializer = format === "json" ? JsonTraceSerializer : ProtobufTraceSerializer;
  const body = serializer.serializeRequest([...spans]) ?? new Uint8Array();
  const sent = isCompressed ? gzipSync(body) : body;
  let setback: string | undefined;
  const post = async (signal: AbortSignal): Promise<Uint8Array> => {
    const answer = await sendHttp({
      method: "POST",
      url,
      headers: {
        ...headers,
        "content-type": format === "json" ? "application/json" : "application/x-protobuf",
        ...(isCompressed && { "content-encoding": "gzip" }),
      },
      body: sent,
      signal,
    });
    if (answer.status >= 200 && answer.status < 300) return readAnswer(answer);
    answer.discard();
    throw new StatusError(`${renderUrl(url)} answered ${answer.status}`, {
      status: answer.status,
      isTransient: RETRIED_STATUSES.includes(answer.status),
      retryAfterMs: parseRetryAfter(answer.headers.get("retry-after"), clock.nowMs()),
    });
  };
  const answer = await withTimeLimit(clock, timeoutMs, (signal) =>
    retryTransient(
      () =>
        post(signal).catch((error: unknown) => {
          if (!signal.aborted) setback = renderError(error);
          throw error;
        }),
      { clock, log, signal },
    ),
  ).catch((error: unknown) => {
    const isLate = error instanceof DOMException && error.name === "TimeoutError";
    if (!isLate) throw error;
    const reason = setback === undefined ? "" : ` (${setback})`;
    throw new Error(`no answer of ${renderUrl(url)} within ${timeoutMs / 1000} s${reason}`);
  });
  const refused = tryReadRefusal(serializer, answer);
  if (refused !== undefined) log.warning(`${renderUrl(url)} took only a part of the trace: ${refused}`);
}

async function readAnswer({ body }: HttpAnswer): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What a collector says about spans that it refused; undefined if it took all, or says nothing readable. */
function tryReadRefusal(serializer: typeof JsonTraceSerializer, answer: Uint8Array): string | undefined {
  if (answer.length === 0) return undefined;
  try {
    const { partialSuccess } = serializer.deserializeResponse(answer);
    const { rejectedSpans = 0, errorMessage = "" } = partialSuccess ?? {};
    return rejectedSpans === 0 ? undefined : `${rejectedSpans} spans refused: ${errorMessage}`;
  } catch {
    return undefined;
  }
}
