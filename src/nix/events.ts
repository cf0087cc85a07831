import type { BuildEnd, BuildUse } from "../model/build.js";
import { sanitizeText } from "../platform/log.js";

/** One event of `nix --log-format internal-json`. Events that this action does not need are `other`. */
export type NixEvent =
  | {
      readonly kind: "build-started";
      readonly id: string;
      readonly drvPath: string;
      readonly machine: string;
    }
  | { readonly kind: "builds-started"; readonly id: string }
  | { readonly kind: "substitutions-started"; readonly id: string }
  | {
      readonly kind: "substitution-started";
      readonly id: string;
      readonly storePath: string;
      readonly from: string;
    }
  /** Nix's own event has neither the outcome nor what the build used. */
  | { readonly kind: "stopped"; readonly id: string; readonly outcome?: BuildEnd; readonly use?: BuildUse }
  | { readonly kind: "log-line"; readonly id: string; readonly line: string }
  /** How many of an activity's parts have ended so far, and how. `expected` counts all known so far. */
  | {
      readonly kind: "progress";
      readonly id: string;
      readonly done: number;
      readonly expected: number;
      readonly failed: number;
    }
  | { readonly kind: "message"; readonly level: number; readonly text: string }
  | { readonly kind: "other" };

/** Activity and result types. @see NixOS/nix, src/libutil/include/nix/util/logging.hh */
const ACTIVITY = { substitutions: 103, builds: 104, build: 105, substitute: 108 } as const;
const RESULT = { buildLogLine: 101, progress: 105 } as const;

/** The level of plain text, such as ssh's errors: that of a warning. */
const PLAIN_TEXT_LEVEL = 1;

/**
 * Reads one line of Nix's stderr. Never throws: a line that is not an event is a message, and an event of
 * unknown shape is `other`. All text is untrusted, so it is returned without escape sequences.
 */
export function parseEventLine(line: string): NixEvent {
  if (!line.startsWith("@nix "))
    return { kind: "message", level: PLAIN_TEXT_LEVEL, text: sanitizeText(line) };
  let event: unknown;
  try {
    // Read IDs as text: they have 64 bits, but JavaScript's numbers hold only 53.
    event = JSON.parse(line.slice(5).replace(/"(id|parent)":(\d+)/g, '"$1":"$2"'));
  } catch {
    return { kind: "message", level: PLAIN_TEXT_LEVEL, text: sanitizeText(line) };
  }
  const { action, id, type, level, msg } = fieldsOf(event);
  const values = fieldsOf(event)["fields"];
  const text = (index: number) => {
    const value: unknown = Array.isArray(values) ? values[index] : undefined;
    return typeof value === "string" ? sanitizeText(value) : "";
  };
  const count = (index: number) => {
    const value: unknown = Array.isArray(values) ? values[index] : undefined;
    return typeof value === "number" ? value : 0;
  };
  if (action === "msg" && typeof msg === "string") {
    return {
      kind: "message",
      level: typeof level === "number" ? level : PLAIN_TEXT_LEVEL,
      text: sanitizeText(msg),
    };
  }
  if (typeof id !== "string") return { kind: "other" };
  if (action === "stop") return { kind: "stopped", id };
  if (action === "start" && type === ACTIVITY.build) {
    return { kind: "build-started", id, drvPath: text(0), machine: text(1) };
  }
  if (action === "start" && type === ACTIVITY.builds) return { kind: "builds-started", id };
  if (action === "start" && type === ACTIVITY.substitutions) return { kind: "substitutions-started", id };
  if (action === "start" && type === ACTIVITY.substitute) {
    return { kind: "substitution-started", id, storePath: text(0), from: text(1) };
  }
  if (action === "result" && type === RESULT.buildLogLine) return { kind: "log-line", id, line: text(0) };
  if (action === "result" && type === RESULT.progress) {
    return { kind: "progress", id, done: count(0), expected: count(1), failed: count(3) };
  }
  return { kind: "other" };
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
