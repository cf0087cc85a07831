import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { basename, isAbsolute, join } from "node:path";

/**
 * Sets `HOME` in `environment`, because the commands of a run need a home: Nix, for example, caches fetched
 * flakes there. If `HOME` is unset, it becomes the account's home; if that folder does not exist, as in many
 * containers, a folder of the run. A home that is not writable stays, since it may hold the credentials of
 * `docker login`; then `XDG_CACHE_HOME` becomes a folder of the run.
 */
export function provideHome(runFolder: string, environment: NodeJS.ProcessEnv): void {
  const given = environment["HOME"] ?? "";
  const home = given === "" ? readAccount().home : given;
  if (!isFolder(home)) {
    environment["HOME"] = makeFolder(join(runFolder, "home"));
    return;
  }
  environment["HOME"] = home;
  if ((environment["XDG_CACHE_HOME"] ?? "") === "" && !isWritable(home)) {
    environment["XDG_CACHE_HOME"] = makeFolder(join(runFolder, "cache"));
  }
}

/**
 * The account that this process runs as. A container's user may have no account: then the name is the user ID
 * and the home is empty.
 */
export function readAccount(): { readonly name: string; readonly home: string } {
  try {
    const { username, homedir } = userInfo();
    return { name: username, home: homedir };
  } catch {
    return { name: String(process.getuid?.() ?? ""), home: "" };
  }
}

/**
 * Makes the folder for the CLI's report, if the user names no file: one for each working directory, in
 * `$XDG_STATE_HOME/cross-build`. Not the working directory itself: a new file there changes a `path:` flake,
 * and everything would be built again. Returns the system's temporary folder if the home cannot be written.
 */
export function makeReportFolder(workingDirectory: string, environment: NodeJS.ProcessEnv): string {
  const hash = createHash("sha256").update(workingDirectory).digest("hex").slice(0, 8);
  const folder = join(findStateFolder(environment), `${basename(workingDirectory)}-${hash}`);
  try {
    if (!isAbsolute(folder)) return tmpdir();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isWritable(folder) ? folder : tmpdir();
  } catch {
    return tmpdir();
  }
}

/**
 * The folder for what the CLI keeps for the user, `$XDG_STATE_HOME/cross-build`. It may not exist, and is
 * relative if the user has no home.
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 */
export function findStateFolder({ XDG_STATE_HOME = "", HOME = "" }: NodeJS.ProcessEnv): string {
  const home = HOME === "" ? readAccount().home : HOME;
  const state = isAbsolute(XDG_STATE_HOME) ? XDG_STATE_HOME : join(home, ".local/state");
  return join(state, "cross-build");
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function makeFolder(folder: string): string {
  mkdirSync(folder, { mode: 0o700 });
  return folder;
}
