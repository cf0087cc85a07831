import type { BuildLocation, DerivationBuild, Substitution } from "../model/build.js";
import { nameOfStorePath } from "../model/store-path.js";
import type { Clock } from "../platform/clock.js";
import type { NixEvent } from "./events.js";

/** A derivation that is being built. */
export interface RunningBuild {
  readonly drvPath: string;
  readonly name: string;
  readonly location: BuildLocation;
  readonly startedAtMs: number;
  /** The last lines that it has printed so far. */
  readonly log: readonly string[];
}

export interface BuildLogListener {
  /** Maps the machine that Nix names for a build, a store URI or the empty string, to its location. */
  readonly locationOf: (machine: string) => BuildLocation;
  readonly onStart: (build: RunningBuild) => void;
  readonly onEnd: (build: DerivationBuild, log: readonly string[]) => void;
}

const KEPT_LOG_LINES = 10_000;

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
  readonly #substituting = new Map<string, { storePath: string; from: string; startedAtMs: number }>();
  readonly #builds: DerivationBuild[] = [];
  readonly #substitutions: Substitution[] = [];
  readonly #messages: { level: number; text: string }[] = [];
  #buildsId: string | undefined;
  #failed = 0;
  #failedBefore = 0;

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

  /** The builds that are running now. */
  get running(): readonly RunningBuild[] {
    return [...this.#byDrv.values()];
  }

  /** Errors (Nix's level 0) and warnings (level 1), oldest first. */
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
      case "substitution-started":
        this.#substituting.set(event.id, { ...event, startedAtMs: this.#clock.nowMs() });
        break;
      case "log-line":
        this.#keepLogLine(event.id, event.line);
        break;
      case "progress":
        // Nix raises this count just before it stops the activity of a failed build; the stop event has no
        // outcome.
        if (event.id === this.#buildsId) this.#failed = event.failed;
        break;
      case "stopped":
        this.#stop(event.id, event.outcome);
        break;
      case "message":
        if (event.level <= 1) this.#messages.push({ level: event.level, text: event.text });
        break;
      case "other":
        break;
    }
  }

  /** Call this when Nix has exited: builds that are still running count as failed. */
  close(): void {
    for (const build of this.#byDrv.values()) this.#finish(build, "failed");
  }

  #start(id: string, drvPath: string, machine: string): void {
    const running = this.#byDrv.get(drvPath);
    if (running !== undefined) {
      this.#byId.set(id, { build: running, isOurs: false });
      return;
    }
    const build: MutableBuild = {
      drvPath,
      name: nameOfStorePath(drvPath),
      location: this.#listener.locationOf(machine),
      startedAtMs: this.#clock.nowMs(),
      log: [],
    };
    this.#byId.set(id, { build, isOurs: true });
    this.#byDrv.set(drvPath, build);
    this.#listener.onStart(build);
  }

  #keepLogLine(id: string, line: string): void {
    const log = this.#byId.get(id)?.build.log;
    if (log === undefined) return;
    log.push(line);
    if (log.length > 2 * KEPT_LOG_LINES) log.splice(0, KEPT_LOG_LINES);
  }

  #stop(id: string, outcome: DerivationBuild["outcome"] | undefined): void {
    const known = this.#byId.get(id);
    this.#byId.delete(id);
    if (known?.isOurs === true) {
      this.#finish(known.build, outcome ?? this.#guessOutcome());
    }
    const substitution = this.#substituting.get(id);
    this.#substituting.delete(id);
    if (substitution !== undefined) {
      const { storePath, from, startedAtMs } = substitution;
      this.#substitutions.push({ storePath, from, durationMs: this.#clock.nowMs() - startedAtMs });
    }
  }

  #guessOutcome(): DerivationBuild["outcome"] {
    if (this.#failed <= this.#failedBefore) return "built";
    this.#failedBefore++;
    return "failed";
  }

  #finish({ log, ...build }: MutableBuild, outcome: DerivationBuild["outcome"]): void {
    this.#byDrv.delete(build.drvPath);
    const finished = { ...build, durationMs: this.#clock.nowMs() - build.startedAtMs, outcome };
    this.#builds.push(finished);
    this.#listener.onEnd(finished, log);
  }
}

interface MutableBuild extends RunningBuild {
  readonly log: string[];
}
