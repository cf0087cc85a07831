import type { HttpRequest } from "./http-request.js";
import { renderUrl } from "./render-url.js";

/** A redirect that is not followed. Another attempt would be redirected again. */
export class RedirectError extends Error {}

/** Headers that say nothing about who asks: the only ones that another origin receives. */
const PUBLIC_HEADERS = ["accept", "content-type"];

/** Whether an answer asks the client to send the same request again, to the URL in `Location`. */
export function isRedirect(method: HttpRequest["method"], status: number): boolean {
  return [307, 308].includes(status) || (isRead(method) && [301, 302, 303].includes(status));
}

/**
 * The request that follows a redirect:
 *
 * | request                               | to the same origin | to another origin               |
 * | ------------------------------------- | ------------------ | ------------------------------- |
 * | `staysOnOrigin`                       | sent again         | refused                         |
 * | GET, HEAD                             | sent again         | sent with `PUBLIC_HEADERS` only |
 * | any other, with `PUBLIC_HEADERS` only | sent again         | sent again                      |
 * | any other                             | sent again         | refused                         |
 *
 * So another origin receives no secret. Throws `RedirectError` if the redirect is refused, or if the URL is
 * not valid, not HTTP, contains credentials, or leads from HTTPS to HTTP.
 */
export function followRedirect(request: HttpRequest, location: string): HttpRequest {
  const { url, method, headers = {}, staysOnOrigin = false, parseLocation = parse } = request;
  const next = parseLocation(location, url);
  if (next.origin === url.origin) return { ...request, url: next };
  const sent = Object.entries(headers).filter(([name]) => PUBLIC_HEADERS.includes(name));
  const hasSecretHeader = sent.length < Object.keys(headers).length;
  if (staysOnOrigin || (hasSecretHeader && !isRead(method))) {
    throw new RedirectError(
      `${url.host} redirects a ${method} with credentials to ${next.host}, which must not receive them`,
    );
  }
  return { ...request, url: next, headers: Object.fromEntries(sent) };
}

function isRead(method: HttpRequest["method"]): boolean {
  return method === "GET" || method === "HEAD";
}

function parse(location: string, from: URL): URL {
  const url = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (
    url === undefined ||
    !["http:", "https:"].includes(url.protocol) ||
    url.username + url.password !== ""
  ) {
    throw new RedirectError(
      `${from.host} redirects to something that is not an HTTP URL without credentials`,
    );
  }
  if (from.protocol === "https:" && url.protocol !== "https:") {
    throw new RedirectError(`${from.host} redirects to ${renderUrl(url)}, which is less secure`);
  }
  return url;
}
