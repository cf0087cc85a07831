import { accessSync, constants, mkdirSync, statSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";

/**
 * Sees to it that the commands of a run have a home: where `HOME` is not set, the one of the user's account; where that is no folder, as
 * in many containers, one in the run's own; and where it may not be written to, such a folder for caches alone, since what it has
 * (credentials of docker login) is still wanted. Nix keeps its cache of fetched flakes there. Changes `environment`.
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

/** The account that this process runs as; a container's user may have none, and goes by its number then. */
export function readAccount(): { readonly name: string; readonly home: string } {
  try {
    const { username, homedir } = userInfo();
    return { name: username, home: homedir };
  } catch {
    return { name: String(process.getuid?.() ?? ""), home: "" };
  }
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
