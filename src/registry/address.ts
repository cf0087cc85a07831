import { ActionError } from "../errors/action-error.js";

/** The base URL of a registry: HTTPS, or HTTP on loopback. The API of `docker.io` has another host name. */
export function originOf(registry: string): URL {
  if (registry === "docker.io") return new URL("https://registry-1.docker.io");
  const url = new URL(`https://${registry}`);
  return isLoopback(url.hostname) ? new URL(`http://${registry}`) : url;
}

/**
 * Parses a URL from a registry's answer, relative to the URL that was requested. Throws `code` if the URL
 * contains credentials or does not use HTTPS. Only a registry on loopback may use HTTP, and only for loopback
 * addresses.
 */
export function parseUrl(
  text: string,
  from: URL,
  registry: string,
  code: "REGISTRY_FAILED" | "REGISTRY_DENIED" = "REGISTRY_FAILED",
): URL {
  const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
  if (url !== undefined && isSafe(url, originOf(registry))) return url;
  // Show no more of it: a registry may put into a URL what it was sent.
  const shown = url === undefined ? "" : `: ${JSON.stringify(`${url.protocol}//${url.host}`.slice(0, 200))}`;
  throw new ActionError(code, `${registry} returned an invalid or unsafe URL${shown}`, {
    hint:
      "A registry must return HTTPS URLs without credentials. " +
      "Ask the operator of the registry, or of the proxy in front of it, to fix this.",
  });
}

function isSafe(url: URL, origin: URL): boolean {
  if (url.username !== "" || url.password !== "") return false;
  if (url.protocol === "https:") return true;
  return url.protocol === "http:" && isLoopback(url.hostname) && isLoopback(origin.hostname);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
