import { posix } from "node:path";

import picomatch from "picomatch";

import { ActionError } from "../errors/action-error.js";
import { countOf } from "../model/count.js";
import { type ElfMachine, renderElfMachine, type TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { FileTree } from "./file-tree.js";
import { type LayerAudit, type SizedPath, storePathOf } from "./layer-audit.js";
import { findForeignArchives } from "./packed-libraries.js";
import { decodePath } from "./tar-header.js";

/** An ELF file in the image that is not for the target's CPU. */
export interface ForeignFile {
  /**
   * Absolute, as in the container; control characters are escaped. For a file in a zip file:
   * `/app/server.jar!/linux/libx.so`.
   */
  readonly path: string;
  /** The CPU's name, such as `aarch64`. */
  readonly machine: string;
  /** The index of its layer, from 0. */
  readonly layer: number;
}

/** A script whose interpreter is not in the image. Paths as in `ForeignFile`. */
export interface OrphanedScript {
  readonly path: string;
  readonly interpreter: string;
  readonly layer: number;
}

/** Something that an ELF file needs, and that is not in the image. Paths as in `ForeignFile`. */
export interface MissingLibrary {
  readonly path: string;
  readonly kind: "interpreter" | "library";
  /** The path of the interpreter, or the name of the library. */
  readonly needs: string;
  /** The store path with the file, which refers to what is missing; null for a file outside of the store. */
  readonly storePath: string | null;
  /** The folders in which the loader looks first. */
  readonly searched: readonly string[];
  readonly layer: number;
}

/**
 * A zip or jar file with libraries for several CPUs, of which the program picks those for the target's. Paths
 * as in `ForeignFile`.
 */
export interface MultiCpuArchive {
  readonly path: string;
  /** The names of the other CPUs, such as `aarch64`. */
  readonly machines: readonly string[];
  /** The archive with the libraries for the target's CPU: itself, or a sibling. */
  readonly ownIn: string;
  readonly layer: number;
}

/** A zip file that the audit cannot read. */
export interface UnreadableArchive {
  readonly path: string;
  readonly reason: string;
  readonly layer: number;
}

export interface AuditResult {
  readonly filesRead: number;
  readonly elfFiles: number;
  readonly foreign: readonly ForeignFile[];
  /** Foreign files that match `audit-allow`. */
  readonly allowed: readonly ForeignFile[];
  /** The first 100 found. They do not fail the audit: at run time, the program picks what fits. */
  readonly multiCpuArchives: readonly MultiCpuArchive[];
  /** The first 100 found. They do not fail the audit, since the scripts may never run. */
  readonly orphanedScripts: readonly OrphanedScript[];
  /** The first 100 found. They do not fail the audit, since a host may provide a library. */
  readonly missingLibraries: readonly MissingLibrary[];
  /** The first 100 found. */
  readonly unreadableArchives: readonly UnreadableArchive[];
  /** The largest 100 of all layers. Paths as in `ForeignFile`. */
  readonly largestPaths: readonly LargestPath[];
}

export interface LargestPath extends SizedPath {
  readonly layer: number;
}

export interface MergeOptions {
  readonly target: TargetSystem;
  /** Globs of absolute paths. */
  readonly allow: readonly string[];
  readonly budget: Budget;
}

/**
 * Merges the audits of the layers, lowest first. Files that an upper layer removes or replaces are not in the
 * container and are not reported. Throws a plain Error if engines would unpack the layers differently.
 */
export function mergeAudits(
  layers: readonly LayerAudit[],
  { target, allow, budget }: MergeOptions,
): AuditResult {
  const tree = new FileTree(budget);
  for (const { entries } of layers) tree.apply(entries);
  return {
    filesRead: layers.reduce((sum, layer) => sum + layer.filesRead, 0),
    elfFiles: layers.reduce((sum, layer) => sum + layer.elfFiles, 0),
    ...findForeign(tree, target, allow),
    orphanedScripts: findOrphanedScripts(tree),
    missingLibraries: findMissingLibraries(tree),
    unreadableArchives: findUnreadableArchives(tree),
    largestPaths: findLargestPaths(layers),
  };
}

function findLargestPaths(layers: readonly LayerAudit[]): readonly LargestPath[] {
  return layers
    .flatMap(({ largestPaths }, layer) =>
      largestPaths.map(({ path, sizeBytes }) => ({ path: renderPath(path), sizeBytes, layer })),
    )
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_LARGEST);
}

/** Enough to see what makes an image large. */
const MAX_LARGEST = 100;
/** Enough to see what is wrong with an image. */
const MAX_WARNINGS = 100;

