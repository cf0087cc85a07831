import { posix } from "node:path";

import type { TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { type ArchiveLayer, type Chunks, compressionOf, isTar, keepLayer, packLayer } from "./layer.js";

/** The members of an image archive or an OCI layout, by their absolute paths in it. */
export interface ArchiveEntries {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly layers: ReadonlyMap<string, ArchiveLayer>;
  /** Links from one member to another: `docker save` writes a repeated layer once and links to it. */
  readonly links: ReadonlyMap<string, string>;
}

/** Receives the members of an image one by one. Rejects malformed or oversized members with a plain Error. */
export interface ArchiveEntryReader {
  readonly members: ArchiveEntries;
  take(name: string, bytes: Chunks): Promise<void>;
  link(name: string, to: string): void;
}

/**
 * Total size of all members except layers: manifest, config, and the files that older tools add per layer.
 */
const MAX_DOCUMENT_BYTES = 16 << 20;
/** One tar header, which is enough to recognize a layer. @see pax(1) */
const HEAD_BYTES = 512;

/** What to do with an uncompressed layer. */
export type UncompressedLayers = "compress" | "keep";

export interface EntryReaderOptions {
  readonly target: TargetSystem;
  readonly workFolder: string;
  readonly budget: Budget;
  readonly uncompressed: UncompressedLayers;
}

/**
 * Hashes and audits every layer while copying it to a file below `workFolder`. Never uses a name from the
 * image as a path. Memory use is constant.
 */
export function createEntryReader({
  target,
  workFolder,
  budget,
  uncompressed,
}: EntryReaderOptions): ArchiveEntryReader {
  const documents = new Map<string, Uint8Array>();
  const layers = new Map<string, ArchiveLayer>();
  const links = new Map<string, string>();
  let documentBytes = 0;
  let layerCount = 0;
  return {
    members: { documents, layers, links },
    link: (name, to) => {
      links.set(name, to);
    },
    take: async (name, given) => {
      // Tools that write images name members differently, so recognize a layer by its content.
      const { head, bytes } = await peek(given);
      const compression = compressionOf(head);
      if (compression !== undefined || isTar(head)) {
        const file = posix.join(workFolder, `layer-${layerCount++}`);
        const layer =
          compression === undefined && uncompressed === "compress"
            ? await packLayer(bytes, file, target, budget)
            : await keepLayer({ bytes, compression }, file, target, budget);
        requireSame(name, layers.get(name)?.diffId, layer.diffId);
        if (!layers.has(name)) layers.set(name, layer);
      } else {
        const document = await readWhole(bytes, MAX_DOCUMENT_BYTES - documentBytes);
        documentBytes += document.length;
        requireSame(name, documents.get(name)?.toString(), document.toString());
        documents.set(name, document);
      }
    },
  };
}

/** Some readers use the first of two members with the same name, others the last. Both must be identical. */
function requireSame(name: string, before: string | undefined, now: string): void {
  if (before !== undefined && before !== now)
    throw new Error(`it has two different members ${JSON.stringify(name)}`);
}

/** Reads the first bytes of a member. `bytes` is the whole member, including them. */
async function peek(member: Chunks): Promise<{ readonly head: Uint8Array; readonly bytes: Chunks }> {
  const rest = member[Symbol.asyncIterator]();
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
    if (size > maxBytes) throw new Error(`its documents are larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
