import {
  appendFile,
  chmod,
  copyFile,
  lstat,
  mkdir,
  readdir,
  readlink,
  realpath,
  symlink,
  utimes,
} from "node:fs/promises";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";

import { ActionError } from "../../errors/action-error.js";
import { isErrno } from "../../errors/errno.js";
import { type FlakeSource, readFlakeSource } from "../../nix/flake-source.js";
import type { NixSession } from "../nix-session.js";

/** A copy of a flake that a run may change. */
export interface FlakeCopy {
  /** The flake reference. */
  readonly flake: string;
  /** The top of the tree, and the folder of flake.nix in it. */
  readonly top: string;
  readonly folder: string;
}

/**
 * Copies the files that Nix reads of a flake to `top`: of a git repository, those that git tracks. Rejects as
 * `readFlakeSource` does.
 */
export async function copyFlake(
  { runNix }: Pick<NixSession, "runNix">,
  flake: string,
  { cwd, top }: { readonly cwd: string; readonly top: string },
): Promise<FlakeCopy> {
  const source: FlakeSource = await readFlakeSource(runNix, flake, cwd);
  await copyTree(source.storePath, top);
  const dir = source.folder === "" ? "" : `?dir=${encodeURIComponent(source.folder)}`;
  return { flake: `path:${pathToFileURL(top).pathname}${dir}`, top, folder: join(top, source.folder) };
}

/** Copies a tree from the store, whose folders are read-only, with folders that can be removed again. */
async function copyTree(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyTree(source, target);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
    else await copyFile(source, target);
  }
}

/**
 * Adds an empty line to a file of the copy, given relative to the folder of flake.nix. Keeps its times: a
 * flake may put the time of its newest file into its packages. Rejects with `INPUT_INVALID` if it is not a
 * file of the flake.
 */
export async function changeFile({ top, folder }: FlakeCopy, file: string): Promise<void> {
  const path = join(folder, file);
  const shown = JSON.stringify(file.slice(0, 200));
  const refuse = (reason: string, hint: string) =>
    new ActionError("INPUT_INVALID", `input change: ${shown} ${reason}`, { hint });
  const name = "Name a source file relative to the folder of flake.nix, such as src/main.c.";
  try {
    const place = relative(await realpath(top), await realpath(path));
    if (/^\.\.(?:\/|$)/.test(place)) throw refuse("is outside of the flake", name);
    const found = await lstat(path);
    if (!found.isFile()) throw refuse("is not a regular file", name);
    await chmod(path, found.mode | 0o200);
    await appendFile(path, "\n");
    await utimes(path, found.atime, found.mtime);
  } catch (error) {
    if (!isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP")) throw error;
    throw refuse(
      "is not a file of the flake",
      `${name} Nix sees only files that git tracks: \`git add\` new ones.`,
    );
  }
}
