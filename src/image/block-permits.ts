import { availableParallelism } from "node:os";

/**
 * How many blocks the threads of this process may compress at the same time. All of them share this memory: a
 * thread that is alone uses all permits, and many threads do not need many times the memory.
 */
export type BlockPermits = Int32Array<SharedArrayBuffer>;

/** Node compresses in four threads of its own. More blocks would only take up memory. */
const PARALLEL_BLOCKS = Math.min(availableParallelism(), 4);

/** Permits that can be sent to threads. */
export function createPermits(count = PARALLEL_BLOCKS): BlockPermits {
  return new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)).fill(count);
}

/** Takes a permit. Returns whether there was one. */
export function tryTakePermit(permits: BlockPermits): boolean {
  for (let free = Atomics.load(permits, 0); free > 0;) {
    const found = Atomics.compareExchange(permits, 0, free, free - 1);
    if (found === free) return true;
    free = found;
  }
  return false;
}

export function returnPermits(permits: BlockPermits, count: number): void {
  Atomics.add(permits, 0, count);
}