function findForeign(
  tree: FileTree,
  target: TargetSystem,
  allow: readonly string[],
): Pick<AuditResult, "foreign" | "allowed" | "multiCpuArchives"> {
  const isAllowed = picomatch([...allow], { dot: true });
  const foreign: ForeignFile[] = [];
  const allowed: ForeignFile[] = [];
  const multiCpuArchives: MultiCpuArchive[] = [];
  const add = (file: string, path: string, { machine, layer }: { machine: ElfMachine; layer: number }) => {
    const list = isAllowed(decodePath(file)) || isAllowed(decodePath(path)) ? allowed : foreign;
    list.push({ path: renderPath(path), machine: renderElfMachine(machine), layer });
  };
  for (const [path, { findings, layer }] of tree.list()) {
    if (findings?.foreign !== undefined) add(path, path, { machine: findings.foreign, layer });
  }
  for (const { file, path, foreign: files, ownIn, layer } of findForeignArchives(tree, target)) {
    if (ownIn === undefined) {
      for (const { name, machine } of files) add(file, `${path}!/${name}`, { machine, layer });
    } else if (multiCpuArchives.length < MAX_WARNINGS) {
      const machines = [...new Set(files.map(({ machine }) => renderElfMachine(machine)))].sort();
      multiCpuArchives.push({ path: renderPath(path), machines, ownIn: renderPath(ownIn), layer });
    }
  }
  return { foreign, allowed, multiCpuArchives };
}

function findOrphanedScripts(tree: FileTree): readonly OrphanedScript[] {
  const found: OrphanedScript[] = [];
  const hasFile = rememberFiles(tree);
  for (const [path, { findings, layer }] of tree.list()) {
    const interpreter = findings?.interpreter;
    if (interpreter === undefined || hasFile(interpreter)) continue;
    found.push({ path: renderPath(path), interpreter: renderPath(interpreter), layer });
    if (found.length === MAX_WARNINGS) return found;
  }
  return found;
}

/** Libraries of the NVIDIA driver, which the container runtime mounts. @see docs/gpu.md */
const FROM_HOST = /^lib(?:cuda|nvcuvid|nvidia-[a-z0-9-]+)\.so(?:\.|$)/;

function findMissingLibraries(tree: FileTree): readonly MissingLibrary[] {
  const found: MissingLibrary[] = [];
  const hasFile = rememberFiles(tree);
  const libraries = listLibraries(tree);
  for (const [path, { findings, layer }] of tree.list()) {
    if (findings?.needs === undefined) continue;
    const { interpreter, libraries: needed, searched } = findings.needs;
    const add = (kind: MissingLibrary["kind"], needs: string) => {
      found.push({
        path: renderPath(path),
        kind,
        needs: renderPath(needs),
        storePath: storePathOf(path) ?? null,
        searched: searched.map(renderPath),
        layer,
      });
    };
    if (interpreter !== undefined && !hasFile(interpreter)) add("interpreter", interpreter);
    for (const name of needed) {
      // The loader knows more folders than the file names: those of its caller, of ld.so.conf, of
      // LD_LIBRARY_PATH. So a library counts as missing only if no folder has it.
      const isThere = name.includes("/") ? hasFile(name) : libraries.has(name) || FROM_HOST.test(name);
      if (!isThere) add("library", name);
    }
    if (found.length >= MAX_WARNINGS) return found.slice(0, MAX_WARNINGS);
  }
  return found;
}

/** The names of all files that some ELF file needs. */
function listLibraries(tree: FileTree): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const [, { findings }] of tree.list()) {
    for (const name of findings?.needs?.libraries ?? []) needed.add(name);
  }
  const found = new Set<string>();
  for (const [path, { kind }] of tree.list()) {
    const name = posix.basename(path);
    if (!needed.has(name) || found.has(name)) continue;
    if (kind === "file" || (kind === "symlink" && tree.hasFile(path))) found.add(name);
  }
  return found;
}

function findUnreadableArchives(tree: FileTree): readonly UnreadableArchive[] {
  const found: UnreadableArchive[] = [];
  for (const [path, { findings, layer }] of tree.list()) {
    if (findings?.unreadable === undefined) continue;
    found.push({ path: renderPath(path), reason: renderPath(findings.unreadable), layer });
    if (found.length === MAX_WARNINGS) return found;
  }
  return found;
}

/** More than any real image has. Following links costs time, and a missing file is only a warning. */
const MAX_LOOKUPS = 10_000;

/** Looks up each path once; after 10,000 different ones, takes the others for present. */
function rememberFiles(tree: FileTree): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const answer = known.get(path) ?? (known.size >= MAX_LOOKUPS || tree.hasFile(path));
    if (known.size < MAX_LOOKUPS) known.set(path, answer);
    return answer;
  };
}

/**
 * Escapes characters that would break or disguise a line of the log: newlines and text direction controls.
 */
function renderPath(path: string): string {
  return decodePath(path).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const SHOWN = 20;

/** Throws `AUDIT_FAILED` if the audit found foreign files, with the first 20 and their CPUs. */
export function requirePassed({ foreign }: AuditResult, target: TargetSystem): void {
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, SHOWN).map(({ path, machine }) => `${path} is for ${machine}`);
  const more = foreign.length > SHOWN ? `\n… and ${foreign.length - SHOWN} more` : "";
  throw new ActionError(
    "AUDIT_FAILED",
    `the image for ${target} has ${countOf(foreign.length, "file")} for another CPU:\n` +
      `${shown.join("\n")}${more}`,
    {
      hint:
        "Build these files for the target. If they belong in the image, allow them in audit-allow, " +
        "by a glob of absolute paths.",
    },
  );
}
