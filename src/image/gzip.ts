import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

const compress = promisify(deflateRaw);

const BLOCK_BYTES = 1 << 20;
const OPTIONS = {
  // Takes half the time of level 6 for 3 % more bytes. Lower levels save little more time.
  level: 4,
  chunkSize: 1 << 18,
  // Ends a block on a byte boundary without ending the stream, so that blocks can be concatenated.
  finishFlush: constants.Z_SYNC_FLUSH,
};
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);

/**
 * Compresses to one gzip member on all cores, in constant memory. The result depends only on the content, not
 * on how it is split into chunks. Blocks of 1 MiB are compressed independently, so that they can be
 * compressed in parallel.
 */
export async function* gzip(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const pending: Promise<Uint8Array>[] = [];
  let checksum = 0;
  let size = 0;
  yield HEADER;
  for await (const block of cutIntoBlocks(chunks)) {
    checksum = crc32(block, checksum);
    size += block.length;
    const compressed = compress(block, OPTIONS);
    // Avoid an unhandled rejection if a block fails before it is awaited below.
    compressed.catch(() => undefined);
    pending.push(compressed);
    if (pending.length > availableParallelism()) yield await takeFirst(pending);
  }
  while (pending.length > 0) yield await takeFirst(pending);
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield END_OF_DEFLATE;
  yield trailer;
}

async function takeFirst(pending: Promise<Uint8Array>[]): Promise<Uint8Array> {
  return (await pending.shift()) ?? new Uint8Array();
}

async function* cutIntoBlocks(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length;) {
      const taken = Math.min(BLOCK_BYTES - filled, chunk.length - offset);
      block.set(chunk.subarray(offset, offset + taken), filled);
      offset += taken;
      filled += taken;
      if (filled === BLOCK_BYTES) {
        yield block;
        block = Buffer.allocUnsafe(BLOCK_BYTES);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
