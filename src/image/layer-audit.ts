import { posix } from "node:path";

import { extract, type Extract } from "tar-stream";

import { type ElfMachine, isNativeElf, type TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { tryParseElfMachine } from "./elf.js";

/** What one layer has, as far as the audit needs it. Paths are absolute, as in the container. */
export interface LayerAudit {
  readonly filesRead: number;
  readonly elfFiles: number;
  /** ELF files for another CPU, by each of their names. */
  readonly foreign: ReadonlyMap<string, ElfMachine>;
  /** Every path that the layer has. */
  readonly paths: ReadonlyMap<string, LayerPath>;
  /** The interpreters of executable scripts, by each of their names. @see execve(2), "Interpreter scripts" */
  readonly interpreters: ReadonlyMap<string, string>;
  /** Paths of lower layers that this one removes, and folders whose lower content it hides. */
  readonly whiteouts: ReadonlySet<string>;
  readonly opaque: ReadonlySet<string>;
}

/** What is at a path; a symlink with what it leads to. */
export type LayerPath = "folder" | "other" | { readonly leadsTo: string };

/** One member of a tar. */
export type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** Takes a layer's tar in pieces. Both methods reject when it is no tar, or too large. */
export interface LayerAuditor {
  /** Resolves when there is room for the next piece. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<LayerAudit>;
}

/**
 * Reads a layer as its bytes come by; of each file it looks at the first 256 bytes, and nothing is unpacked.
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
  const paths = new Map<string, LayerPath>();
  const interpreters = new Map<string, string>();
  const whiteouts = new Set<string>();
  const opaque = new Set<string>();
  let filesRead = 0;
  let elfFiles = 0;
  for await (const entry of entries) {
    const { name, type, linkname, mode } = entry.header;
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
    if (type === "symlink") budget.spendPath(linkname);
    paths.set(path, type === "directory" ? "folder" : type === "symlink" ? { leadsTo: linkname } : "other");
    // A name that comes twice stands for what came last.
    foreign.delete(path);
    interpreters.delete(path);
    if (type === "link") {
      // The other name may be removed by an upper layer while this one stays.
      const other = posix.resolve("/", linkname);
      const machine = foreign.get(other);
      if (machine !== undefined) foreign.set(path, machine);
      const interpreter = interpreters.get(other);
      if (interpreter !== undefined) interpreters.set(path, interpreter);
    }
    if (NOT_REGULAR.includes(type)) continue;
    filesRead++;
    const interpreter = (mode & EXECUTABLE) === 0 ? undefined : tryParseInterpreter(head);
    if (interpreter !== undefined) interpreters.set(path, interpreter);
    const machine = tryParseElfMachine(head);
    if (machine === undefined) continue;
    elfFiles++;
    if (!isNativeElf(target, machine)) foreign.set(path, machine);
  }
  return { filesRead, elfFiles, foreign, paths, interpreters, whiteouts, opaque };
}

/** Any of the three execute bits. */
const EXECUTABLE = 0o111;

/** The kernel reads no more of a script's first line. @see execve(2) */
const HEAD_BYTES = 256;

/** The interpreter in the first line of a script; undefined for anything else, and for a relative one. */
function tryParseInterpreter(head: Uint8Array): string | undefined {
  return /^#![ \t]*(\/[^\s\0]*)/.exec(Buffer.from(head).toString("latin1"))?.[1];
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
      if (head.length < HEAD_BYTES)
        head = Buffer.concat([head, (chunk as Uint8Array).subarray(0, HEAD_BYTES)]);
    });
    entry.on("error", reject);
    entry.on("close", () => {
      resolve(head);
    });
  });
}
