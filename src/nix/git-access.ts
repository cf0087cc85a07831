import { quoteShellWord, renderShellCommand } from "../model/shell.js";
import type { TokenLogin } from "./access-token.js";

/** How the git that Nix runs logs in to the servers of private flake inputs. */
export interface GitAccess {
  /** For `git+ssh`; undefined if ssh is used as this machine configures it. */
  readonly sshConfigFile: string | undefined;
  /** For `git+https`: the servers, and the file with the logins, from `renderGitCredentials`. */
  readonly credentials: { readonly hosts: readonly string[]; readonly file: string } | undefined;
}

/**
 * The file of `git credential-store`. It contains the tokens, so it needs the mode 0600.
 * @see git-credential-store(1), "STORAGE FORMAT"
 */
export function renderGitCredentials(logins: readonly TokenLogin[]): string {
  return logins
    .map(({ host, username, password }) => {
      return `https://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}\n`;
    })
    .join("");
}

/**
 * Variables that make git use the access, beside its own configuration. They contain paths, not secrets. A
 * `GIT_SSH_COMMAND` of the user stays.
 * @see git-config(1), "GIT_CONFIG_COUNT": git 2.31 and newer
 */
export function renderGitEnvironment(
  { sshConfigFile, credentials }: GitAccess,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const hasOwnSsh = [environment["GIT_SSH_COMMAND"], environment["GIT_SSH"]].some((own = "") => own !== "");
  const ssh =
    sshConfigFile === undefined || hasOwnSsh
      ? {}
      : { GIT_SSH_COMMAND: renderShellCommand(["ssh", "-F", sshConfigFile]) };
  if (credentials === undefined || credentials.hosts.length === 0) return ssh;
  const helper = `store --file=${quoteShellWord(credentials.file)}`;
  const settings = credentials.hosts.flatMap((host) => {
    const name = `credential.https://${host}.helper`;
    // The empty value removes the helpers of the user, to which git would hand the token for keeping.
    return [
      [name, ""],
      [name, helper],
    ] as const;
  });
  const given = Number(environment["GIT_CONFIG_COUNT"] ?? "0");
  const first = Number.isInteger(given) && given > 0 ? given : 0;
  return {
    ...ssh,
    GIT_CONFIG_COUNT: String(first + settings.length),
    ...Object.fromEntries(
      settings.flatMap(([name, value], index) => [
        [`GIT_CONFIG_KEY_${first + index}`, name],
        [`GIT_CONFIG_VALUE_${first + index}`, value],
      ]),
    ),
  };
}
