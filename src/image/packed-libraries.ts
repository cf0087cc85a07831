import { isNativeElf, isOwnElf, type TargetSystem } from "../model/system.js";
import type { FileTree } from "./file-tree.js";
import type { PackedFile } from "./packed-files.js";

/** A zip or jar file with ELF files for other CPUs than the target's. Paths are Latin-1. */
export interface ForeignArchive {
  /** The file of the image. */
  readonly file: string;
  /** The same, or a zip file in it: `/app.jar!/lib/a.jar`. */
  readonly path: string;
  /** The ELF files in it that the target's CPU does not run. */
  readonly foreign: readonly PackedFile[];
  /** The archive that has libraries for the target's CPU, itself or a sibling; undefined if none has. */
  readonly ownIn: string | undefined;
  readonly layer: number;
}

/**
 * Finds the archives with ELF files for other CPUs. A Java library usually brings its native part for many
 * CPUs and picks one when it runs: from one jar, or from sibling jars such as `x-linux-x86_64.jar` and
 * `x-linux-aarch_64.jar`. So one for the target's CPU among them is enough.
 */
export function findForeignArchives(tree: FileTree, target: TargetSystem): readonly ForeignArchive[] {
  const archives = listArchives(tree);
  const owners = new Map<string, string>();
  const hasOwn = (files: readonly PackedFile[]) => files.some(({ machine }) => isOwnElf(target, machine));
  for (const { path, files } of archives) {
    if (hasOwn(files)) owners.set(siblingsOf(path), path);
  }
  return archives.flatMap(({ file, path, files, layer }) => {
    const foreign = files.filter(({ machine }) => !isNativeElf(target, machine));
    if (foreign.length === 0) return [];
    const ownIn = hasOwn(files) ? path : owners.get(siblingsOf(path));
    return [{ file, path, foreign, ownIn, layer }];
  });
}

interface LibraryArchive {
  readonly file: string;
  readonly path: string;
  readonly files: readonly PackedFile[];
  readonly layer: number;
}

/** Every archive of the image that has ELF files itself, not only in an archive in it. */
function listArchives(tree: FileTree): readonly LibraryArchive[] {
  return [...tree.list()].flatMap(([file, { findings, layer }]) =>
    [...Map.groupBy(findings?.packed ?? [], ({ archive }) => archive)].map(([archive, files]) => ({
      file,
      path: archive === "" ? file : `${file}!/${archive}`,
      files,
      layer,
    })),
  );
}

/** The names of CPUs in file names, as Maven, Gradle, Go and Debian write them. */
const CPU_NAME =
  "x86[-_]?(?:64|32)|x86|x64|amd64|i[3-6]86|aarch[-_]?64|arm64|arm(?:hf|el|[-_]?32|v[5-8][a-z]*)?|" +
  "ppc(?:64(?:le|el)?|le[-_]?64)?|powerpc(?:64(?:le)?)?|s390(?:x|[-_]?64)|riscv(?:64)?|" +
  "loong(?:arch)?[-_]?64|mips(?:64)?(?:el|le)?";
const CPU = new RegExp(`[-_./](?:${CPU_NAME})(?=[-_./!]|$)`, "gi");
const STORE_HASH = /^\/nix\/store\/[0-9a-z]{32}-/;

/** What sibling archives, one for each CPU, have in common: their path without the CPU. */
function siblingsOf(path: string): string {
  return path.replace(STORE_HASH, "/nix/store/").replace(CPU, "");
}
