import { ActionError } from "../errors/action-error.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** The proxies of an environment, as undici takes them: an empty text means that there is none. */
export interface Proxies {
  readonly httpProxy: string;
  /** If it is empty, HTTPS uses `httpProxy` too. */
  readonly httpsProxy: string;
  readonly noProxy: string;
}

/**
 * Reads `http_proxy`, `https_proxy` and `no_proxy`, in lower case first, then in upper case. Like curl, takes
 * HOST:PORT for http://HOST:PORT. Throws `INPUT_INVALID`, without showing a password, if a value is not the
 * URL of an HTTP proxy.
 */
export function readProxies(environment: Environment): Proxies {
  return {
    httpProxy: readProxy(environment, "http_proxy"),
    httpsProxy: readProxy(environment, "https_proxy"),
    noProxy: read(environment, "no_proxy").value,
  };
}

/** Names the proxy that may be used for a URL, without its password; undefined if there is none. */
export function describeProxy({ httpProxy, httpsProxy }: Proxies, { protocol }: URL): string | undefined {
  const proxy = protocol === "https:" && httpsProxy !== "" ? httpsProxy : httpProxy;
  if (proxy === "") return undefined;
  const url = new URL(proxy);
  return `${url.protocol}//${url.host}`;
}

function readProxy(environment: Environment, variable: string): string {
  const { name, value } = read(environment, variable);
  if (value === "") return "";
  const text = value.includes("://") ? value : `http://${value}`;
  if (URL.canParse(text) && ["http:", "https:"].includes(new URL(text).protocol)) return text;
  throw new ActionError("INPUT_INVALID", `the environment variable ${name} is not the URL of an HTTP proxy`, {
    hint: `Set ${name} to http://HOST:PORT, or to http://USER:PASSWORD@HOST:PORT with both in percent encoding.`,
  });
}

function read(environment: Environment, variable: string) {
  const name = environment[variable] === undefined ? variable.toUpperCase() : variable;
  return { name, value: (environment[name] ?? "").trim() };
}
