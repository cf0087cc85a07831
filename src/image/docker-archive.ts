import { createReadStream } from "node:fs";
import { mkdtemp, open } from "node:fs/promises";
import { join, posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import { extract } from "tar-stream";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { type ArchiveLayer, type Chunks, isGzip, isTar, keepLayer, packLayer } from "./layer.js";
import type { Entry } from "./layer-audit.js";

/** The parts of a docker-archive by their names in it. */
export interface ArchiveMembers {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly layers: ReadonlyMap<string, ArchiveLayer>;
  /** Links from one member to another: `docker save` writes a layer once. */
  readonly links: ReadonlyMap<string, string>;
}

/** Of all members that are no layers together: manifest, config, and what older tools write beside each layer. */
const MAX_DOCUMENT_BYTES = 16 << 20;
/** One tar header: enough to tell what a member is. @see pax(1) */
const HEAD_BYTES = 512;

/**
 * Reads a docker-archive, plain or gzipped as a whole, in one pass: every layer is hashed, audited and compressed as it comes
 * by, and nothing is unpacked by a name from the archive. Memory stays constant. Rejects with `IMAGE_INVALID`.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
export async function readArchiveMembers(
  file: string,
  target: TargetSystem,
  workFolder: string,
  budget: Budget,
): Promise<ArchiveMembers> {
  try {
    // A run may read several images.
    const folder = await mkdtemp(join(workFolder, "layers-"));
    const isGzipped = await isGzipFile(file);
    const source = createReadStream(file, { highWaterMark: 1 << 18 });
    const entries = extract();
    const count = async function* (chunks: Chunks) {
      for await (const chunk of chunks) {
        budget.spendBytes(chunk.length);
        yield chunk;
      }
    };
    const unpacking = isGzipped
      ? pipeline(source, createGunzip({ chunkSize: 1 << 18 }), count, entries)
      : pipeline(source, count, entries);
    // Awaited once the entries have been read; a failure shows there first.
    unpacking.catch(() => undefined);
    const members = await readMembers(entries, target, folder, budget);
    await unpacking;
    return members;
  } catch (error) {
    if (error instanceof ActionError) throw error;
    const isOurDisk = isErrno(error, "ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE");
    throw new ActionError("IMAGE_INVALID", `${file} cannot be read as a docker-archive`, {
      cause: error,
      hint: isOurDisk
        ? `The image may be sound: see to the disk that holds ${workFolder}.`
        : "The first of the installables must be what dockerTools.buildImage or buildLayeredImage makes: a tar, plain or gzipped, whole.",
    });
  }
}

async function readMembers(
  entries: AsyncIterable<Entry>,
  target: TargetSystem,
  workFolder: string,
  budget: Budget,
): Promise<ArchiveMembers> {
  const documents = new Map<string, Uint8Array>();
  const layers = new Map<string, ArchiveLayer>();
  const links = new Map<string, string>();
  let documentBytes = 0;
  let layerCount = 0;
  for await (const entry of entries) {
    const { type, linkname } = entry.header;
    budget.spendPath(entry.header.name);
    const name = posix.resolve("/", entry.header.name);
    if (type === "symlink" || type === "link") {
      links.set(name, posix.resolve(type === "link" ? "/" : posix.dirname(name), linkname));
    }
    if (type !== "file" && type !== "contiguous-file") {
      entry.resume();
      continue;
    }
    // Names differ between the tools that write archives: the bytes say what a member is.
    const { head, bytes } = await peek(entry as unknown as Chunks);
    if (isGzip(head) || isTar(head)) {
      const layerFile = join(workFolder, `layer-${layerCount++}.tar.gz`);
      const read = isGzip(head) ? keepLayer : packLayer;
      const layer = await read(bytes, layerFile, target, budget);
      requireSame(name, layers.get(name)?.diffId, layer.diffId);
      if (!layers.has(name)) layers.set(name, layer);
    } else {
      const document = await readWhole(bytes, MAX_DOCUMENT_BYTES - documentBytes);
      documentBytes += document.length;
      requireSame(name, documents.get(name)?.toString(), document.toString());
      documents.set(name, document);
    }
  }
  return { documents, layers, links };
}

/** Readers differ in whether the first or the last of two members counts: only the same bytes may come twice. */
function requireSame(name: string, before: string | undefined, now: string): void {
  if (before !== undefined && before !== now) throw new Error(`${JSON.stringify(name)} is in it twice`);
}

async function isGzipFile(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    if (!(await handle.stat()).isFile()) throw new Error("it is no file");
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && isGzip(buffer);
  } finally {
    await handle.close();
  }
}

/** The first bytes of a member, and all of them. */
async function peek(entry: Chunks): Promise<{ readonly head: Uint8Array; readonly bytes: Chunks }> {
  const rest = entry[Symbol.asyncIterator]();
  let head: Uint8Array = new Uint8Array();
  while (head.length < HEAD_BYTES) {
    const next = await rest.next();
    if (next.done === true) break;
    head = Buffer.concat([head, next.value]);
  }
  const bytes = async function* () {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  };
  return { head, bytes: bytes() };
}

async function readWhole(bytes: Chunks, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxBytes) throw new Error(`what is no layer in it is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
