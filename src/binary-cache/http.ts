import { invalidCache } from "./invalid-cache.js";

/**
 * A binary cache on an HTTP server, which has to accept PUT to be filled.
 * @see Nix manual, "HTTP Binary Cache Store"
 */
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
 * Reads `https://[USER:PASSWORD@]HOST/PATH`, or `http://`, with a password only for a loopback address, and
 * only without a port. Rejects with `INPUT_INVALID`, without showing a password.
 */
export function parseHttpCache(url: URL): HttpCache {
  const { protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  const uri = `${protocol}//${host}${pathname.replace(/\/+$/, "")}`;
  if (search !== "" || hash !== "" || !/^[\w./:+=@~%[\]-]+$/.test(uri)) {
    throw invalidCache(uri, "Remove the query and special characters: the action sets the store's options.");
  }
  if (username === "" && password === "") return { kind: "http", uri, login: undefined };
  const isLoopback = hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  if (protocol === "http:" && !isLoopback) {
    throw invalidCache(uri, "Use https: a password must not be sent unencrypted.");
  }
  if (port !== "") {
    throw invalidCache(
      uri,
      `Nix finds a password by the host alone, so every port of ${hostname} could receive it. ` +
        `Serve the cache on port ${protocol === "https:" ? 443 : 80} of a host name of its own. ` +
        "Or write a netrc file and set extra-conf to netrc-file = FILE, if you trust every port.",
    );
  }
  const login = {
    // netrc has an IPv6 address without its brackets.
    host: hostname.replace(/^\[|\]$/g, ""),
    username: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
  if (/[\s#]/.test(login.username + login.password)) {
    throw invalidCache(uri, "User and password must not contain white space or #: netrc cannot quote them.");
  }
  return { kind: "http", uri, login };
}

/**
 * The login for a host in the text of a netrc file: of the first entry that fits. Undefined if there is none.
 * Macros are not supported.
 */
export function findNetrcLogin(
  text: string,
  host: string,
): Pick<CacheLogin, "username" | "password"> | undefined {
  const words = text.split(/\s+/).filter((word) => word !== "");
  let login: { isFit: boolean; username: string; password: string } | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    if (word === "machine" || word === "default") {
      if (login?.isFit === true) break;
      if (word === "machine") at += 1;
      login = { isFit: word === "default" || words[at] === host, username: "", password: "" };
    } else if (login !== undefined && word === "login") login.username = words[++at] ?? "";
    else if (login !== undefined && word === "password") login.password = words[++at] ?? "";
  }
  return login?.isFit === true ? { username: login.username, password: login.password } : undefined;
}

/**
 * The netrc line for a cache that requires a password. It has no port: libcurl compares host names only.
 * @see https://everything.curl.dev/usingcurl/netrc.html
 */
export function renderNetrc({ host, username, password }: CacheLogin): string {
  return `machine ${host} login ${username} password ${password}\n`;
}
