import * as z from "zod";

import { type ActionError, renderError } from "../errors/action-error.js";
import { BUILD_MODES } from "./build-mode.js";
import { CHECK_KINDS } from "./smoke.js";
import { STRATEGIES } from "./strategy.js";

const text = z.string();
const durationMs = z.number().min(0).describe("milliseconds");
const target = text.optional().describe("the target system, if it belongs to one");
const place = text.describe("local, or the builder's store URI");
const failure = z.strictObject({ code: text, message: text }).nullable();

/** Every kind of event of a run. Names and values are the report's. */
const EVENTS = [
  z.strictObject({
    event: z.literal("run-started"),
    version: z.literal(1).describe("the version of these events"),
    system: text.describe("the Nix system of this machine"),
  }),
  z.strictObject({ event: z.literal("phase-started"), name: text }),
  z.strictObject({
    event: z.literal("phase-ended"),
    name: text,
    durationMs,
    outcome: z.enum(["done", "failed"]),
  }),
  z.strictObject({
    event: z.literal("attempt-started"),
    target,
    strategy: z.enum(STRATEGIES),
    mode: z.enum(BUILD_MODES),
    reason: text,
  }),
  z.strictObject({
    event: z.literal("attempt-ended"),
    target,
    strategy: z.enum(STRATEGIES),
    mode: z.enum(BUILD_MODES),
    durationMs,
    error: failure,
  }),
  z.strictObject({ event: z.literal("build-started"), target, drvPath: text, name: text, place }),
  z.strictObject({
    event: z.literal("build-output"),
    target,
    drvPath: text,
    line: text.describe("a line that the build printed"),
  }),
  z.strictObject({
    event: z.literal("build-ended"),
    target,
    drvPath: text,
    name: text,
    place,
    durationMs,
    outcome: z.enum(["built", "failed", "interrupted"]),
  }),
  z.strictObject({
    event: z.literal("substitution-ended"),
    target,
    storePath: text,
    from: text,
    durationMs,
    outcome: z.enum(["substituted", "failed"]),
  }),
  z.strictObject({
    event: z.literal("builder-changed"),
    uri: text,
    state: z.enum(["ready", "degraded", "dropped"]),
    reason: text,
  }),
  z.strictObject({
    event: z.literal("check-ended"),
    target,
    name: text,
    kind: z.enum(CHECK_KINDS),
    durationMs,
    outcome: z.enum(["passed", "failed"]),
    detail: text,
  }),
  z.strictObject({
    event: z.literal("run-ended"),
    durationMs,
    outcome: z.enum(["success", "failure", "cancelled"]),
    error: failure,
  }),
] as const;

/** Something that happened in a run. Texts are not redacted yet. */
export type RunEvent = z.infer<(typeof EVENTS)[number]>;

/** Takes an event at the moment when it happens. Never throws. */
export type Emit = (event: RunEvent) => void;

/** An error as events name it. */
export function failureOf(error: ActionError | undefined): z.infer<typeof failure> {
  return error === undefined ? null : { code: error.code, message: renderError(error) };
}

/** Adds the target to the events of a part of the run that belongs to it. */
export function emitFor(emit: Emit, targetOfEvents: string): Emit {
  return (event) => {
    emit({ ...event, target: targetOfEvents } as RunEvent);
  };
}

/** The JSON Schema of one line of an events file, 2020-12: an event, and when it happened. */
export function renderEventSchema(): string {
  const at = z.iso.datetime().describe("UTC");
  const lines = EVENTS.map((event) => event.extend({ at }));
  const schema = { title: "cross-build event", ...z.toJSONSchema(z.union(lines)) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
