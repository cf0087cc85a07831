/** A number of bytes in MiB: "1.5 MiB". */
export function renderMebibytes(bytes: number): string {
  return `${(bytes / (1 << 20)).toFixed(1)} MiB`;
}

/** A number and its noun, singular or plural: "1 derivation", "2 derivations". */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
