/**
 * Frees the memory of buffers that nothing uses any more. Garbage collection alone waits until a thread has
 * 64 MiB of them. Throws a TypeError for buffers in Node's pool, such as small ones of `Buffer.from`.
 */
export function freeMemory(buffers: readonly Buffer[]): void {
  for (const memory of new Set(buffers.map(({ buffer }) => buffer))) {
    // A SharedArrayBuffer cannot be freed.
    if ("transfer" in memory) memory.transfer(0);
  }
}
