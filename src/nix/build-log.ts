import type { BuildEnd, BuildLocation, BuildUse, DerivationBuild, Substitution } from "../model/build.js";
import { nameOfStorePath } from "../model/store-path.js";
import type { Clock } from "../platform/clock.js";
import { cutLines } from "../platform/log.js";
import type { BuildMeter } from "./build-meter.js";
import type { NixEvent } from "./events.js";
import { findFailedDerivation } from "./failure.js";

/** A derivation that is being built. */
export interface RunningBuild {
  readonly drvPath: string;
  readonly name: string;
  readonly location: BuildLocation;
  readonly startedAtMs: number;
  /** When it last printed a line, or started. */
  readonly lastOutputAtMs: number;
  /** The last lines that it has printed so far. */
  readonly log: readonly string[];
}

/** How far a build is. `expected` counts the derivations to build that are known so far, done or not. */
export interface BuildCounts {
  readonly done: number;
  readonly expected: number;
}

export interface BuildLogListener {
  /** Maps the machine that Nix names for a build, a store URI or the empty string, to its location. */
  readonly locationOf: (machine: string) => BuildLocation;
  /** Measures the builds, if Nix runs all of them on this machine. */
  readonly meter?: BuildMeter | undefined;
  readonly onStart: (build: RunningBuild) => void;
  readonly onOutput?: (build: RunningBuild, line: string) => void;
  /** `omittedLines` is the number of lines that it printed before those of `log`. */
  readonly onEnd: (build: DerivationBuild, log: readonly string[], omittedLines: number) => void;
  readonly onSubstitutionEnd: (substitution: Substitution) => void;
}

const KEPT_LOG_LINES = 10_000;
/** The lines of a failed build that are shown, in the log and in the report. */
export const SHOWN_LOG_LINES = 30;
const SHOWN_CHARACTERS = 1_000;
const KEPT_MESSAGES = 1_000;

/**
 * What one `nix build` did, assembled from its events: which derivations it built, where, and how long they
 * took. Our own clock measures the time, since Nix's events have none. Both the local Nix and the builder's
 * report a build over ssh-ng. It is counted once, as the local Nix reports it, with the log lines of both.
 */
export class BuildLog {
  readonly #clock: Clock;
  readonly #listener: BuildLogListener;
  readonly #byId = new Map<string, { readonly build: MutableBuild; readonly isOurs: boolean }>();
  readonly #byDrv = new Map<string, MutableBuild>();
  readonly #substituting = new Map<string, RunningSubstitution>();
  readonly #builds: DerivationBuild[] = [];
  readonly #substitutions: Substitution[] = [];
  readonly #messages: { level: number; text: string }[] = [];
  /** Builds that have stopped without a word of Nix about how they ended, oldest first. */
  readonly #undecided: MutableBuild[] = [];
  /** The derivations that failed according to Nix's messages. */
  readonly #failedDrvs = new Set<string>();
  #buildsId: string | undefined;
  /** How many builds ended in each way, as Nix counts them, and how many of those are in `builds`. */
  #counted = { built: 0, failed: 0 };
  #seen = { built: 0, failed: 0 };
  #expected = 0;
  /** Downloads that have stopped, and Nix has not counted them as done. */
  #undecidedSubstitutions: Omit<Substitution, "outcome">[] = [];
  /** How many substitutions each Nix has counted: the local one, and those of builders. */
  readonly #substituted = new Map<string, { readonly done: number; readonly failed: number }>();

