import { posix } from "node:path";

import { extract, type Extract } from "tar-stream";

import { type ElfMachine, isNativeElf, type TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { tryParseElfMachine } from "./elf.js";

/** The content of one layer that the audit needs. Paths are absolute, as in the container. */
export interface LayerAudit {
  readonly filesRead: number;
  readonly elfFiles: number;
  /** ELF files for another CPU, under each of their names if there are hard links. */
  readonly foreign: ReadonlyMap<string, ElfMachine>;
  /** Every path in the layer. */
  readonly paths: ReadonlyMap<string, LayerPath>;
  /**
   * The interpreter of each executable script, by the script's path.
   * @see execve(2), "Interpreter scripts"
   */
  readonly interpreters: ReadonlyMap<string, string>;
  /** Paths of lower layers that this layer removes. */
  readonly whiteouts: ReadonlySet<string>;
  /** Folders whose content in lower layers this layer hides. */
  readonly opaque: ReadonlySet<string>;
}

/** The kind of file at a path; for a symlink, its target. */
export type LayerPath = "folder" | "other" | { readonly leadsTo: string };

/** One member of a tar. */
export type Entry = Extract extends AsyncIterable<infer Member> ? Member : never;

/** Receives a layer's tar in chunks. Both methods reject if it is not a tar or is too large. */
export interface LayerAuditor {
  /** Resolves when the auditor is ready for the next chunk. */
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<LayerAudit>;
}

/**
 * Audits a layer while it is streamed. Looks at the first 256 bytes of each file, and unpacks nothing.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export function createLayerAuditor(target: TargetSystem, budget: Budget): LayerAuditor {
  const input = extract();
  const result = readLayer(input, target, budget);
  // Avoid an unhandled rejection: the next write, or the end, awaits the result.
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
    // If a path occurs twice, the last entry counts.
    foreign.delete(path);
    interpreters.delete(path);
    if (type === "link") {
      // An upper layer may remove the other name of the file and keep this one.
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

/** The kernel reads at most this much of a script's first line. @see execve(2) */
const HEAD_BYTES = 256;

/** The interpreter in the first line of a script; undefined for other files and for a relative path. */
function tryParseInterpreter(head: Uint8Array): string | undefined {
  return /^#![ \t]*(\/[^\s\0]*)/.exec(Buffer.from(head).toString("latin1"))?.[1];
}

/** Any other type, even an unknown one, is unpacked as a regular file. @see pax(1), "typeflag" */
const NOT_REGULAR: readonly unknown[] = [
  "link",
  "symlink",
  "directory",
  "character-device",
  "block-device",
  "fifo",
];

/**
 * Reads the first bytes of a file and skips the rest. Uses events, since an iterator costs a promise per
 * chunk.
 */
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
