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

/**
 * The nix.conf of a Nix that we install; `userName` may hand settings and unsigned paths to the daemon. `caBundle` is the file of
 * certificates that Nix trusts, where the system has none in the place that Nix looks at.
 * @see Nix manual, "nix.conf"
 */
export function renderNixConf(userName: string, caBundle?: string): string {
  return `${OUR_MARK}
experimental-features = nix-command flakes auto-allocate-uids
sandbox = true
# Where the kernel forbids a sandbox, a build fails instead of running without one.
sandbox-fallback = false
accept-flake-config = false
# Every build gets a user ID of its own from a range that no account has: no group of build users to create.
auto-allocate-uids = true
build-users-group =
max-jobs = auto
trusted-users = ${["root", ...(userName === "root" ? [] : [userName])].join(" ")}
${caBundle === undefined ? "" : `ssl-cert-file = ${caBundle}\n`}`;
}
