/** First line of every nix.conf that this action writes. A file without it belongs to the administrator. */
export const OUR_MARK = "# Written by cross-build for the Nix that it installed.";

/** True for a nix.conf that this action wrote and may overwrite. */
export function isOurConf(text: string): boolean {
  return text.startsWith(`${OUR_MARK}\n`);
}

/** The sandbox and flake settings of `renderNixConf`, for a single-user Nix: its builds run as that user. */
export function renderSingleUserConf(): string {
  return "sandbox = true\nsandbox-fallback = false\naccept-flake-config = false\n";
}

/** What upstream's installer on macOS adds to its nix.conf. The sandbox stays off, Nix's default there. */
export function renderInstallerConf(userName: string): string {
  return `experimental-features = nix-command flakes
accept-flake-config = false
trusted-users = root ${userName}
`;
}

export interface NixConfRequest {
  /** Becomes a trusted user, who may send settings and unsigned paths to the daemon. */
  readonly userName: string;
  /** True if this Nix can allocate a user ID for each build. An older one needs the group `BUILD_GROUP`. */
  readonly allocatesUids: boolean;
  /** File of CA certificates, for a system that has none in the place where Nix looks. */
  readonly caBundle?: string | undefined;
  /** Program to use as /bin/sh in the sandbox, for a Nix without a shell of its own. */
  readonly sandboxShell?: string | undefined;
}

/** Group of the build users, for a Nix that cannot allocate user IDs. */
export const BUILD_GROUP = "nixbld";

const ALLOCATED = `experimental-features = nix-command flakes auto-allocate-uids
# Each build gets its own user ID from a range without accounts, so no group of build users is needed.
auto-allocate-uids = true
build-users-group =`;

const GROUP = `experimental-features = nix-command flakes
build-users-group = ${BUILD_GROUP}`;

/**
 * Renders the nix.conf of a Nix that this action installs.
 * @see Nix manual, "nix.conf"
 */
export function renderNixConf({ userName, allocatesUids, caBundle, sandboxShell }: NixConfRequest): string {
  return `${OUR_MARK}
${allocatesUids ? ALLOCATED : GROUP}
sandbox = true
# If the kernel does not allow a sandbox, builds fail instead of running without one.
sandbox-fallback = false
accept-flake-config = false
max-jobs = auto
trusted-users = ${["root", ...(userName === "root" ? [] : [userName])].join(" ")}
${sandboxShell === undefined ? "" : `sandbox-paths = /bin/sh=${sandboxShell}\n`}${
    caBundle === undefined ? "" : `ssl-cert-file = ${caBundle}\n`
  }`;
}
