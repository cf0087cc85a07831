import picomatch from "picomatch";

import { ActionError } from "../errors/action-error.js";
import { type ElfMachine, renderElfMachine, type TargetSystem } from "../model/system.js";
import { sanitizeText } from "../platform/log.js";
import type { LayerAudit } from "./layer-audit.js";

/** A file in the image for a CPU that is not the target's. */
export interface ForeignFile {
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
  const removeBelow = (folder: string) => {
    for (const path of visible.keys()) {
      if (path.startsWith(folder === "/" ? folder : `${folder}/`)) visible.delete(path);
    }
  };
  layers.forEach(({ foreign, paths, whiteouts, opaque }, layer) => {
    for (const folder of opaque) removeBelow(folder);
    for (const path of whiteouts) {
      visible.delete(path);
      removeBelow(path);
    }
    if (visible.size > 0) {
      for (const [path, kind] of paths) {
        visible.delete(path);
        if (kind === "other") removeBelow(path);
      }
    }
    for (const [path, machine] of foreign) visible.set(path, { machine, layer });
  });
  const isAllowed = picomatch([...allow], { dot: true });
  const files = [...visible].map(([path, { machine, layer }]) => ({
    path,
    machine: renderElfMachine(machine),
    layer,
  }));
  return {
    filesRead: layers.reduce((sum, layer) => sum + layer.filesRead, 0),
    elfFiles: layers.reduce((sum, layer) => sum + layer.elfFiles, 0),
    foreign: files.filter(({ path }) => !isAllowed(path)),
    allowed: files.filter(({ path }) => isAllowed(path)),
  };
}

const SHOWN = 20;

/** Rejects with `AUDIT_FAILED` and the first 20 files, each with its CPU, where the audit found any. */
export function requirePassed({ foreign }: AuditResult, target: TargetSystem): void {
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, SHOWN).map(({ path, machine }) => `${sanitizeText(path)} is for ${machine}`);
  const more = foreign.length > SHOWN ? `\n… and ${foreign.length - SHOWN} more` : "";
  throw new ActionError(
    "AUDIT_FAILED",
    `the image for ${target} has ${foreign.length} files for another CPU:\n${shown.join("\n")}${more}`,
    { hint: "Build them for the target. If they belong there, name them by a glob in audit-allow." },
  );
}
