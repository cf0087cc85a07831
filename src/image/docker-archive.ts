import { createHash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { Readable, type Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

import { extract } from "tar-stream";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOfHex } from "../model/digest.js";
import type { TargetSystem } from "../model/system.js";
import { createLayerAuditor, type LayerAudit } from "./layer-audit.js";

/** One layer of an archive, compressed into a file of ours. */
export interface ArchiveLayer {
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
  /** Of the gzipped file. */
  readonly digest: Digest;
  readonly sizeBytes: number;
  readonly file: string;
  readonly audit: LayerAudit;
}

/** The parts of a docker-archive by their names in it. */
export interface ArchiveMembers {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly layers: ReadonlyMap<string, ArchiveLayer>;
  /** Links from one member to another: `docker save` writes a layer once. */
  readonly links: ReadonlyMap<string, string>;
}

const MAX_DOCUMENT_BYTES = 8 << 20;
const MAX_MEMBERS = 10_000;
/** One header block: anything shorter is no tar. @see pax(1) */
const MIN_TAR_BYTES = 512;

/**
 * Reads a docker-archive, plain or gzipped as a whole, in one pass: every layer is hashed, audited and compressed as it comes
 * by, and nothing is unpacked by a name from the archive. Memory stays constant. Rejects with `IMAGE_INVALID`.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
export async function readArchiveMembers(
  file: string,
  target: TargetSystem,
  workFolder: string,
): Promise<ArchiveMembers> {
  const documents = new Map<string, Uint8Array>();
  const layers = new Map<string, ArchiveLayer>();
  const links = new Map<string, string>();
  const isGzipped = await isGzipFile(file);
  const entries = extract();
  const unpacking = isGzipped
    ? pipeline(createReadStream(file), createGunzip(), entries)
    : pipeline(createReadStream(file), entries);
  // Awaited below, once the entries have been read.
  unpacking.catch(() => undefined);
  try {
    let members = 0;
    for await (const entry of entries) {
      if (++members > MAX_MEMBERS) throw invalid(file, `it has more than ${MAX_MEMBERS} members`);
      const name = normalizeName(entry.header.name);
      if (entry.header.type === "symlink" || entry.header.type === "link") {
        const base = entry.header.type === "link" ? "/" : posix.dirname(`/${name}`);
        links.set(name, normalizeName(posix.resolve(base, entry.header.linkname)));
        entry.resume();
      } else if (entry.header.type !== "file" && entry.header.type !== "contiguous-file") {
        entry.resume();
      } else {
        const { head, bytes } = await peek(entry as unknown as Bytes);
        // Names differ between the tools that write archives; a JSON document shows by its first character.
        if (head[0] === 0x7b || head[0] === 0x5b) documents.set(name, await readDocument(name, bytes, file));
        else if (!isGzip(head) && entry.header.size < MIN_TAR_BYTES) entry.resume();
        else
          layers.set(
            name,
            await readLayer(head, bytes, target, join(workFolder, `layer-${layers.size}.tar.gz`)),
          );
      }
    }
    await unpacking;
  } catch (error) {
    if (error instanceof ActionError) throw error;
    throw new ActionError("IMAGE_INVALID", `${file} cannot be read as a docker-archive`, {
      cause: error,
      hint: "It must be what dockerTools.buildImage or buildLayeredImage makes: a tar, plain or gzipped, whole.",
    });
  }
  return { documents, layers, links };
}

async function isGzipFile(file: string): Promise<boolean> {
  if (!(await stat(file)).isFile()) throw invalid(file, "it is no file");
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && isGzip(buffer);
  } finally {
    await handle.close();
  }
}

/** @see RFC 1952, section 2.3.1 */
function isGzip(head: Uint8Array): boolean {
  return head[0] === 0x1f && head[1] === 0x8b;
}

type Bytes = AsyncIterable<Uint8Array>;

/** The first bytes of a member, and all of them. */
async function peek(entry: Bytes): Promise<{ readonly head: Uint8Array; readonly bytes: Bytes }> {
  const rest = entry[Symbol.asyncIterator]();
  const first = await rest.next();
  const head: Uint8Array = first.done === true ? new Uint8Array() : first.value;
  const bytes = async function* () {
    yield head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  };
  return { head, bytes: bytes() };
}

async function readDocument(name: string, bytes: Bytes, file: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > MAX_DOCUMENT_BYTES) throw invalid(file, `${JSON.stringify(name)} is too large`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A layer that is gzipped in the archive keeps its bytes; any other one is compressed, always to the same bytes. */
async function readLayer(
  head: Uint8Array,
  bytes: Bytes,
  target: TargetSystem,
  file: string,
): Promise<ArchiveLayer> {
  const isGzipped = isGzip(head);
  const auditor = createLayerAuditor(target);
  const diffHash = createHash("sha256");
  const blobHash = createHash("sha256");
  let sizeBytes = 0;

  const inspect = async function* (chunks: Bytes) {
    for await (const chunk of chunks) {
      diffHash.update(chunk);
      if (!auditor.input.write(chunk)) await drained(auditor);
      yield chunk;
    }
    auditor.input.end(undefined);
  };
  const store = async function* (chunks: Bytes) {
    for await (const chunk of chunks) {
      blobHash.update(chunk);
      sizeBytes += chunk.length;
      yield chunk;
    }
  };
  if (isGzipped) {
    const gunzip: Transform = createGunzip();
    const inspecting = drain(inspect(gunzip));
    inspecting.catch(() => gunzip.destroy());
    const tee = async function* (chunks: Bytes) {
      for await (const chunk of chunks) {
        if (!gunzip.write(chunk)) await Promise.race([onceDrained(gunzip), inspecting]);
        yield chunk;
      }
      gunzip.end();
      await inspecting;
    };
    await pipeline(Readable.from(bytes), tee, store, createWriteStream(file));
  } else {
    await pipeline(Readable.from(bytes), inspect, createGzip(), store, createWriteStream(file));
  }
  return {
    diffId: digestOfHex(diffHash.digest("hex")),
    digest: digestOfHex(blobHash.digest("hex")),
    sizeBytes,
    file,
    audit: await auditor.result,
  };
}

/** Resolves when the auditor takes more; rejects when it has failed. */
async function drained({ input, result }: ReturnType<typeof createLayerAuditor>): Promise<void> {
  await Promise.race([onceDrained(input), result]);
}

/** Reads to the end, for the sake of what reading does. */
async function drain(chunks: Bytes): Promise<void> {
  const source = chunks[Symbol.asyncIterator]();
  while ((await source.next()).done !== true);
}

function onceDrained(stream: { once(event: "drain", listener: () => void): unknown }): Promise<void> {
  return new Promise((resolve) => {
    stream.once("drain", resolve);
  });
}

function normalizeName(name: string): string {
  return posix.resolve("/", name).slice(1);
}

function invalid(file: string, why: string): ActionError {
  return new ActionError("IMAGE_INVALID", `${file} is not a docker-archive: ${why}`, {
    hint: "The first of the installables must be an image, such as dockerTools.buildLayeredImage makes.",
  });
}
