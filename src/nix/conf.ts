import { ActionError } from "../errors/action-error.js";
import type { NixCallSettings } from "./command.js";

/** The run's own nix.conf, which counts most, then those that Nix would have read by itself. @see Nix manual, nix.conf, "Configuration file" */
export function listConfFiles(
  confFile: string,
  environment: NixCallSettings["environment"],
): readonly string[] {
  const given = environment["NIX_USER_CONF_FILES"];
  if (given !== undefined && given !== "") return [confFile, ...given.split(":")];
  const home = environment["HOME"] ?? "/";
  const configHome = environment["XDG_CONFIG_HOME"] ?? `${home}/.config`;
  const configFolders = (environment["XDG_CONFIG_DIRS"] ?? "/etc/xdg").split(":");
  return [confFile, ...[configHome, ...configFolders].map((folder) => `${folder}/nix/nix.conf`)];
}

export interface UserConf {
  /** The machines file of this run's builders; without it, no builder is used. */
  readonly machinesFile: string | undefined;
  readonly substituters: readonly string[];
  readonly trustedPublicKeys: readonly string[];
  /** Where Nix finds the user and password of a binary cache. */
  readonly netrcFile: string | undefined;
  readonly githubToken: string | undefined;
  /** The user's own lines; they come first, so that ours add to their lists. */
  readonly extraConf: string;
}

/**
 * The nix.conf of one run: holds the token, so it belongs into a file with mode 0600. Rejects with `INPUT_INVALID` a
 * value that would end its line.
 */
export function renderUserConf(conf: UserConf): string {
  const settings: readonly (readonly [string, readonly string[]])[] = [
    ["builders", conf.machinesFile === undefined ? [] : [`@${conf.machinesFile}`]],
    ["builders-use-substitutes", ["true"]],
    ["extra-substituters", conf.substituters],
    ["extra-trusted-public-keys", conf.trustedPublicKeys],
    ["extra-experimental-features", ["nix-command", "flakes"]],
    // Another run may have filled the cache since this machine last looked.
    ["narinfo-cache-negative-ttl", conf.substituters.length === 0 ? [] : ["0"]],
    ["netrc-file", conf.netrcFile === undefined ? [] : [conf.netrcFile]],
    ["extra-access-tokens", conf.githubToken === undefined ? [] : [`github.com=${conf.githubToken}`]],
  ];
  for (const [name, values] of settings) {
    if (values.some((value) => /[\s#]/.test(value))) {
      throw new ActionError(
        "INPUT_INVALID",
        `a value for Nix's setting ${name} has a blank, a line break or a # in it`,
        {
          hint: "Give it without blanks. A token or a key is one word, a folder's name must be one too.",
        },
      );
    }
  }
  const lines = settings
    .filter(([name, values]) => values.length > 0 || name === "builders")
    .map(([name, values]) => `${name} = ${values.join(" ")}`.trimEnd());
  return [conf.extraConf, ...lines, ""].join("\n");
}
