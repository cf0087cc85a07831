/** A number and its noun, singular or plural: "1 derivation", "2 derivations". */
export function countOf(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
