import type { Chunks } from "./layer.js";
import { BLOCK_BYTES, type TarHeader } from "./tar-header.js";
import { type ContentSink, paddingAfter, TarReader } from "./tar-reader.js";

/** What becomes of an entry of a tar. */
export interface EntryChange {
  /** Entries that are written before it. */
  readonly before?: readonly Uint8Array[];
  /** Whether the entry itself is written, byte for byte. */
  readonly isKept: boolean;
}

/** What every tar ends with. */
export const TAR_END = Buffer.alloc(2 * BLOCK_BYTES);

const DROPPED: ContentSink = { write: () => undefined, end: () => undefined };

/**
 * Rewrites a tar, without its end. `change` decides for each entry; the raw header with its extensions is
 * valid only during the call. Reads the whole tar. Rejects with a plain Error if it is malformed.
 */
export async function* filterTar(
  tar: Chunks,
  change: (header: TarHeader, raw: Uint8Array) => EntryChange,
): AsyncGenerator<Uint8Array> {
  let kept: Uint8Array[] = [];
  const reader = new TarReader((header, raw): ContentSink => {
    const { before = [], isKept } = change(header, raw.bytes);
    kept.push(...before);
    if (!isKept) return DROPPED;
    kept.push(Buffer.from(raw.bytes));
    return {
      write: (chunk) => {
        kept.push(chunk);
      },
      end: () => {
        kept.push(paddingAfter(header.sizeBytes));
        return undefined;
      },
    };
  });
  for await (const chunk of tar) {
    await reader.write(chunk);
    // A chunk of a big file is a single piece, which need not be copied.
    const [first, ...others] = kept;
    if (first !== undefined) yield others.length === 0 ? first : Buffer.concat(kept);
    kept = [];
  }
  reader.end();
}
