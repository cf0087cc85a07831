import { ActionError } from "../errors/action-error.js";
import type { AccessToken } from "./access-token.js";
import type { NixCallSettings } from "./command.js";

/** The run's own nix.conf, which has precedence, then the user's. */
export function listConfFiles(
  confFile: string,
  environment: NixCallSettings["environment"],
): readonly string[] {
  return [confFile, ...listUserConfFiles(environment)];
}

/**
 * The user's files that Nix reads by default.
 * @see Nix manual, nix.conf, "Configuration file"
 */
export function listUserConfFiles(environment: NixCallSettings["environment"]): readonly string[] {
  const given = environment["NIX_USER_CONF_FILES"];
  if (given !== undefined && given !== "") return given.split(":");
  const home = environment["HOME"] ?? "/";
  const configHome = environment["XDG_CONFIG_HOME"] ?? `${home}/.config`;
  const configFolders = (environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":");
  return [configHome, ...configFolders].map((folder) => `${folder}/nix/nix.conf`);
}

export interface UserConf {
  /** The machines file of this run's builders. If undefined, no builder is used. */
  readonly machinesFile: string | undefined;
  readonly substituters: readonly string[];
  readonly trustedPublicKeys: readonly string[];
  /** File with the user and password of a binary cache. */
  readonly netrcFile: string | undefined;
  readonly githubToken: string | undefined;
  readonly accessTokens: readonly AccessToken[];
  /**
   * Lines of the input extra-conf. They come first, so that the run's `extra-` settings add to their lists.
   */
  readonly extraConf: string;
}

/**
 * Renders the nix.conf of one run. It contains the tokens, so its file needs the mode 0600. Rejects with
 * `INPUT_INVALID` for a value with white space or a `#`, which would end it.
 */
export function renderUserConf(conf: UserConf): string {
  const settings: readonly (readonly [string, readonly string[]])[] = [
    ["builders", conf.machinesFile === undefined ? [] : [`@${conf.machinesFile}`]],
    ["builders-use-substitutes", ["true"]],
    ["extra-substituters", conf.substituters],
    ["extra-trusted-public-keys", conf.trustedPublicKeys],
    ["extra-experimental-features", ["nix-command", "flakes"]],
    // Another run may have pushed to the cache since this machine last asked.
    ["narinfo-cache-negative-ttl", conf.substituters.length === 0 ? [] : ["0"]],
    ["netrc-file", conf.netrcFile === undefined ? [] : [conf.netrcFile]],
    ["extra-access-tokens", listAccessTokens(conf)],
  ];
  for (const [name, values] of settings) {
    if (values.some((value) => /[\s#]/.test(value))) {
      throw new ActionError(
        "INPUT_INVALID",
        `a value for the Nix setting ${name} contains whitespace or a #`,
        {
          hint: "Remove these characters. Tokens, keys and folder names must be a single word.",
        },
      );
    }
  }
  const lines = settings
    .filter(([name, values]) => values.length > 0 || name === "builders")
    .map(([name, values]) => `${name} = ${values.join(" ")}`.trimEnd());
  return [conf.extraConf, ...lines, ""].join("\n");
}

/** A token for all of github.com takes the place of `githubToken`. */
function listAccessTokens({ githubToken, accessTokens }: UserConf): readonly string[] {
  const others = accessTokens.map(({ scope, value }) => `${scope}=${value}`);
  const isReplaced = accessTokens.some(({ scope }) => scope === "github.com");
  return githubToken === undefined || isReplaced ? others : [`github.com=${githubToken}`, ...others];
}
