import { styleText } from "node:util";

import { Help } from "commander";

import { sanitizeText } from "../platform/log.js";

/** What the CLI needs to know about a stream that it writes to. */
export interface Terminal {
  readonly write: (text: string) => void;
  /** The width to wrap at; undefined if the stream is not a terminal. */
  readonly columns: number | undefined;
  readonly isColored: boolean;
}

/** A stream such as `process.stdout`. */
type OutputStream = Pick<NodeJS.WriteStream, "write"> &
  Partial<Pick<NodeJS.WriteStream, "isTTY" | "columns" | "hasColors">>;

/** Opens one of this process's streams. */
export function openTerminal(stream: OutputStream, env: NodeJS.ProcessEnv): Terminal {
  return {
    write: (text) => {
      stream.write(text);
    },
    columns: stream.isTTY === true && stream.columns !== 0 ? stream.columns : undefined,
    isColored: isColored(stream, env),
  };
}

/**
 * Whether to colour what is written to a stream: `NO_COLOR` says no, `FORCE_COLOR` says yes (`0` and `false`
 * say no), and otherwise only a terminal that has colours gets them.
 * @see https://no-color.org and https://force-color.org
 */
export function isColored(
  stream: Partial<Pick<NodeJS.WriteStream, "isTTY" | "hasColors">>,
  env: NodeJS.ProcessEnv,
): boolean {
  const { NO_COLOR = "", FORCE_COLOR = "" } = env;
  if (NO_COLOR !== "") return false;
  if (FORCE_COLOR !== "") return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return stream.isTTY === true && stream.hasColors?.(env as object) === true;
}

export type Style = Parameters<typeof styleText>[0];

/** Text in a style, if the terminal is coloured. */
export function paint({ isColored: isOn }: Pick<Terminal, "isColored">, style: Style, text: string): string {
  // isColored has decided already; styleText would look at process.stdout.
  return isOn ? styleText(style, text, { validateStream: false }) : text;
}

/** Breaks lines that are longer than a terminal is wide. Others, such as indented code, stay as they are. */
export function wrapLines(text: string, { columns }: Pick<Terminal, "columns">): string {
  if (columns === undefined) return text;
  const isLong = (line: string) => sanitizeText(line).length > columns;
  const lines = text.split("\n");
  return lines.map((line) => (isLong(line) ? wrapText(line, columns) : line)).join("\n");
}

/** Breaks text into lines of at most `columns`, at spaces only: a URL stays whole. */
export function wrapText(text: string, columns: number): string {
  return new Help().boxWrap(text, columns);
}
