import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createInflateRaw, inflateRawSync } from "node:zlib";

import { type Entry, fromRandomAccessReader, RandomAccessReader, type ZipFile } from "yauzl";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { ElfMachine } from "../model/system.js";
import type { Budget } from "./budget.js";
import { isLinuxElf, tryParseElfMachine } from "./elf.js";
import type { FileContent, ReadBytes } from "./file-content.js";
import { Spool } from "./spool.js";

/** An ELF file for Linux in a zip file. Paths are Latin-1. */
export interface PackedFile {
  /** The zip file in the zip file that has it, such as `lib/a.jar`; empty for the outer zip file itself. */
  readonly archive: string;
  /** Its path in `archive`. */
  readonly name: string;
  readonly machine: ElfMachine;
}

export interface PackedFiles {
  readonly files: readonly PackedFile[];
  /** Why the rest could not be read; undefined if all was. */
  readonly unreadable: string | undefined;
}

/** Zip files may start with anything: an executable jar starts with a shell script. */
const ZIP_NAME = /\.(?:jar|war|ear|zip|whl|egg)$/i;
const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;

/** Whether a file is a zip file, by its first bytes or its name. */
export function isZip(name: string, head: Buffer): boolean {
  return hasZipMagic(head) || ZIP_NAME.test(name);
}

function hasZipMagic(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32LE(0) === LOCAL_HEADER;
}

/** A jar in an application's jar in an archive of it. */
const MAX_DEPTH = 3;
const HEAD_BYTES = 256;
/** Compressed bytes that are enough to inflate the head. */
const COMPRESSED_HEAD_BYTES = 2048;
/** What an entry costs at least, so that a zip bomb of many entries is refused in time. */
const ENTRY_COST_BYTES = 1 << 16;
const STORED = 0;
const DEFLATED = 8;

/**
 * Finds the ELF files for Linux in a zip file, and in the zip files in it. Reads only the first bytes of each
 * entry.
 * Rejects with a plain Error if the image holds too many bytes or files.
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 */
export async function readPackedFiles(
  { read, sizeBytes }: Pick<FileContent, "read" | "sizeBytes">,
  budget: Budget,
  spoolFile: string,
): Promise<PackedFiles> {
  const files: PackedFile[] = [];
  const unreadable = await readZip({ read, sizeBytes }, { files, budget, spoolFile }, "");
  return { files, unreadable };
}

interface ZipContext {
  readonly files: PackedFile[];
  readonly budget: Budget;
  readonly spoolFile: string;
}

/** Returns why the zip file could not be read to its end. `archive` is as in `PackedFile`. */
async function readZip(
  whole: Pick<FileContent, "read" | "sizeBytes">,
  context: ZipContext,
  archive: string,
): Promise<string | undefined> {
  const start = findStart(whole);
  // Named like a zip file, but something else.
  if (start === undefined) return hasZipMagic(whole.read(0, 4)) ? "it has no central directory" : undefined;
  const read: ReadBytes = (offset, length) => whole.read(start + offset, length);
  let unreadable: string | undefined;
  try {
    for await (const entry of listEntries(await openZip(read, whole.sizeBytes - start))) {
      // Bytes, because yauzl is opened with decodeStrings: false.
      const name = (entry.fileName as unknown as Buffer).toString("latin1");
      unreadable ??= await readEntry(read, { entry, archive, name }, context);
    }
    return unreadable;
  } catch (error) {
    if (error instanceof BudgetError || error instanceof ActionError || isErrno(error, "ENOSPC", "EIO"))
      throw error;
    return renderError(error);
  }
}

/** Marks an error that concerns the whole image, not one zip file. */
class BudgetError extends Error {}

function spend(budget: Budget, path: string, bytes: number): void {
  try {
    budget.spendPath(path);
    budget.spendBytes(bytes);
  } catch (cause) {
    throw new BudgetError(renderError(cause), { cause });
  }
}

