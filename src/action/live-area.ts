/** The last lines of a terminal, which are rewritten in place. */
export interface LiveArea {
  /** Replaces the lines in the area; none removes it. */
  show(lines: readonly string[]): void;
  /** Removes the area, so that a line of the log can take its place. */
  clear(): void;
}

/** A stream such as `process.stderr`. */
type TerminalStream = NodeJS.WritableStream & Partial<Pick<NodeJS.WriteStream, "isTTY" | "rows">>;

/**
 * Opens the live area of a stream; undefined if it is not a terminal that can move its cursor, and that knows
 * its height (`script` makes one of no rows, for example).
 */
export async function openLiveArea(
  stream: TerminalStream,
  env: NodeJS.ProcessEnv,
): Promise<LiveArea | undefined> {
  const { isTTY = false, rows = 0 } = stream;
  if (!isTTY || rows === 0 || env["TERM"] === "dumb") return undefined;
  const { createLogUpdate } = await import("log-update");
  // The cursor stays visible: a run that is killed could not bring it back.
  const update = createLogUpdate(stream, { showCursor: true });
  return {
    show: (lines) => {
      if (lines.length === 0) update.clear();
      else update(lines.join("\n"));
    },
    clear: () => {
      update.clear();
    },
  };
}
