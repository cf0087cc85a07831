/** A word of a command line for POSIX sh, quoted where the shell would change it. */
export function quoteShellWord(word: string): string {
  return /^[\w./:=@+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** A command line that makes a POSIX shell run exactly these words. */
export function renderShellCommand(words: readonly string[]): string {
  return words.map(quoteShellWord).join(" ");
}