  constructor(clock: Clock, listener: BuildLogListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  get builds(): readonly DerivationBuild[] {
    return this.#builds;
  }

  get substitutions(): readonly Substitution[] {
    return this.#substitutions;
  }

  /** The builds that are running, or have stopped and Nix has not said how they ended. */
  get running(): readonly RunningBuild[] {
    return [...this.#undecided, ...this.#byDrv.values()];
  }

  /** How far the build is, as Nix counts it. */
  get counts(): BuildCounts {
    return { done: this.#counted.built, expected: this.#expected };
  }

  /** The paths that are being substituted. */
  get substituting(): readonly RunningSubstitution[] {
    return [...this.#substituting.values()];
  }

  /** Errors (Nix's level 0) and warnings (level 1), oldest first. Of many, only the first and the last. */
  get messages(): readonly { readonly level: number; readonly text: string }[] {
    return this.#messages;
  }

  take(event: NixEvent): void {
    switch (event.kind) {
      case "build-started":
        this.#start(event.id, event.drvPath, event.machine);
        break;
      case "builds-started":
        // The first one is from the local Nix; builders send theirs later.
        this.#buildsId ??= event.id;
        break;
      case "substitutions-started":
        this.#substituted.set(event.id, { done: 0, failed: 0 });
        break;
      case "substitution-started":
        this.#startSubstitution(event);
        break;
      case "log-line":
        this.#keepLogLine(event.id, event.line);
        break;
      case "progress":
        if (event.id === this.#buildsId) this.#count(event);
        else if (this.#substituted.has(event.id)) this.#countSubstitutions(event);
        break;
      case "stopped":
        this.#stop(event);
        break;
      case "message":
        if (event.level <= 1) this.#keepMessage(event.level, cutLines(event.text));
        break;
      case "other":
        break;
    }
  }

  /** Call this when Nix has exited. `end` is how the builds ended of which Nix has not said it. */
  close(end: BuildEnd): void {
    for (const build of [...this.#undecided.splice(0), ...this.#byDrv.values()]) {
      this.#finish(build, this.#failedDrvs.has(build.drvPath) ? "failed" : end);
    }
    const undecided = this.#undecidedSubstitutions.splice(0);
    this.#keepSubstitutions(undecided, end === "built" ? "substituted" : "failed");
  }

  #start(id: string, drvPath: string, machine: string): void {
    const running = this.#byDrv.get(drvPath);
    if (running !== undefined) {
      this.#byId.set(id, { build: running, isOurs: false });
      return;
    }
    const startedAtMs = this.#clock.nowMs();
    const build: MutableBuild = {
      drvPath,
      name: nameOfStorePath(drvPath),
      location: this.#listener.locationOf(machine),
      startedAtMs,
      lastOutputAtMs: startedAtMs,
      log: [],
      omittedLines: 0,
    };
    this.#byId.set(id, { build, isOurs: true });
    this.#byDrv.set(drvPath, build);
    this.#listener.meter?.begin(drvPath);
    this.#listener.onStart(build);
  }

  #keepLogLine(id: string, line: string): void {
    const build = this.#byId.get(id)?.build;
    if (build === undefined) return;
    build.lastOutputAtMs = this.#clock.nowMs();
    const cut = cutLines(line);
    build.log.push(cut);
    this.#listener.onOutput?.(build, cut);
    if (build.log.length <= 2 * KEPT_LOG_LINES) return;
    build.log.splice(0, KEPT_LOG_LINES);
    build.omittedLines += KEPT_LOG_LINES;
  }

  #keepMessage(level: number, text: string): void {
    this.#messages.push({ level, text });
    // Keep the first ones: the cause of a failure comes before what follows from it.
    if (this.#messages.length > 3 * KEPT_MESSAGES) this.#messages.splice(KEPT_MESSAGES, KEPT_MESSAGES);
    const failed = level === 0 ? findFailedDerivation(text) : undefined;
    if (failed !== undefined) this.#failedDrvs.add(failed);
  }

  #stop({ id, outcome, use }: Extract<NixEvent, { kind: "stopped" }>): void {
    const known = this.#byId.get(id);
    this.#byId.delete(id);
    if (known?.isOurs === true) {
      this.#byDrv.delete(known.build.drvPath);
      const build = {
        ...known.build,
        stoppedAtMs: this.#clock.nowMs(),
        use: use ?? this.#listener.meter?.end(known.build.drvPath) ?? {},
      };
      if (outcome === undefined) {
        this.#undecided.push(build);
        this.#decide();
      } else this.#finish(build, outcome);
    }
    const substitution = this.#substituting.get(id);
    this.#substituting.delete(id);
    if (substitution !== undefined) {
      const { storePath, from, startedAtMs } = substitution;
      const durationMs = this.#clock.nowMs() - startedAtMs;
      this.#undecidedSubstitutions.push({ storePath, from, durationMs });
    }
  }

  #startSubstitution({ id, storePath, from }: Extract<NixEvent, { kind: "substitution-started" }>): void {
    // Nix tries another substituter only after one failed, and counts the failure only after the last one.
    const earlier = this.#undecidedSubstitutions.filter((undecided) => undecided.storePath === storePath);
    this.#undecidedSubstitutions = this.#undecidedSubstitutions.filter((other) => !earlier.includes(other));
    this.#keepSubstitutions(earlier, "failed");
    this.#substituting.set(id, { storePath, from, startedAtMs: this.#clock.nowMs() });
  }

  /** As with builds, the event of a stop has no outcome. Nix counts it just after the stop. */
  #countSubstitutions({ id, done, failed }: Extract<NixEvent, { kind: "progress" }>): void {
    const before = this.#substituted.get(id) ?? { done: 0, failed: 0 };
    this.#substituted.set(id, { done, failed });
    const take = (count: number) => this.#undecidedSubstitutions.splice(0, Math.max(0, count));
    this.#keepSubstitutions(take(failed - before.failed), "failed");
    this.#keepSubstitutions(take(done - before.done), "substituted");
  }

  #keepSubstitutions(
    ended: readonly Omit<Substitution, "outcome">[],
    outcome: Substitution["outcome"],
  ): void {
    for (const substitution of ended) {
      this.#substitutions.push({ ...substitution, outcome });
      this.#listener.onSubstitutionEnd({ ...substitution, outcome });
    }
  }

  #count({ done, expected, failed }: Extract<NixEvent, { kind: "progress" }>): void {
    this.#counted = { built: done, failed };
    this.#expected = expected;
    this.#decide();
  }

  /**
   * The event of a stop has no outcome, but just before it Nix raises the count of built or of failed builds.
   * A build that stops without either was interrupted, or has a count that is yet to come.
   */
  #decide(): void {
    for (const end of ["failed", "built"] as const) {
      while (this.#undecided.length > 0 && this.#seen[end] < this.#counted[end]) {
        const build = this.#undecided.shift();
        this.#seen[end] += 1;
        if (build !== undefined) this.#finish(build, end);
      }
    }
  }

  #finish(build: MutableBuild, outcome: BuildEnd): void {
    const { drvPath, name, location, startedAtMs, log, omittedLines } = build;
    const { stoppedAtMs = this.#clock.nowMs(), use = {} } = build;
    this.#byDrv.delete(drvPath);
    const last = outcome === "failed" ? log.slice(-SHOWN_LOG_LINES) : [];
    const finished = {
      ...{ drvPath, name, location, startedAtMs },
      durationMs: stoppedAtMs - startedAtMs,
      ...{ outcome, use },
      log: last.map((line) => line.slice(0, SHOWN_CHARACTERS)),
    };
    this.#builds.push(finished);
    this.#listener.onEnd(finished, log, omittedLines);
  }
}

interface RunningSubstitution {
  readonly storePath: string;
  readonly from: string;
  readonly startedAtMs: number;
}

interface MutableBuild extends RunningBuild {
  readonly log: string[];
  omittedLines: number;
  lastOutputAtMs: number;
  readonly stoppedAtMs?: number;
  readonly use?: BuildUse;
}
