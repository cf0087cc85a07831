import { availableParallelism } from "node:os";
import type { Transform } from "node:stream";
import { constants, crc32, createDeflateRaw, createZstdCompress } from "node:zlib";

import type { LayerCompression } from "../model/compression.js";
import { freeMemory } from "./free-memory.js";

/** Of what blocks are made. Changing a size changes the digest of every layer. */
const BLOCK_BYTES = { gzip: 1 << 20, zstd: 2 << 20 } as const;
/** No block becomes larger when it is compressed, so that Node needs a single buffer for it. */
const BOUND = { gzip: toBound(BLOCK_BYTES.gzip), zstd: toBound(BLOCK_BYTES.zstd) } as const;
/** Node compresses in four threads. More blocks would only take up memory. */
const PARALLEL_BLOCKS = Math.min(availableParallelism(), 4);
/** Without name, time and operating system, so that the output is reproducible. @see RFC 1952, section 2.3 */
const GZIP_HEADER = Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** An empty final block. @see RFC 1951, section 3.2.3 */
const END_OF_DEFLATE = Uint8Array.from([3, 0]);

/** What cannot be compressed is stored in parts of at least 16 KiB, each with a header of a few bytes. */
function toBound(blockBytes: number): number {
  return blockBytes + (blockBytes >> 10) + 64;
}

type Chunks = AsyncIterable<Uint8Array>;
type Compressed = AsyncGenerator<Uint8Array, void, undefined>;

/**
 * Compresses on several cores, in constant memory. The result depends only on the content, the format and the
 * level, and neither on the split into chunks nor on the number of cores: blocks of a fixed size are
 * compressed independently. gzip gives one member, zstd a frame for each block. A chunk of either side is
 * valid until the next one is asked for.
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
    return createDeflateRaw({ level, chunkSize: BOUND.gzip, finishFlush: constants.Z_SYNC_FLUSH });
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(checksum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield END_OF_DEFLATE;
  yield trailer;
}

async function* zstd(chunks: Chunks, level: number): Compressed {
  const options = { params: { [constants.ZSTD_c_compressionLevel]: level }, chunkSize: BOUND.zstd };
  yield* compressBlocks(chunks, BLOCK_BYTES.zstd, () => createZstdCompress(options));
}

/** Compresses a few blocks at once, each with a compressor of its own, and gives them in their order. */
async function* compressBlocks(
  chunks: Chunks,
  blockBytes: number,
  openCompressor: (block: Uint8Array) => Transform,
): Compressed {
  const pending: Promise<readonly Buffer[]>[] = [];
  const free: Buffer[] = [];
  const blocks = cutIntoBlocks(chunks, () => free.pop() ?? Buffer.allocUnsafeSlow(blockBytes));
  for await (const { buffer, filled } of blocks) {
    const block = buffer.subarray(0, filled);
    const compressed = compressBlock(openCompressor(block), block).finally(() => free.push(buffer));
    // Avoid an unhandled rejection if a block fails before it is awaited below.
    compressed.catch(() => undefined);
    pending.push(compressed);
    if (pending.length > PARALLEL_BLOCKS) yield* giveFirst(pending);
  }
  while (pending.length > 0) yield* giveFirst(pending);
  freeMemory(free);
}

async function compressBlock(compressor: Transform, block: Uint8Array): Promise<readonly Buffer[]> {
  compressor.end(block);
  const parts: Buffer[] = [];
  for await (const part of compressor) parts.push(part as Buffer);
  return parts;
}

async function* giveFirst(pending: Promise<readonly Buffer[]>[]): Compressed {
  const parts = (await pending.shift()) ?? [];
  yield* parts;
  freeMemory(parts);
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
