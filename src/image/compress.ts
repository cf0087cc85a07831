import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import { constants, crc32, deflateRaw, zstdCompress } from "node:zlib";

import type { LayerCompression } from "../model/compression.js";

const deflate = promisify(deflateRaw);
const compressZstd = promisify(zstdCompress);

/** Of what blocks are made. Changing a size changes the digest of every layer. */
const BLOCK_BYTES = { gzip: 1 << 20, zstd: 2 << 20 } as const;
/** Node compresses in four threads. More blocks would only take up memory. */
const PARALLEL_BLOCKS = Math.min(availableParallelism(), 4);
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);

type Chunks = AsyncIterable<Uint8Array>;
type Compressed = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * Compresses on several cores, in constant memory. The result depends only on the content, the format and the
 * level, and neither on the split into chunks nor on the number of cores: blocks of a fixed size are
 * compressed independently. gzip gives one member, zstd a frame for each block.
 */
export function compress(chunks: Chunks, { format, level }: LayerCompression): Compressed {
  return format === "gzip" ? gzip(chunks, level) : zstd(chunks, level);
}

async function* gzip(chunks: Chunks, level: number): Compressed {
  let checksum = 0;
  let size = 0;
  yield GZIP_HEADER;
  yield* compressBlocks(chunks, BLOCK_BYTES.gzip, (block) => {
    checksum = crc32(block, checksum);
    size += block.length;
    // Z_SYNC_FLUSH ends a block on a byte boundary without ending the stream: blocks can be concatenated.
    return deflate(block, { level, chunkSize: 1 << 18, finishFlush: constants.Z_SYNC_FLUSH });
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield END_OF_DEFLATE;
  yield trailer;
}

async function* zstd(chunks: Chunks, level: number): Compressed {
  const options = { params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize: 1 << 18 };
  yield* compressBlocks(chunks, BLOCK_BYTES.zstd, (block) => compressZstd(block, options));
}

/** Compresses a few blocks at once, and gives them in their order. */
async function* compressBlocks(
  chunks: Chunks,
  blockBytes: number,
  compressBlock: (block: Uint8Array) => Promise<Uint8Array>,
): Compressed {
  const pending: Promise<Uint8Array>[] = [];
  // New buffers for each block would take up memory until the next garbage collection.
  const free: Buffer[] = [];
  const blocks = cutIntoBlocks(chunks, () => free.pop() ?? Buffer.allocUnsafeSlow(blockBytes));
  for await (const { buffer, filled } of blocks) {
    const compressed = compressBlock(buffer.subarray(0, filled)).finally(() => free.push(buffer));
    // Avoid an unhandled rejection if a block fails before it is awaited below.
    compressed.catch(() => undefined);
    pending.push(compressed);
    if (pending.length > PARALLEL_BLOCKS) yield await takeFirst(pending);
  }
  while (pending.length > 0) yield await takeFirst(pending);
}

async function takeFirst(pending: Promise<Uint8Array>[]): Promise<Uint8Array> {
  return (await pending.shift()) ?? new Uint8Array();
}

interface Block {
  readonly buffer: Buffer;
  readonly filled: number;
}

/** At least one block, even of no bytes. */
async function* cutIntoBlocks(chunks: Chunks, takeBuffer: () => Buffer): AsyncGenerator<Block> {
  let buffer = takeBuffer();
  let filled = 0;
  let isEmpty = true;
  for await (const chunk of chunks) {
    for (let offset = 0; offset < chunk.length;) {
      const taken = Math.min(buffer.length - filled, chunk.length - offset);
      buffer.set(chunk.subarray(offset, offset + taken), filled);
      offset += taken;
      filled += taken;
      if (filled === buffer.length) {
        yield { buffer, filled };
        isEmpty = false;
        buffer = takeBuffer();
        filled = 0;
      }
    }
  }
  if (filled > 0 || isEmpty) yield { buffer, filled };
}
