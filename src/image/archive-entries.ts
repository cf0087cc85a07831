import { posix } from "node:path";

import type { LayerCompression } from "../model/compression.js";
import type { TargetSystem } from "../model/system.js";
import type { Budget } from "./budget.js";
import { type Documents, DocumentStore } from "./documents.js";
import { type Chunks, compressionOf, isTar, keepLayer, packLayer, type ReadLayer } from "./layer.js";

/** The members of an image archive or an OCI layout, by their absolute paths in it. */
export interface ArchiveEntries {
  readonly documents: Documents;
  readonly layers: ReadonlyMap<string, ReadLayer>;
  /** Links from one member to another: `docker save` writes a repeated layer once and links to it. */
  readonly links: ReadonlyMap<string, string>;
}

/**
 * Receives the members of an image one by one. Rejects with a plain Error if two members of one name differ.
 * Any other problem of a member is an error only if the image needs it: an SBOM may lie beside the image.
 */
export interface ArchiveEntryReader {
  readonly members: ArchiveEntries;
  take(name: string, bytes: Chunks): Promise<void>;
  link(name: string, to: string): void;
}

/** One tar header, which is enough to recognize a layer. @see pax(1) */
const HEAD_BYTES = 512;

/** What to do with an uncompressed layer: how to compress it, or that it stays as it is. */
export type UncompressedLayers = LayerCompression | "keep";

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
  const documents = new DocumentStore(workFolder);
  const layers = new Map<string, ReadLayer>();
  const links = new Map<string, string>();
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
          compression === undefined && uncompressed !== "keep"
            ? await packLayer(bytes, file, { target, budget, compression: uncompressed })
            : await keepLayer({ bytes, compression }, file, target, budget);
        const before = layers.get(name);
        if (before === undefined || "problem" in layer) layers.set(name, layer);
        else if (!("problem" in before) && before.diffId !== layer.diffId)
          throw new Error(`it has two different members ${JSON.stringify(name)}`);
      } else await documents.take(name, bytes);
    },
  };
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
