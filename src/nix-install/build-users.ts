import type { RunAsRoot } from "../platform/privileged.js";
import { BUILD_GROUP } from "./conf.js";
import { asRoot } from "./root-command.js";

const USERS = 10;

/**
 * Creates the users that run the builds of an older Nix, and keeps those that exist. Rejects with the codes
 * of `asRoot`.
 * @see Nix manual, "Multi-User Mode"
 */
export async function makeBuildUsers(runAsRoot: RunAsRoot): Promise<void> {
  await asRoot(runAsRoot, "groupadd", ["--force", "--system", BUILD_GROUP]);
  for (let number = 1; number <= USERS; number++) {
    const name = `${BUILD_GROUP}${number}`;
    const account = ["--system", "--no-user-group", "--gid", BUILD_GROUP, "--groups", BUILD_GROUP];
    const nowhere = ["--home-dir", "/var/empty", "--shell", "/usr/sbin/nologin", name];
    // Exit code 9: the user exists already.
    await asRoot(runAsRoot, "useradd", [...account, ...nowhere], { expectedExitCodes: [0, 9] });
  }
}
