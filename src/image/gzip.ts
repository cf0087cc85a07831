import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw } from "node:zlib";

const compress = promisify(deflateRaw);

const BLOCK_BYTES = 1 << 20;
const OPTIONS = {
  // Half the time of level 6 for 3 % more bytes; the levels below save little more time.
  level: 4,
  chunkSize: 1 << 18,
  // Ends on a whole byte without ending the stream.
  finishFlush: constants.Z_SYNC_FLUSH,
};
/** No name, no time, no operating system: the same content gives the same file everywhere. @see RFC 1952, section 2.3 */
const HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty last block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);

/**
 * Compresses to one gzip member on all cores, in constant memory. The result depends on the content alone, not on how it is cut into
 * chunks. Blocks of 1 MiB know nothing of each other, which is what lets them be made at the same time.
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
    // Awaited in order below; one that fails before its turn is not yet anyone's.
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
