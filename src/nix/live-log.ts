import { type BuildLocation, type DerivationBuild, placeOf } from "../model/build.js";
import { countOf, renderDuration } from "../model/count.js";
import type { Emit } from "../model/run-event.js";
import { nameOfStorePath } from "../model/store-path.js";
import { type Clock, repeatInBackground } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import type { BuildMeter } from "./build-meter.js";
import { type BuildCounts, BuildLog, type RunningBuild, SHOWN_LOG_LINES } from "./build-log.js";

/** After this long without a line in the log, the log says what is still running. */
const HEARTBEAT_MS = 30_000;
/** A build that has printed nothing for this long may be stuck. */
const STUCK_MS = 120_000;
const TICK_MS = 1_000;
const SHOWN_STUCK = 5;
const SHOWN_RUNNING = 8;
const LAST_LINE_CHARACTERS = 100;
/** An estimate from fewer finished builds would say nothing. */
const LEAST_DONE_TO_ESTIMATE = 3;

export interface LiveLogOptions {
  /** Maps the machine that Nix names for a build, a store URI or the empty string, to its location. */
  readonly locationOf: (machine: string) => BuildLocation;
  /** How far the build is, if Nix does not count it. */
  readonly countBuilds?: () => BuildCounts;
  /** Measures the builds, if Nix runs all of them on this machine. */
  readonly meter?: BuildMeter | undefined;
}

export interface LiveLogEffects {
  readonly log: Log;
  readonly clock: Clock;
  readonly emit: Emit;
}

export interface LiveLog {
  readonly builds: BuildLog;
  /** Stops reporting what still runs. Call it when the build has ended. */
  readonly end: () => void;
}

/**
 * A BuildLog that logs live what is built where and for how long, with the log of each build when it ends. A
 * terminal shows what is running in place; elsewhere a line says so whenever nothing was logged for 30 s.
 */
export function createLiveLog(
  { log, clock, emit }: LiveLogEffects,
  { locationOf, countBuilds, meter }: LiveLogOptions,
): LiveLog {
  const startedAtMs = clock.nowMs();
  let lastNewsAtMs = startedAtMs;
  // First, since the line that follows puts it on the screen again.
  const noteNews = () => {
    lastNewsAtMs = clock.nowMs();
    log.showStatus?.(builds, renderStatus(readProgress()));
  };
  const tell = (message: string) => {
    noteNews();
    log.info(message);
  };
  const builds = new BuildLog(clock, {
    ...{ locationOf, meter },
    onStart: ({ drvPath, name, location }) => {
      emit({ event: "build-started", drvPath, name, place: placeOf(location) });
      tell(`building ${name} ${renderLocation(location)}`);
    },
    onOutput: ({ drvPath }, line) => {
      emit({ event: "build-output", drvPath, line });
    },
    onEnd: (build, lines, omittedLines) => {
      const { drvPath, name, location, durationMs, outcome } = build;
      emit({ event: "build-ended", drvPath, name, place: placeOf(location), durationMs, outcome });
      noteNews();
      logEnd(log, build, { lines, omittedLines });
    },
    onSubstitutionEnd: ({ storePath, from, durationMs, outcome }) => {
      emit({ event: "substitution-ended", storePath, from, durationMs, outcome });
      const verb = outcome === "failed" ? "could not substitute" : outcome;
      tell(`${verb} ${nameOfStorePath(storePath)} from ${from} in ${renderDuration(durationMs)}`);
    },
  });
  const readProgress = (): Progress => ({
    nowMs: clock.nowMs(),
    startedAtMs,
    running: builds.running,
    substituting: builds.substituting,
    counts: countBuilds?.() ?? builds.counts,
  });
  const stopReporting = repeatInBackground(clock, TICK_MS, () => {
    if (log.showStatus !== undefined) log.showStatus(builds, renderStatus(readProgress()));
    else if (clock.nowMs() - lastNewsAtMs >= HEARTBEAT_MS) tell(renderHeartbeat(readProgress()));
  });
  return {
    builds,
    end: () => {
      stopReporting();
      log.showStatus?.(builds, []);
    },
  };
}

