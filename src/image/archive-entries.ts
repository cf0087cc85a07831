import { posix } from "node:path";

import type { TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { type ArchiveLayer, type Chunks, compressionOf, isTar, keepLayer, packLayer } from "./layer.js";

/** The parts of an image archive, or of an OCI layout, by their absolute names in it. */
export interface ArchiveEntries {
  readonly documents: ReadonlyMap<string, Uint8Array>;
  readonly layers: ReadonlyMap<string, ArchiveLayer>;
  /** Links from one member to another: `docker save` writes a layer once. */
  readonly links: ReadonlyMap<string, string>;
}

/** Takes the members of an image one by one. Rejects with a plain Error what no image has. */
export interface ArchiveEntryReader {
  readonly members: ArchiveEntries;
  take(name: string, bytes: Chunks): Promise<void>;
  link(name: string, to: string): void;
}

/** Of all members that are no layers together: manifest, config, and what older tools write beside each layer. */
const MAX_DOCUMENT_BYTES = 16 << 20;
/** One tar header: enough to tell what a member is. @see pax(1) */
const HEAD_BYTES = 512;

/** What becomes of a layer that is not compressed. */
export type UncompressedLayers = "compress" | "keep";

/** How the members of an image are read. */
export interface EntryReaderOptions {
  readonly target: TargetSystem;
  readonly workFolder: string;
  readonly budget: Budget;
  readonly uncompressed: UncompressedLayers;
}

/**
 * Hashes and audits every layer while it is copied to a file below `workFolder`; no name from the image is used as a path.
 * Memory stays constant.
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
      // Names differ between the tools that write images: the bytes say what a member is.
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

/** Readers differ in whether the first or the last of two members counts: only the same bytes may come twice. */
function requireSame(name: string, before: string | undefined, now: string): void {
  if (before !== undefined && before !== now) throw new Error(`${JSON.stringify(name)} is in it twice`);
}

/** The first bytes of a member, and all of them. */
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
    if (size > maxBytes) throw new Error(`what is no layer in it is larger than ${MAX_DOCUMENT_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
