import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createZstdDecompress } from "node:zlib";

/**
 * Whether these are the first bytes of zstd data: of a frame, or of a skippable frame, with which pzstd
 * starts.
 * @see RFC 8878, sections 3.1.1 and 3.1.2
 */
export function isZstd(head: Uint8Array): boolean {
  if (head.length < 4) return false;
  const magic = new DataView(head.buffer, head.byteOffset).getUint32(0, true);
  return magic === FRAME || isSkippable(magic);
}

const FRAME = 0xfd2fb528;

function isSkippable(magic: number): boolean {
  return magic >= 0x184d2a50 && magic <= 0x184d2a5f;
}

/** The largest block of a frame. @see RFC 8878, section 3.1.1.2 */
const MAX_BLOCK_BYTES = 128 << 10;

/**
 * Wraps bytes in a zstd frame without compressing them: less than 4 GiB, and at least one.
 * @see RFC 8878, section 3.1.1
 */
export function renderRawFrame(bytes: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt32LE(FRAME);
  // The size has four bytes, and is that of the window too.
  head.writeUInt8(0xa0, 4);
  head.writeUInt32LE(bytes.length, 5);
  const parts: Uint8Array[] = [head];
  for (let at = 0; at < bytes.length; at += MAX_BLOCK_BYTES) {
    const block = bytes.subarray(at, at + MAX_BLOCK_BYTES);
    const blockHead = Buffer.alloc(3);
    const isLast = at + block.length === bytes.length ? 1 : 0;
    blockHead.writeUIntLE((block.length << 3) | isLast, 0, 3);
    parts.push(blockHead, block);
  }
  return Buffer.concat(parts);
}

/**
 * Decompresses zstd data of any number of frames; zstd:chunked has one per file. Node's stream ends with a
 * frame if the same chunk has more data, so each chunk ends where a frame ends. A new stream for each frame
 * would take ten times as long. Rejects with Node's errors.
 * @see RFC 8878, section 3.1, "Frames"
 */
export async function* decompressZstd(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const decompress = createZstdDecompress({ chunkSize: 1 << 18 });
  // Avoid an unhandled rejection: reading `decompress` fails with the same error.
  pipeline(Readable.from(cutAtFrames(chunks)), decompress).catch(() => undefined);
  for await (const chunk of decompress) yield chunk as Uint8Array;
}

async function* cutAtFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const frames = readFrames();
  let wanted = frames.next().value;
  let field: number[] = [];
  for await (const chunk of chunks) {
    let start = 0;
    for (let at = 0; at < chunk.length;) {
      if (wanted.kind === "skip") {
        const skipped = Math.min(wanted.bytes, chunk.length - at);
        wanted.bytes -= skipped;
        at += skipped;
      } else field.push(chunk[at++] ?? 0);
      while (wanted.kind === "skip" ? wanted.bytes === 0 : field.length === wanted.bytes) {
        wanted = frames.next(Buffer.from(field)).value;
        field = [];
        if (wanted.kind === "field" && wanted.startsFrame) {
          yield chunk.subarray(start, at);
          start = at;
        }
      }
    }
    if (start < chunk.length) yield chunk.subarray(start);
  }
}

type Wanted =
  | { readonly kind: "field"; readonly bytes: number; readonly startsFrame: boolean }
  | { readonly kind: "skip"; bytes: number };

/** Says which bytes come next, and takes those of each field. After malformed data, skips the rest. */
function* readFrames(): Generator<Wanted, never, Buffer> {
  const field = (bytes: number, startsFrame = false): Wanted => ({ kind: "field", bytes, startsFrame });
  const skip = (bytes: number): Wanted => ({ kind: "skip", bytes });
  for (;;) {
    const magic = (yield field(4, true)).readUInt32LE();
    if (isSkippable(magic)) {
      yield skip((yield field(4)).readUInt32LE());
      continue;
    }
    // The decompressor rejects what is not a frame.
    while (magic !== FRAME) yield skip(Number.MAX_SAFE_INTEGER);
    const descriptor = (yield field(1)).readUInt8();
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    yield skip((isSingleSegment ? 0 : 1) + dictionaryBytes + sizeBytes);
    for (let isLast = false; !isLast;) {
      const block = (yield field(3)).readUIntLE(0, 3);
      isLast = (block & 1) !== 0;
      // A block of one repeated byte.
      const isRun = ((block >> 1) & 3) === 1;
      yield skip(isRun ? 1 : block >> 3);
    }
    yield skip((descriptor & 4) === 0 ? 0 : 4);
  }
}
