import { posix } from "node:path";

import { extract, type Extract } from "tar-stream";

import { type ElfMachine, isNativeElf, type TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { ELF_HEADER_BYTES, parseElfMachine } from "./elf.js";

/** What one layer has, as far as the audit needs it. Paths are absolute, as in the container. */
export interface LayerAudit {
  readonly filesRead: number;
  readonly elfFiles: number;
  /** ELF files for another CPU, by each of their names. */
  readonly foreign: ReadonlyMap<string, ElfMachine>;
  /** Every path that the layer has, and whether it is a folder. */
  readonly paths: ReadonlyMap<string, "folder" | "other">;
  /** Paths of lower layers that this one removes, and folders whose lower content it hides. */
  readonly whiteouts: ReadonlySet<string>;
  readonly opaque: ReadonlySet<string>;
}

/** One member of a tar. */
export type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** Takes a layer's tar in pieces. Both methods reject when it is no tar, or too large. */
export interface LayerAuditor {
  /** Resolves when there is room for the next piece. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<LayerAudit>;
}

/**
 * Reads a layer as its bytes come by; of each file it looks at the first 20 bytes, and nothing is unpacked.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export function createLayerAuditor(target: TargetSystem, budget: Budget): LayerAuditor {
  const input = extract();
  const result = readLayer(input, target, budget);
  // Seen by the next write or by the end; until then nobody waits for it.
  result.catch(() => undefined);
  let wake: () => void = () => undefined;
  for (const event of ["drain", "close"] as const) {
    input.on(event, () => {
      wake();
    });
  }
  return {
    write: async (chunk) => {
      if (input.destroyed) await result;
      else if (!input.write(chunk)) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end: async () => {
      if (!input.destroyed) input.end(undefined);
      return result;
    },
  };
}

async function readLayer(entries: Extract, target: TargetSystem, budget: Budget): Promise<LayerAudit> {
  const foreign = new Map<string, ElfMachine>();
  const paths = new Map<string, "folder" | "other">();
  const whiteouts = new Set<string>();
  const opaque = new Set<string>();
  let filesRead = 0;
  let elfFiles = 0;
  for await (const entry of entries) {
    const { name, type, linkname } = entry.header;
    budget.spendPath(name);
    const path = posix.resolve("/", name);
    const folder = posix.dirname(path);
    const base = posix.basename(path);
    const head = await readHead(entry);
    if (base === ".wh..wh..opq") {
      opaque.add(folder);
      continue;
    }
    if (base.startsWith(".wh.")) {
      whiteouts.add(posix.join(folder, base.slice(".wh.".length)));
      continue;
    }
    paths.set(path, type === "directory" ? "folder" : "other");
    // A name that comes twice stands for what came last.
    foreign.delete(path);
    if (type === "link") {
      // The other name may be removed by an upper layer while this one stays.
      const machine = foreign.get(posix.resolve("/", linkname));
      if (machine !== undefined) foreign.set(path, machine);
    }
    if (NOT_REGULAR.includes(type)) continue;
    filesRead++;
    const machine = parseElfMachine(head);
    if (machine === undefined) continue;
    elfFiles++;
    if (!isNativeElf(target, machine)) foreign.set(path, machine);
  }
  return { filesRead, elfFiles, foreign, paths, whiteouts, opaque };
}

/** Any other type, unknown ones too, is unpacked as a regular file. @see pax(1), "typeflag" */
const NOT_REGULAR: readonly unknown[] = [
  "link",
  "symlink",
  "directory",
  "character-device",
  "block-device",
  "fifo",
];

/** The first bytes of a file; the others are passed over. Events, since an iterator costs a promise for each chunk. */
function readHead(entry: Entry): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    let head: Uint8Array = new Uint8Array();
    entry.on("data", (chunk) => {
      if (head.length < ELF_HEADER_BYTES) head = Buffer.concat([head, chunk as Uint8Array]);
    });
    entry.on("error", reject);
    entry.on("close", () => {
      resolve(head);
    });
  });
}
