import { subscribe } from "node:diagnostics_channel";
import type { ClientRequest } from "node:http";

import { renderError } from "../errors/action-error.js";
import type { DebugEffects } from "./debug-log.js";

/** What undici, which is also behind `fetch`, says about a request. */
interface UndiciRequest {
  readonly method: string;
  readonly origin: string | URL;
  readonly path: string;
}

interface HttpMessage {
  readonly request: UndiciRequest | ClientRequest;
  readonly response?: { readonly statusCode?: number };
  readonly error?: unknown;
}

/**
 * Logs every HTTP request of this process at debug level, with its status and duration, whichever client
 * sends it. Each attempt and each redirect is a request of its own. Leaves out queries and headers, which may
 * have secrets.
 * @see https://nodejs.org/api/diagnostics_channel.html#built-in-channels
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */
export function logHttpRequests({ log, clock }: DebugEffects): void {
  const startedAtMs = new WeakMap<object, number>();
  const end = (request: HttpMessage["request"], outcome: string) => {
    const startMs = startedAtMs.get(request);
    if (startMs === undefined) return;
    startedAtMs.delete(request);
    log.debug(`${render(request)}: ${outcome} after ${clock.nowMs() - startMs} ms`);
  };
  // The shapes of the messages are those of the documents above.
  const on = (channel: string, handle: (message: HttpMessage) => void) => {
    subscribe(channel, (message) => {
      handle(message as HttpMessage);
    });
  };

  for (const channel of ["undici:request:create", "http.client.request.start"]) {
    on(channel, ({ request }) => {
      startedAtMs.set(request, clock.nowMs());
    });
  }
  // Undici's answer is complete only when its body was read, which may be much later.
  for (const channel of ["undici:request:headers", "http.client.response.finish"]) {
    on(channel, ({ request, response }) => {
      end(request, `status ${response?.statusCode ?? 0}`);
    });
  }
  for (const channel of ["undici:request:error", "http.client.request.error"]) {
    on(channel, ({ request, error }) => {
      end(request, renderError(error));
    });
  }
}

function render(request: UndiciRequest | ClientRequest): string {
  const origin = "origin" in request ? String(request.origin) : `${request.protocol}//${request.host}`;
  const url = URL.parse(request.path, origin);
  return `${request.method} ${url === null ? origin : `${url.origin}${url.pathname}`}`;
}
