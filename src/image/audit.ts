import { posix } from "node:path";

import picomatch from "picomatch";

import { ActionError } from "../errors/action-error.js";
import { countOf } from "../model/count.js";
import { type ElfMachine, renderElfMachine, type TargetSystem } from "../model/system.js";
import type { LayerAudit, LayerPath } from "./layer-audit.js";

/** An ELF file in the image that is not for the target's CPU. */
export interface ForeignFile {
  /** Absolute, as in the container; control characters are escaped. */
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

export interface AuditResult {
  readonly filesRead: number;
  readonly elfFiles: number;
  readonly foreign: readonly ForeignFile[];
  /** Foreign files that match `audit-allow`. */
  readonly allowed: readonly ForeignFile[];
  /** The first 100 found. They do not fail the audit, since the scripts may never run. */
  readonly orphanedScripts: readonly OrphanedScript[];
}

/**
 * Merges the audits of the layers, lowest first. Files that an upper layer removes or replaces are not in the
 * container and are not reported. `allow` contains globs of absolute paths.
 */
export function mergeAudits(layers: readonly LayerAudit[], allow: readonly string[]): AuditResult {
  const visible = new Map<string, { readonly machine: ElfMachine; readonly layer: number }>();
  layers.forEach((audit, layer) => {
    for (const path of visible.keys()) {
      if (isHidden(path, audit)) visible.delete(path);
    }
    for (const [path, machine] of audit.foreign) visible.set(path, { machine, layer });
  });
  const isAllowed = picomatch([...allow], { dot: true });
  const foreign: ForeignFile[] = [];
  const allowed: ForeignFile[] = [];
  for (const [path, { machine, layer }] of visible) {
    const list = isAllowed(path) ? allowed : foreign;
    list.push({ path: renderPath(path), machine: renderElfMachine(machine), layer });
  }
  return {
    filesRead: layers.reduce((sum, layer) => sum + layer.filesRead, 0),
    elfFiles: layers.reduce((sum, layer) => sum + layer.elfFiles, 0),
    foreign,
    allowed,
    orphanedScripts: findOrphanedScripts(layers),
  };
}

const MAX_ORPHANS = 100;
const MAX_LINKS = 40;

function findOrphanedScripts(layers: readonly LayerAudit[]): readonly OrphanedScript[] {
  const found: OrphanedScript[] = [];
  const known = new Map<string, boolean>();
  const isThere = (interpreter: string) => {
    const answer = known.get(interpreter) ?? hasFile(interpreter, layers);
    known.set(interpreter, answer);
    return answer;
  };
  for (const [layer, { interpreters }] of layers.entries()) {
    for (const [path, interpreter] of interpreters) {
      const upper = layers.slice(layer + 1);
      if (upper.some((audit) => isHidden(path, audit)) || isThere(interpreter)) continue;
      found.push({ path: renderPath(path), interpreter: renderPath(interpreter), layer });
      if (found.length === MAX_ORPHANS) return found;
    }
  }
  return found;
}

/** Whether a path of the image leads to a file. Follows symlinks in every component. */
function hasFile(path: string, layers: readonly LayerAudit[], linksLeft = MAX_LINKS): boolean {
  const names = path.split("/").filter((name) => name !== "");
  for (let depth = 1; depth <= names.length; depth++) {
    const place = `/${names.slice(0, depth).join("/")}`;
    const found = findPath(place, layers);
    if (typeof found === "object") {
      const rest = names.slice(depth).join("/");
      const next = posix.resolve(posix.dirname(place), found.leadsTo, rest);
      return linksLeft > 0 && hasFile(next, layers, linksLeft - 1);
    }
    if (depth === names.length) return found === "other";
  }
  return false;
}

/** What the container has at a path, according to the uppermost layer that adds or removes it. */
function findPath(path: string, layers: readonly LayerAudit[]): LayerPath | undefined {
  for (const layer of layers.toReversed()) {
    const found = layer.paths.get(path);
    if (found !== undefined) return found;
    if (isHidden(path, layer)) return undefined;
  }
  return undefined;
}

/** Whether a layer removes or replaces a path of the layers below, or one of its parent folders. */
function isHidden(path: string, { paths, whiteouts, opaque }: LayerAudit): boolean {
  if (paths.has(path) || whiteouts.has(path)) return true;
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    const above = paths.get(folder);
    const isReplaced = above !== undefined && above !== "folder";
    if (opaque.has(folder) || whiteouts.has(folder) || isReplaced) return true;
    if (folder === "/") return false;
  }
}

/**
 * Escapes characters that would break or disguise a line of the log: newlines and text direction controls.
 */
function renderPath(path: string): string {
  return path.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
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
