import { posix } from "node:path";

import { type ElfMachine, isNativeElf, type TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { type ElfNeeds, tryParseElfMachine, tryReadElfNeeds } from "./elf.js";
import { type FileContent, type FileRange, openRange } from "./file-content.js";
import { isZip, type PackedFile, readPackedFiles } from "./packed-files.js";
import { Spool } from "./spool.js";
import type { TarEntryType, TarHeader } from "./tar-header.js";
import { type ContentSink, TarReader } from "./tar-reader.js";

/** The content of one layer that the audit needs. */
export interface LayerAudit {
  readonly filesRead: number;
  readonly elfFiles: number;
  /** In the order of the tar: a later entry may replace an earlier one. */
  readonly entries: readonly LayerEntry[];
  /** The largest 100 store paths and folders in `/`, the largest first. */
  readonly largestPaths: readonly SizedPath[];
}

/** A store path, or a file or folder in `/`, with the size of its files, unpacked. Latin-1. */
export interface SizedPath {
  readonly path: string;
  readonly sizeBytes: number;
}

export interface LayerEntry {
  /** Absolute, as in the container, without `.` and `..`. Latin-1: one character per byte. */
  readonly path: string;
  readonly type: TarEntryType;
  /** The target of a symlink or hard link, as in the tar. */
  readonly linkName: string;
  /** What the audit has found in a file; undefined if it is of no interest. */
  readonly findings: FileFindings | undefined;
}

export interface FileFindings {
  /** The CPU of an ELF file for another CPU. */
  readonly foreign?: ElfMachine;
  /** The libraries and the loader of an ELF file for the target's CPU. */
  readonly needs?: ElfNeeds;
  /** The interpreter of an executable script. @see execve(2), "Interpreter scripts" */
  readonly interpreter?: string;
  /** The ELF files in a zip file, for whatever CPU. */
  readonly packed?: readonly PackedFile[];
  /** Why a zip file cannot be read to its end. */
  readonly unreadable?: string;
}

/**
 * Where the content of a file in the layer is on disk, beside the tar itself; undefined if it is not.
 * `contentStart` is where it starts in the tar.
 */
export type FindContent = (header: TarHeader, contentStart: number) => FileRange | undefined;

/** Receives a layer's tar in chunks. Both methods reject if it is malformed or too large. */
export interface LayerAuditor {
  /** Resolves when the auditor is ready for the next chunk, which may overwrite this one. */
  write(chunk: Uint8Array): Promise<void>;
  end(): LayerAudit;
}

/**
 * Audits a layer while it is streamed. Looks at the first 256 bytes of each file, and at the whole of ELF
 * files and zip files: where `findContent` finds them, or else in `spoolFile` if they are large. Unpacks
 * nothing. Rejects with a plain Error if the layer is malformed or too large.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export function createLayerAuditor(
  budget: Budget,
  { target, spoolFile, findContent = () => undefined }: LayerAuditOptions,
): LayerAuditor {
  const entries: LayerEntry[] = [];
  let filesRead = 0;
  let elfFiles = 0;
  const sizes = new Map<string, number>();
  const add = (header: TarHeader, findings?: FileFindings) => {
    const { type, linkName } = header;
    entries.push({ path: posix.resolve("/", header.name), type, linkName, findings });
  };
  const reader = new TarReader((header, { contentStart }) => {
    budget.spendPath(header.name);
    if (header.type !== "file") {
      budget.spendPath(header.linkName);
      add(header);
      return NO_CONTENT;
    }
    filesRead++;
    const top = topOf(posix.resolve("/", header.name));
    sizes.set(top, (sizes.get(top) ?? 0) + header.sizeBytes);
    const find = () => findContent(header, contentStart);
    return createFileSink({ header, target, budget, spoolFile, find }, ({ isElf, findings }) => {
      if (isElf) elfFiles++;
      add(header, findings);
    });
  });
  return {
    write: (chunk) => reader.write(chunk),
    end: () => {
      reader.end();
      return { filesRead, elfFiles, entries, largestPaths: findLargest(sizes) };
    },
  };
}

export interface LayerAuditOptions {
  readonly target: TargetSystem;
  readonly spoolFile: string;
  readonly findContent?: FindContent | undefined;
}

/** Enough to see what makes a layer large. */
const MAX_LARGEST = 100;

function findLargest(sizes: ReadonlyMap<string, number>): readonly SizedPath[] {
  return [...sizes]
    .map(([path, sizeBytes]) => ({ path, sizeBytes }))
    .toSorted((a, b) => b.sizeBytes - a.sizeBytes)
    .slice(0, MAX_LARGEST);
}

/** The store path that a file is in, or else what it is in that is in `/`. */
function topOf(path: string): string {
  return storePathOf(path) ?? `/${path.split("/", 2)[1] ?? ""}`;
}

/** The store path that an absolute path is in; undefined outside of the store. */
export function storePathOf(path: string): string | undefined {
  return /^\/nix\/store\/[0-9a-z]{32}-[^/]+/.exec(path)?.[0];
}

const NO_CONTENT: ContentSink = { write: () => undefined, end: () => undefined };

interface FileContext extends Pick<LayerAuditOptions, "target" | "spoolFile"> {
  readonly header: TarHeader;
  readonly budget: Budget;
  /** Where the content is on disk; undefined if it is only in the tar. */
  readonly find: () => FileRange | undefined;
}

interface FileResult {
  readonly isElf: boolean;
  readonly findings: FileFindings | undefined;
}

/** The kernel reads at most this much of a script's first line. @see execve(2) */
const HEAD_BYTES = 256;

/** Reads the head of a file. If that is the head of an ELF or zip file, reads the rest of it, too. */
function createFileSink(
  { header, target, budget, spoolFile, find }: FileContext,
  onResult: (result: FileResult) => void,
): ContentSink {
  const wanted = Math.min(HEAD_BYTES, header.sizeBytes);
  let head: Buffer = Buffer.alloc(0);
  let range: FileRange | undefined;
  let spool: Spool | undefined;
  return {
    write: (chunk) => {
      spool?.write(chunk);
      if (head.length === wanted) return;
      const missing = wanted - head.length;
      head = Buffer.concat([head, chunk.subarray(0, missing)]);
      if (head.length < wanted || !(isZip(header.name, head) || isLoadable(head, target))) return;
      range = find();
      if (range !== undefined) return;
      spool = new Spool(spoolFile);
      spool.write(head);
      spool.write(chunk.subarray(missing));
    },
    end: () => {
      const machine = tryParseElfMachine(head);
      const content = range === undefined ? spool : openRange(range);
      if (content !== undefined && machine === undefined) {
        return readZip(content, budget, spoolFile).then((findings) => {
          onResult({ isElf: false, findings });
        });
      }
      const needs = content && machine && tryReadElfNeeds(content.read, machine);
      content?.close();
      const interpreter = (header.mode & EXECUTABLE) === 0 ? undefined : tryParseInterpreter(head);
      onResult({ isElf: machine !== undefined, findings: collect({ machine, needs, interpreter }, target) });
      return undefined;
    },
  };
}

/** Any of the three execute bits. */
const EXECUTABLE = 0o111;

/** The interpreter in the first line of a script; undefined for other files and for a relative path. */
function tryParseInterpreter(head: Buffer): string | undefined {
  return /^#![ \t]*(\/[^\s\0]*)/.exec(head.toString("latin1"))?.[1];
}

function collect(
  {
    machine,
    needs,
    interpreter,
  }: {
    readonly machine: ElfMachine | undefined;
    readonly needs: ElfNeeds | undefined;
    readonly interpreter: string | undefined;
  },
  target: TargetSystem,
): FileFindings | undefined {
  if (machine !== undefined && !isNativeElf(target, machine)) return { foreign: machine };
  if (needs !== undefined) return { needs };
  return interpreter === undefined ? undefined : { interpreter };
}

/** e_type of programs and of libraries, which the loader reads. @see System V gABI, "ELF Header" */
const LOADED_TYPES = [2, 3];

function isLoadable(head: Buffer, target: TargetSystem): boolean {
  const machine = tryParseElfMachine(head);
  if (machine === undefined || !isNativeElf(target, machine)) return false;
  return LOADED_TYPES.includes(
    machine.endianness === "little" ? head.readUInt16LE(16) : head.readUInt16BE(16),
  );
}

async function readZip(
  content: FileContent,
  budget: Budget,
  spoolFile: string,
): Promise<FileFindings | undefined> {
  try {
    const { files: packed, unreadable } = await readPackedFiles(content, budget, spoolFile);
    if (packed.length === 0 && unreadable === undefined) return undefined;
    return { ...(packed.length > 0 && { packed }), ...(unreadable !== undefined && { unreadable }) };
  } finally {
    content.close();
  }
}
