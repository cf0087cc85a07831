import { ActionError } from "../errors/action-error.js";
import { sanitizeText } from "../platform/log.js";

/** Where a registry is: HTTPS, but HTTP on loopback. `docker.io` is a name only. */
export function originOf(registry: string): URL {
  if (registry === "docker.io") return new URL("https://registry-1.docker.io");
  const url = new URL(`https://${registry}`);
  return isLoopback(url.hostname) ? new URL(`http://${registry}`) : url;
}

/**
 * A URL that a registry gave us, relative to the one it answered. Rejects with `code` for one that is less safe than the
 * registry is: only a registry on loopback may name HTTP, and on loopback only.
 */
export function parseUrl(
  text: string,
  from: URL,
  registry: string,
  code: "REGISTRY_FAILED" | "REGISTRY_DENIED" = "REGISTRY_FAILED",
): URL {
  const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
  if (url !== undefined && isSafe(url, originOf(registry))) return url;
  const shown = url === undefined ? text : `${url.protocol}//${url.host}`;
  throw new ActionError(
    code,
    `${registry} sends us to ${JSON.stringify(sanitizeText(shown).slice(0, 200))}, which is not a safe address`,
    { hint: "A registry must name HTTPS addresses: ask those who run it, or the proxy before it." },
  );
}

function isSafe(url: URL, origin: URL): boolean {
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && isLoopback(url.hostname) && isLoopback(origin.hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