async function readEntry(
  read: ReadBytes,
  { entry, archive, name }: { readonly entry: Entry; readonly archive: string; readonly name: string },
  context: ZipContext,
): Promise<string | undefined> {
  const path = archive === "" ? name : `${archive}!/${name}`;
  spend(context.budget, path, ENTRY_COST_BYTES);
  const { compressedSize, compressionMethod: method } = entry;
  const isReadable = !entry.isEncrypted() && (method === STORED || method === DEFLATED);
  if (!isReadable || compressedSize === 0) return undefined;
  const local = read(entry.relativeOffsetOfLocalHeader, LOCAL_HEADER_BYTES);
  if (local.length < LOCAL_HEADER_BYTES || !hasZipMagic(local)) throw new Error("it has a malformed entry");
  const start =
    entry.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28);
  const bytes = read(start, Math.min(compressedSize, COMPRESSED_HEAD_BYTES));
  const head = method === STORED ? bytes : inflateHead(bytes);
  const machine = tryParseElfMachine(head);
  if (machine !== undefined && isLinuxElf(head)) context.files.push({ archive, name, machine });
  if (!isZip(path, head)) return undefined;
  if (path.split("!/").length >= MAX_DEPTH) return "it has zip files in zip files in zip files";
  const range: ReadBytes = (offset, length) =>
    read(start + offset, Math.min(length, compressedSize - offset));
  if (method === STORED) return readZip({ read: range, sizeBytes: compressedSize }, context, path);
  const spool = new Spool(context.spoolFile);
  try {
    for await (const chunk of inflate(range, compressedSize)) {
      spend(context.budget, "", chunk.length);
      spool.write(chunk);
    }
    return await readZip(spool, context, path);
  } finally {
    spool.close();
  }
}

function inflateHead(bytes: Buffer): Buffer {
  // The data ends early, which is not an error with this flush.
  return inflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, HEAD_BYTES);
}

function inflate(read: ReadBytes, sizeBytes: number): AsyncIterable<Buffer> {
  const chunks = function* () {
    for (let at = 0; at < sizeBytes; at += ENTRY_COST_BYTES) yield read(at, ENTRY_COST_BYTES);
  };
  const inflated = createInflateRaw();
  // Avoid an unhandled rejection: reading `inflated` fails with the same error.
  pipeline(Readable.from(chunks()), inflated).catch(() => undefined);
  return inflated;
}

const END_RECORD = 0x06054b50;
const END_RECORD_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;

/**
 * Where the zip file starts in the file, from the record at its end; undefined if there is none. Java's
 * reader computes it in the same way.
 */
function findStart({ read, sizeBytes }: Pick<FileContent, "read" | "sizeBytes">): number | undefined {
  const tailStart = Math.max(0, sizeBytes - END_RECORD_BYTES - MAX_COMMENT_BYTES);
  const tail = read(tailStart, sizeBytes);
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (tail.readUInt32LE(at) !== END_RECORD) continue;
    const start = tailStart + at - tail.readUInt32LE(at + 12) - tail.readUInt32LE(at + 16);
    // In the zip64 format, another record has these numbers.
    return start >= 0 ? start : 0;
  }
  return undefined;
}

/** Reads a zip file from memory or disk, without a stream for each read. */
class SpoolReader extends RandomAccessReader {
  readonly #read: ReadBytes;

  constructor(read: ReadBytes) {
    super();
    this.#read = read;
  }

  override read(
    ...[buffer, offset, length, position, callback]: Parameters<RandomAccessReader["read"]>
  ): void {
    const bytes = this.#read(position, length);
    bytes.copy(buffer, offset);
    callback(bytes.length === length ? null : new Error("it is incomplete"));
  }
}

function openZip(read: ReadBytes, sizeBytes: number): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, decodeStrings: false };
    fromRandomAccessReader(new SpoolReader(read), sizeBytes, options, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

async function* listEntries(zip: ZipFile): AsyncGenerator<Entry, void, undefined> {
  let settle: (result: { entry: Entry | undefined } | { error: Error }) => void = () => undefined;
  zip.on("entry", (entry: Entry) => {
    settle({ entry });
  });
  zip.on("end", () => {
    settle({ entry: undefined });
  });
  zip.on("error", (error: Error) => {
    settle({ error });
  });
  for (;;) {
    const result = await new Promise<Parameters<typeof settle>[0]>((resolve) => {
      settle = resolve;
      zip.readEntry();
    });
    if ("error" in result) throw result.error;
    if (result.entry === undefined) return;
    yield result.entry;
  }
}
