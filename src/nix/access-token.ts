import { ActionError } from "../errors/action-error.js";

/** A token for the private flake inputs of one server. */
export interface AccessToken {
  /** `HOST`, `HOST:PORT`, or `HOST/PATH` for the repositories below a path. */
  readonly scope: string;
  /** As Nix takes it. GitLab's have a kind before them: `PAT:glpat-…` or `OAuth2:…`. */
  readonly value: string;
}

/** A token as HTTP's basic authentication takes it. */
export interface TokenLogin {
  /** `HOST` or `HOST:PORT`. */
  readonly host: string;
  readonly username: string;
  readonly password: string;
}

const SCOPE = /^[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]+)?(?:\/[\w.~-]+)*$/;
/** Visible ASCII without `#`, which starts a comment in nix.conf, and `"` and `\`, which quote in netrc. */
const VALUE = /^[!$-[\]-~]+$/;

/**
 * Reads the entries `HOST=TOKEN` of the setting `access-tokens`, separated by white space. Rejects with
 * `INPUT_INVALID`, which shows no part of an entry that cannot be read: it may be the token itself.
 * @see Nix manual, nix.conf, "access-tokens"
 */
export function parseAccessTokens(text: string): readonly AccessToken[] {
  const entries = text.split(/\s+/).filter((entry) => entry !== "");
  const tokens = entries.map((entry, index): AccessToken => {
    const [, scope = "", value = ""] = /^([^=]*)=([^]*)$/.exec(entry) ?? [];
    if (SCOPE.test(scope) && VALUE.test(value)) return { scope, value };
    throw new ActionError("INPUT_INVALID", `entry ${index + 1} is not HOST=TOKEN`, {
      hint:
        "Write one entry per line, such as gitlab.example.org=PAT:TOKEN, without https:// before the host. " +
        'A token cannot contain white space, #, " or \\.',
    });
  });
  const twice = tokens.find(({ scope }, index) => tokens.findIndex((one) => one.scope === scope) < index);
  if (twice === undefined) return tokens;
  throw new ActionError("INPUT_INVALID", `${twice.scope} has two tokens`, {
    hint: "Remove one of them. For each owner's repositories, Nix 2.34 and newer take HOST/OWNER=TOKEN.",
  });
}

/** The words before a token of GitLab. */
const GITLAB_KIND = /^(?:PAT|OAuth2):/;

/**
 * The logins for git over HTTPS, which knows nothing of Nix's tokens. A token with a path has none: it must
 * not be sent to other paths of its host.
 */
export function listTokenLogins(tokens: readonly AccessToken[]): readonly TokenLogin[] {
  return tokens
    .filter(({ scope }) => !scope.includes("/"))
    .map(({ scope: host, value }) => {
      const [, username, password] = /^([^:]+):(.+)$/.exec(value) ?? [];
      return username === undefined || password === undefined
        ? // GitHub, GitLab and Forgejo accept any user name with a token, and GitHub documents this one.
          { host, username: "x-access-token", password: value }
        : // GitLab documents this user name.
          { host, username: GITLAB_KIND.test(value) ? "oauth2" : username, password };
    });
}

/**
 * The logins for archives, by netrc, which knows no ports: the server on one port would get the token of
 * another. GitLab's are left out: Nix would send a second credential along with the one of `gitlab:`.
 */
export function listArchiveLogins(tokens: readonly AccessToken[]): readonly TokenLogin[] {
  return listTokenLogins(
    tokens.filter(({ scope, value }) => !scope.includes(":") && !GITLAB_KIND.test(value)),
  );
}

/** Every form in which a token is written or sent: what a log has to hide. */
export function listTokenForms(tokens: readonly AccessToken[]): readonly string[] {
  const basic = listTokenLogins(tokens).flatMap(({ username, password }) => [
    password,
    Buffer.from(`${username}:${password}`).toString("base64"),
  ]);
  // Of `PAT:…` with a path, too, Nix sends the second part alone.
  return tokens.flatMap(({ value }) => [value, value.replace(/^[^:]+:(?=.)/, "")]).concat(basic);
}
