import { posix } from "node:path";

import picomatch from "picomatch";

import { ActionError } from "../errors/action-error.js";
import { type ElfMachine, renderElfMachine, type TargetSystem } from "../model/system.js";
import type { LayerAudit } from "./layer-audit.js";

/** A file in the image for a CPU that is not the target's. */
export interface ForeignFile {
  /** Absolute, as in the container; control characters are escaped. */
  readonly path: string;
  /** The CPU's name, such as `aarch64`. */
  readonly machine: string;
  /** The layer it is in, from 0. */
  readonly layer: number;
}

export interface AuditResult {
  readonly filesRead: number;
  readonly elfFiles: number;
  readonly foreign: readonly ForeignFile[];
  /** Foreign files that `audit-allow` names. */
  readonly allowed: readonly ForeignFile[];
}

/**
 * Puts the layers together, lowest first: what an upper layer removes or replaces is not in the container, and not a
 * finding. `allow` are globs of absolute paths.
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
  };
}

/** Whether a layer removes or replaces a path of the layers below, itself or with a folder that it is in. */
function isHidden(path: string, { paths, whiteouts, opaque }: LayerAudit): boolean {
  if (paths.has(path) || whiteouts.has(path)) return true;
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    if (opaque.has(folder) || whiteouts.has(folder) || paths.get(folder) === "other") return true;
    if (folder === "/") return false;
  }
}

/** A path on one line that shows what is in it: a name may hold newlines and characters that turn the writing direction. */
function renderPath(path: string): string {
  return path.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}

const SHOWN = 20;

/** Rejects with `AUDIT_FAILED` and the first 20 files, each with its CPU, where the audit found any. */
export function requirePassed({ foreign }: AuditResult, target: TargetSystem): void {
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, SHOWN).map(({ path, machine }) => `${path} is for ${machine}`);
  const more = foreign.length > SHOWN ? `\n… and ${foreign.length - SHOWN} more` : "";
  throw new ActionError(
    "AUDIT_FAILED",
    `the image for ${target} has ${foreign.length} files for another CPU:\n${shown.join("\n")}${more}`,
    { hint: "Build them for the target. If they belong there, name them by a glob in audit-allow." },
  );
}
