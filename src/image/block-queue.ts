import { type BlockPermits, returnPermits, tryTakePermit } from "./block-permits.js";
import { freeMemory } from "./free-memory.js";

/**
 * Compresses the blocks of one layer, several at once, and gives them in their order. The first one in the
 * queue needs no permit, so that every layer proceeds.
 */
export class BlockQueue {
  readonly #blockBytes: number;
  readonly #permits: BlockPermits;
  readonly #compressed: Promise<readonly Buffer[]>[] = [];
  /** For the next blocks. */
  readonly #free: Buffer[] = [];

  constructor(blockBytes: number, permits: BlockPermits) {
    this.#blockBytes = blockBytes;
    this.#permits = permits;
  }

  takeBuffer(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(this.#blockBytes);
  }

  /** Starts to compress what is in a buffer. Gives the first blocks until there is a permit for this one. */
  async *add(
    buffer: Buffer,
    filled: number,
    compressBlock: (block: Uint8Array) => Promise<readonly Buffer[]>,
  ): AsyncGenerator<Buffer> {
    while (this.#compressed.length > 0 && !tryTakePermit(this.#permits)) yield* this.#giveFirst();
    const compressed = compressBlock(buffer.subarray(0, filled)).finally(() => this.#free.push(buffer));
    // Avoid an unhandled rejection if a block fails before it is awaited.
    compressed.catch(() => undefined);
    this.#compressed.push(compressed);
  }

  /** Gives all that is left. */
  async *end(): AsyncGenerator<Buffer> {
    while (this.#compressed.length > 0) yield* this.#giveFirst();
    freeMemory(this.#free);
  }

  /** Returns the permits, also after a failure. */
  close(): void {
    returnPermits(this.#permits, Math.max(0, this.#compressed.length - 1));
    this.#compressed.length = 0;
  }

  async *#giveFirst(): AsyncGenerator<Buffer> {
    const parts = (await this.#compressed[0]) ?? [];
    yield* parts;
    freeMemory(parts);
    void this.#compressed.shift();
    if (this.#compressed.length > 0) returnPermits(this.#permits, 1);
  }
}
