/** A position that Nix names in an error: a file and the place in it, counted from 1. */
export interface NixPosition {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const MAX_LINES = 25;
const MAX_LINE_CHARACTERS = 300;
/** Lines in which Nix speaks about its trace, not about the error. */
const ABOUT_TRACE = /^\((?:use '--show-trace'|stack trace truncated)/;

/**
 * The last error in the output of Nix, without the trace that precedes it: its message, the position, and the
 * lines of source code around it. The first line has no `error:`.
 */
export function readNixError(text: string): string {
  const lines = lastError(text).map((line) => line.trimEnd());
  const kept = lines.filter((line) => line !== "" && !ABOUT_TRACE.test(line.trimStart()));
  // The source code stays aligned: every line loses the indentation of the least indented one.
  const [, ...others] = kept;
  const indentation = Math.min(...others.map((line) => line.length - line.trimStart().length));
  const [first = "", ...rest] = kept.map((line, at) => (at === 0 ? line.trim() : line.slice(indentation)));
  return [first.replace(/^error:\s*/, ""), ...rest]
    .filter((line) => line !== "")
    .slice(0, MAX_LINES)
    .map((line) => line.slice(0, MAX_LINE_CHARACTERS))
    .join("\n");
}

/** The positions in the output of Nix: that of the error first, then those of its trace, innermost first. */
export function listPositions(text: string): readonly NixPosition[] {
  const own = findPositions(lastError(text));
  const all = findPositions(text.split("\n"));
  return [...own, ...all.slice(0, all.length - own.length).toReversed()];
}

/** Whether the output of Nix is about the evaluation of Nix code: it has a position or a trace. */
export function isEvaluationError(text: string): boolean {
  return listPositions(text).length > 0 || /^[ \t]*… while /m.test(text);
}

function lastError(text: string): readonly string[] {
  const lines = text.split("\n");
  const start = lines.findLastIndex((line) => /^\s*error:/.test(line));
  return start === -1 ? lines.slice(-5) : lines.slice(start);
}

function findPositions(lines: readonly string[]): readonly NixPosition[] {
  return lines.flatMap((line) => {
    const [, file, row, column] = /^\s*at (\S.*?):(\d+):(\d+):?$/.exec(line) ?? [];
    return file === undefined ? [] : [{ file, line: Number(row), column: Number(column) }];
  });
}

/** Nix's warning about a flake.lock that does not lock all inputs. The changes to it follow. */
export const LOCK_WARNING = "not writing modified lock file of flake";
