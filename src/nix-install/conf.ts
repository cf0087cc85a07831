/** The first line of every nix.conf that we wrote: a file without it belongs to the administrator. */
export const OUR_MARK = "# Written by cross-build for the Nix that it installed.";

/** Whether a nix.conf is one of ours, which we may write anew. */
export function isOurConf(text: string): boolean {
  return text.startsWith(`${OUR_MARK}\n`);
}

/** The same insistence for a Nix of one user: builds run as that user. */
export function renderSingleUserConf(): string {
  return "sandbox = true\nsandbox-fallback = false\naccept-flake-config = false\n";
}

/** What upstream's installer on macOS adds to the nix.conf that it writes: its builds have no sandbox by default there. */
export function renderInstallerConf(userName: string): string {
  return `experimental-features = nix-command flakes
accept-flake-config = false
trusted-users = root ${userName}
`;
}

/** What the nix.conf of a Nix that we install depends on. */
export interface NixConfRequest {
  /** May hand settings and unsigned paths to the daemon. */
  readonly userName: string;
  /** Whether this Nix gives every build a user ID of its own; an older one needs the group `BUILD_GROUP`. */
  readonly allocatesUids: boolean;
  /** The file of certificates that Nix trusts, where the system has none in the place that Nix looks at. */
  readonly caBundle?: string | undefined;
  /** What stands for /bin/sh in the sandbox, where this Nix has no shell of its own. */
  readonly sandboxShell?: string | undefined;
}

/** The group of users that a Nix builds as which cannot allocate user IDs. */
export const BUILD_GROUP = "nixbld";

const ALLOCATED = `experimental-features = nix-command flakes auto-allocate-uids
# Every build gets a user ID of its own from a range that no account has: no group of build users to create.
auto-allocate-uids = true
build-users-group =`;

const GROUP = `experimental-features = nix-command flakes
build-users-group = ${BUILD_GROUP}`;

/**
 * The nix.conf of a Nix that we install.
 * @see Nix manual, "nix.conf"
 */
export function renderNixConf({ userName, allocatesUids, caBundle, sandboxShell }: NixConfRequest): string {
  return `${OUR_MARK}
${allocatesUids ? ALLOCATED : GROUP}
sandbox = true
# Where the kernel forbids a sandbox, a build fails instead of running without one.
sandbox-fallback = false
accept-flake-config = false
max-jobs = auto
trusted-users = ${["root", ...(userName === "root" ? [] : [userName])].join(" ")}
${sandboxShell === undefined ? "" : `sandbox-paths = /bin/sh=${sandboxShell}\n`}${caBundle === undefined ? "" : `ssl-cert-file = ${caBundle}\n`}`;
}
