import { invalidCache } from "./invalid-cache.js";

/** A binary cache behind HTTP, where it takes uploads by PUT. @see Nix manual, "HTTP Binary Cache Store" */
export interface HttpCache {
  readonly kind: "http";
  readonly uri: string;
  readonly login: CacheLogin | undefined;
}

export interface CacheLogin {
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

/**
 * Reads `https://[USER:PASSWORD@]HOST/PATH`; `http://` too, but with a password on loopback alone. Rejects with `INPUT_INVALID`, never
 * showing a password.
 */
export function parseHttpCache(url: URL): HttpCache {
  const { protocol, username, password, host, hostname, pathname, search, hash } = url;
  const uri = `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
  if (search !== "" || hash !== "" || !/^[\w./:+=@~%[\]-]+$/.test(uri)) {
    throw invalidCache(uri, "Give it without a query: how it is read and filled is decided here.");
  }
  if (username === "" && password === "") return { kind: "http", uri, login: undefined };
  const isLoopback = hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol === "http:" && !isLoopback) {
    throw invalidCache(uri, "A password must not be sent without encryption: use https.");
  }
  const login = {
    host: hostname,
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  if (/[\s#]/.test(login.username + login.password)) {
    throw invalidCache(uri, "Its user and password must be one word each, since netrc knows no quotes.");
  }
  return { kind: "http", uri, login };
}

/** The line of netrc(5) for a cache that wants a password. */
export function renderNetrc({ host, username, password }: CacheLogin): string {
  return `machine ${host} login ${username} password ${password}\n`;
}
