import { posix } from "node:path";

import { extract, type Extract } from "tar-stream";

import { type ElfMachine, isNativeElf, type TargetSystem } from "../model/system.js";
import { ELF_HEADER_BYTES, parseElfMachine } from "./elf.js";

/** What one layer has, as far as the audit needs it. Paths are absolute, as in the container. */
export interface LayerAudit {
  readonly filesRead: number;
  readonly elfFiles: number;
  /** ELF files for another CPU. */
  readonly foreign: ReadonlyMap<string, ElfMachine>;
  /** Every path that the layer has, and whether it is a folder. */
  readonly paths: ReadonlyMap<string, "folder" | "other">;
  /** Paths of lower layers that this one removes, and folders whose lower content it hides. */
  readonly whiteouts: readonly string[];
  readonly opaque: readonly string[];
}

/** A layer's tar is written in, in pieces; `result` is what was in it. */
export interface LayerAuditor {
  readonly input: Extract;
  readonly result: Promise<LayerAudit>;
}

/**
 * Reads a layer as its bytes come by; of each file it keeps the first 20 bytes at most, and nothing is unpacked.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export function createLayerAuditor(target: TargetSystem): LayerAuditor {
  const input = extract();
  const result = readLayer(input, target);
  // A writer that stops early sees the failure by itself; nobody else may be waiting yet.
  result.catch(() => undefined);
  return { input, result };
}

async function readLayer(entries: Extract, target: TargetSystem): Promise<LayerAudit> {
  const foreign = new Map<string, ElfMachine>();
  const paths = new Map<string, "folder" | "other">();
  const whiteouts: string[] = [];
  const opaque: string[] = [];
  let filesRead = 0;
  let elfFiles = 0;
  for await (const entry of entries) {
    const { name, type } = entry.header;
    const path = posix.resolve("/", name);
    const base = posix.basename(path);
    if (base === ".wh..wh..opq") opaque.push(posix.dirname(path));
    else if (base.startsWith(".wh."))
      whiteouts.push(posix.join(posix.dirname(path), base.slice(".wh.".length)));
    else paths.set(path, type === "directory" ? "folder" : "other");

    let head: Uint8Array = new Uint8Array();
    for await (const chunk of entry as AsyncIterable<Uint8Array>) {
      if (head.length < ELF_HEADER_BYTES) head = Buffer.concat([head, chunk.subarray(0, ELF_HEADER_BYTES)]);
    }
    if (type !== "file" && type !== "contiguous-file") continue;
    filesRead++;
    const machine = parseElfMachine(head);
    if (machine === undefined) continue;
    elfFiles++;
    if (!isNativeElf(target, machine)) foreign.set(path, machine);
  }
  return { filesRead, elfFiles, foreign, paths, whiteouts, opaque };
}
