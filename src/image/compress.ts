import type { Transform } from "node:stream";
import { constants, crc32, createDeflateRaw, createZstdCompress } from "node:zlib";

import type { LayerCompression } from "../model/compression.js";
import { type BlockPermits, createPermits } from "./block-permits.js";
import { BlockQueue } from "./block-queue.js";

/** Of what blocks are made. Changing a size changes the digest of every layer. */
const BLOCK_BYTES = { gzip: 1 << 20, zstd: 2 << 20 } as const;
/** The most that a block can become, so that Node compresses it into a single buffer. */
const BOUND = { gzip: toBound(BLOCK_BYTES.gzip), zstd: toBound(BLOCK_BYTES.zstd) } as const;
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);

/** More than zstd needs (ZSTD_COMPRESSBOUND), or deflate, which stores what it cannot compress. */
function toBound(blockBytes: number): number {
  return blockBytes + (blockBytes >> 8) + 64;
}

type Chunks = AsyncIterable<Uint8Array>;
type Compressed = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * Compresses on several cores, in constant memory. The result depends only on the content, the format and the
 * level, and neither on the split into chunks nor on the number of cores: blocks of a fixed size are
 * compressed independently. gzip gives one member, zstd a frame for each block. A chunk of either side is
 * valid until the next one is asked for. `permits` limits how many blocks are in memory.
 */
export function compress(
  chunks: Chunks,
  { format, level }: LayerCompression,
  permits: BlockPermits = createPermits(),
): Compressed {
  const queue = new BlockQueue(BLOCK_BYTES[format], permits);
  return format === "gzip" ? gzip(chunks, level, queue) : zstd(chunks, level, queue);
}

async function* gzip(chunks: Chunks, level: number, queue: BlockQueue): Compressed {
  let checksum = 0;
  let size = 0;
  yield GZIP_HEADER;
  yield* compressBlocks(chunks, queue, (block) => {
    checksum = crc32(block, checksum);
    size += block.length;
    // Z_SYNC_FLUSH ends a block on a byte boundary without ending the stream: blocks can be concatenated.
    return createDeflateRaw({ level, chunkSize: BOUND.gzip, finishFlush: constants.Z_SYNC_FLUSH });
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield END_OF_DEFLATE;
  yield trailer;
}

async function* zstd(chunks: Chunks, level: number, queue: BlockQueue): Compressed {
  const options = { params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize: BOUND.zstd };
  yield* compressBlocks(chunks, queue, () => createZstdCompress(options));
}

/** Compresses a few blocks at once, each with a compressor of its own, and gives them in their order. */
async function* compressBlocks(
  chunks: Chunks,
  queue: BlockQueue,
  openCompressor: (block: Uint8Array) => Transform,
): Compressed {
  const compressBlock = (block: Uint8Array) => runCompressor(openCompressor(block), block);
  let buffer = queue.takeBuffer();
  let filled = 0;
  let isEmpty = true;
  try {
    for await (const chunk of chunks) {
      for (let offset = 0; offset < chunk.length;) {
        const taken = Math.min(buffer.length - filled, chunk.length - offset);
        buffer.set(chunk.subarray(offset, offset + taken), filled);
        offset += taken;
        filled += taken;
        if (filled < buffer.length) continue;
        yield* queue.add(buffer, filled, compressBlock);
        isEmpty = false;
        buffer = queue.takeBuffer();
        filled = 0;
      }
    }
    // At least one block, even of no bytes.
    if (filled > 0 || isEmpty) yield* queue.add(buffer, filled, compressBlock);
    yield* queue.end();
  } finally {
    queue.close();
  }
}

async function runCompressor(compressor: Transform, block: Uint8Array): Promise<readonly Buffer[]> {
  compressor.end(block);
  const parts: Buffer[] = [];
  for await (const part of compressor) parts.push(part as Buffer);
  return parts;
}
