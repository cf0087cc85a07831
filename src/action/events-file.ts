import { appendFileSync, mkdirSync, openSync, rmSync } from "node:fs";
import { dirname } from "node:path";

import { renderError } from "../errors/action-error.js";
import type { Emit } from "../model/run-event.js";
import type { RunContext } from "../pipeline/context.js";
import { systemClock } from "../platform/clock.js";

/** Lets a run write its events to a file, if one is wanted. */
export function withEvents(context: RunContext, eventsFile: string | undefined): RunContext {
  return eventsFile === undefined ? context : { ...context, emit: openEventsFile(eventsFile, context.log) };
}

/**
 * Writes each event of a run to a file as one line of JSON, at once, so that it is there even if the run is
 * killed. Replaces a file of an earlier run; a symbolic link is replaced and not followed. Events end with
 * `run-ended`. If the file cannot be written, logs a warning, and the run goes on without it.
 */
function openEventsFile(file: string, log: Pick<RunContext["log"], "redact" | "warning">): Emit {
  let descriptor: number | undefined;
  const attempt = (work: () => void) => {
    try {
      work();
    } catch (error) {
      log.warning(`input events-file: the events cannot be written: ${renderError(error)}`);
      // It stays open until the process ends: closing it could fail, too.
      descriptor = undefined;
    }
  };
  attempt(() => {
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
    descriptor = openSync(file, "wx");
  });
  return (event) => {
    const line = JSON.stringify({ at: new Date(systemClock.nowMs()).toISOString(), ...event }, (_, value) =>
      typeof value === "string" ? log.redact(value) : (value as unknown),
    );
    attempt(() => {
      if (descriptor !== undefined) appendFileSync(descriptor, `${line}\n`);
    });
  };
}