function logEnd(
  log: Log,
  { drvPath, name, location, durationMs, outcome }: DerivationBuild,
  { lines, omittedLines }: { readonly lines: readonly string[]; readonly omittedLines: number },
): void {
  const where = renderLocation(location);
  const verb = outcome === "failed" ? "failed:" : outcome;
  const what = `${verb} ${name} ${where} in ${renderDuration(durationMs)}`;
  const command = renderLogCommand({ drvPath, location });
  // Each line once: the last ones of a failed build are part of the error, which no log folds.
  const shown = outcome === "failed" ? lines.slice(-SHOWN_LOG_LINES) : [];
  const folded = lines.slice(0, lines.length - shown.length);
  const omitted =
    omittedLines === 0 ? [] : [`(${countOf(omittedLines, "earlier line")} left out. ${command})`];
  if (folded.length > 0) {
    log.group(shown.length > 0 ? `${name}: earlier lines` : what, [...omitted, ...folded]);
  } else if (outcome !== "failed") log.info(what);
  if (outcome === "failed") log.error([what, ...shown, command].join("\n"));
}

/** The command that prints the whole log of a build, and where to run it. */
function renderLogCommand({ drvPath, location }: Pick<DerivationBuild, "drvPath" | "location">): string {
  const where = location.kind === "local" ? "" : `, on ${location.uri}`;
  return `The whole log${where}: nix log ${drvPath}`;
}

/** What a build is doing at one moment. */
interface Progress {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly running: readonly RunningBuild[];
  readonly substituting: BuildLog["substituting"];
  readonly counts: BuildCounts;
}

/**
 * What is still running: the build that has been running for longest, the progress of all, and a line for
 * each build that may be stuck.
 */
function renderHeartbeat(progress: Progress): string {
  const { nowMs, running } = progress;
  const stuck = running
    .filter(({ lastOutputAtMs }) => nowMs - lastOutputAtMs >= STUCK_MS)
    .toSorted((a, b) => a.lastOutputAtMs - b.lastOutputAtMs);
  const lines = stuck
    .slice(0, SHOWN_STUCK)
    .map(
      ({ name, location, lastOutputAtMs }) =>
        `  ${name} ${renderLocation(location)} has printed nothing for ` +
        renderDuration(nowMs - lastOutputAtMs),
    );
  const more = stuck.length - lines.length;
  if (more > 0) lines.push(`  and ${countOf(more, "more build")}`);
  const parts = [`still ${renderActivity(progress)}`, renderCounts(progress)];
  return [parts.filter((part) => part !== "").join("; "), ...lines].join("\n");
}

function renderActivity({ nowMs, startedAtMs, running, substituting }: Progress): string {
  const [longest] = running;
  if (longest !== undefined) {
    const last = lastLine(longest);
    const said = last === "" ? "" : `, last line: ${last}`;
    return `building ${renderRunning(longest, nowMs)}${said}`;
  }
  const [path] = substituting;
  if (path !== undefined) {
    const name = nameOfStorePath(path.storePath);
    return `substituting ${name} from ${path.from}, ${renderDuration(nowMs - path.startedAtMs)}`;
  }
  return `waiting for Nix, ${renderDuration(nowMs - startedAtMs)}`;
}

function renderRunning({ name, location, startedAtMs }: RunningBuild, nowMs: number): string {
  return `${name} ${renderLocation(location)}, ${renderDuration(nowMs - startedAtMs)}`;
}

function lastLine({ log }: RunningBuild): string {
  const last = log.findLast((line) => line.trim() !== "") ?? "";
  return last.replace(/\s+/g, " ").trim().slice(0, LAST_LINE_CHARACTERS);
}

/** How far the build is; empty before anything is known about it. */
function renderCounts({ nowMs, startedAtMs, running, counts: { done, expected } }: Progress): string {
  const total = Math.max(expected, done + running.length);
  if (total === 0) return "";
  const left = total - done;
  const msPerBuild = done >= LEAST_DONE_TO_ESTIMATE ? (nowMs - startedAtMs) / done : undefined;
  const estimate =
    msPerBuild === undefined || left === 0 ? "" : `, about ${renderDuration(msPerBuild * left)} left`;
  return `${done} of ${total} done, ${running.length} running${estimate}`;
}

/** The lines of the live view: the progress, then each running build with the last line that it printed. */
function renderStatus(progress: Progress): readonly string[] {
  const { nowMs, running, substituting } = progress;
  const rows =
    running.length > 0
      ? running.map((build) => `  ${renderRunning(build, nowMs)}  ${lastLine(build)}`.trimEnd())
      : substituting.map(({ storePath, from }) => `  ${nameOfStorePath(storePath)} from ${from}`);
  const shown = rows.slice(0, SHOWN_RUNNING);
  const more = rows.length - shown.length;
  const lines = [renderCounts(progress), ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
  return lines.filter((line) => line !== "");
}

/** Where something is built: `locally`, or `on ssh-ng://b2`. */
export function renderLocation(location: BuildLocation): string {
  return location.kind === "local" ? "locally" : `on ${location.uri}`;
}
