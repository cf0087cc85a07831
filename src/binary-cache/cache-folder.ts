import { link, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { isErrno } from "../errors/errno.js";
import type { StorePath } from "../model/store-path.js";
import { readdirIfPresent, readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import { nameNarInfo, type NarInfo, tryParseNarInfo, renderPlaceholder } from "./narinfo.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";

/*
 * A binary cache in a folder, file by file. Its files are untrusted.
 * @see Nix manual, "Local Binary Cache Store"
 */

const MAX_TEXT_BYTES = 1 << 20;

/**
 * Makes a folder a valid binary cache: removes files on which Nix would fail. Returns the narinfos that are
 * left and the number of those dropped.
 */
export async function cleanCacheFolder(
  folder: string,
): Promise<{ infos: Map<StorePath, NarInfo>; dropped: number }> {
  await mkdir(folder, { recursive: true });
  const infos = new Map<StorePath, NarInfo>();
  let dropped = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".narinfo")) continue;
    const file = join(folder, name);
    const text = await readPlainFile(file);
    const info = text === undefined ? undefined : tryParseNarInfo(text, name.slice(0, -".narinfo".length));
    if (info !== undefined && (await sizeOf(join(folder, info.file))) === info.fileSizeBytes) {
      infos.set(info.storePath, info);
    } else {
      dropped++;
      await rm(file, { recursive: true, force: true });
    }
  }
  // Remove archives without a narinfo: Nix would not overwrite an existing archive.
  const archives = new Set([...infos.values()].map((info) => join(folder, info.file)));
  for (const name of await readdirIfPresent(join(folder, "nar"))) {
    const file = join(folder, "nar", name);
    if (!archives.has(file)) await rm(file, { recursive: true, force: true });
  }
  await writeFileAtomically(join(folder, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
  return { infos, dropped };
}

/** The text of a small regular file; undefined for a symbolic link or anything else. */
export async function readPlainFile(file: string): Promise<string | undefined> {
  const size = await sizeOf(file);
  return size === undefined || size > MAX_TEXT_BYTES ? undefined : readFileIfPresent(file);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await lstat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

export interface CopyRequest {
  readonly paths: readonly StorePath[];
  /** References of the paths that may be missing from the folder. */
  readonly elsewhere: readonly StorePath[];
  readonly signingKeyFile: string | undefined;
}

/**
 * Copies store paths into the folder without their references, which may be `elsewhere`. Returns the narinfos
 * of the copied paths. Rejects with the codes of `runNix`.
 */
export async function copyPaths(
  runNix: RunNix,
  folder: string,
  { paths, elsewhere, signingKeyFile }: CopyRequest,
): Promise<readonly NarInfo[]> {
  const placeholders = elsewhere.map((path) => [join(folder, nameNarInfo(path)), path] as const);
  const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
  const made: string[] = [];
  try {
    for (const [file, path] of placeholders) {
      if ((await sizeOf(file)) !== undefined) continue;
      made.push(file);
      await writeFileAtomically(file, renderPlaceholder(path));
    }
    const args = ["copy", "--no-recursive", "--to", `file://${folder}?compression=zstd${key}`, ...paths];
    await runNix(args, { timeoutMs: COPY_LIMIT_MS });
  } finally {
    for (const file of made) await rm(file, { force: true });
  }
  const { infos } = await cleanCacheFolder(folder);
  return paths.map((path) => infos.get(path)).filter((info) => info !== undefined);
}

/**
 * Removes store paths with their archives. Nix would keep an existing archive instead of writing a new one.
 */
export async function removePaths(folder: string, infos: readonly NarInfo[]): Promise<void> {
  for (const { storePath, file } of infos) {
    await rm(join(folder, nameNarInfo(storePath)), { force: true });
    await rm(join(folder, file), { force: true });
  }
}

/** Hard-links store paths of one folder into another one on the same disk, and creates that folder. */
export async function linkPaths(folder: string, target: string, infos: readonly NarInfo[]): Promise<void> {
  await mkdir(join(target, "nar"), { recursive: true });
  for (const { storePath, file } of infos) {
    for (const name of [nameNarInfo(storePath), file]) {
      try {
        await link(join(folder, name), join(target, name));
      } catch (error) {
        // Two store paths with the same content share their archive.
        if (!isErrno(error, "EEXIST")) throw error;
      }
    }
  }
}
