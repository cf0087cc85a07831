import { aboutSubject, ActionError, toActionError } from "../errors/action-error.js";
import type { Built, BuildOutcome, BuildUse } from "../model/build.js";
import { type Builder, displayName } from "../model/builder.js";
import { outputPaths } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import type { BuildLog } from "../nix/build-log.js";
import { listExpected } from "../nix/derivation.js";
import { classifyFailure, explainRefusal } from "../nix/failure.js";
import { createLiveLog, type LiveLog, type LiveLogEffects } from "../nix/live-log.js";
import { isProtocolError } from "../nix-protocol/protocol-error.js";
import type { WorkerStore } from "./worker-store.js";
import { BuildProgress } from "./progress.js";
import { type BuildGraphWork, planSteps, type Step } from "./steps.js";
import {
  chooseFor,
  hasOutputs,
  listFree,
  type Worker,
  WorkerSet,
  type WorkerSetEffects,
} from "./worker-set.js";

/** The graph to build, and the builders that may build it. */
export interface ScheduleRequest extends BuildGraphWork {
  /** Stop the build if a derivation has printed nothing for this long. */
  readonly maxSilentMs: number;
  /** Whether a builder's store can be reached over our own connection. */
  readonly isReachable: (builder: Builder) => boolean;
}

export interface ScheduleEffects<S> extends Omit<WorkerSetEffects<S>, "isReachable">, LiveLogEffects {
  /** Copies paths from this machine into a builder's store. */
  readonly upload: (store: S, paths: readonly StorePath[]) => Promise<void>;
}

/** What was built, and which builder has each of the wanted outputs. */
export interface ScheduleResult<S> {
  readonly outcome: BuildOutcome;
  readonly locations: readonly { readonly store: S; readonly built: readonly Built[] }[];
}

/** One attempt to build a step on a builder. */
interface Attempt<S> {
  readonly step: Step;
  readonly worker: Worker<S>;
  readonly id: string;
  /** True once the build itself started, after its inputs were copied. */
  hasStarted: boolean;
  lastOutputAtMs: number;
  use: BuildUse;
}

const TICK_MS = 500;
const PATIENCE_MS = 3_000;
const MAX_FAILURES = 3;

/**
 * Builds a graph on all builders at once. Each derivation starts as soon as its inputs are built, the longest
 * chain first, on a builder with a free slot. Outputs are copied from builder to builder as needed, but not
 * to this machine. Outputs that are lost with a builder are built again on the others. A failed build does
 * not reject: the outcome has the error. A `ProtocolError` ends the build at once, since another mode may
 * still work. Rejects with `CANCELLED`.
 */
export async function scheduleBuild<S extends WorkerStore<S>>(
  request: ScheduleRequest,
  effects: ScheduleEffects<S>,
): Promise<ScheduleResult<S>> {
  const scheduler = new Scheduler(request, effects);
  try {
    await scheduler.run();
    return { outcome: scheduler.outcome(undefined), locations: scheduler.locations() };
  } catch (thrown) {
    const error = toActionError(thrown);
    if (error.code === "CANCELLED" || error.code === "INTERNAL") throw error;
    return { outcome: scheduler.outcome(error), locations: [] };
  } finally {
    scheduler.close();
  }
}

class Scheduler<S extends WorkerStore<S>> {
  readonly #request: ScheduleRequest;
  readonly #effects: ScheduleEffects<S>;
  readonly #steps: readonly Step[];
  readonly #progress: BuildProgress;
  /** The inputs of steps that no step builds. */
  readonly #sources: readonly StorePath[];
  /** All outputs and sources of the derivations: the only paths that one builder may send to another. */
  readonly #expected: ReadonlySet<StorePath>;
  readonly #workers: WorkerSet<S>;
  readonly #running = new Set<Attempt<S>>();
  /** The workers that failed at a step, one entry per failure. */
  readonly #failures = new Map<Step, readonly Worker<S>[]>();
  readonly #live: LiveLog;
  readonly #log: BuildLog;
  readonly #startedAtMs: number;
  readonly #closed = new AbortController();
  /** The number of builders being prepared and steps being built. */
  #tasks = 0;
  #wake: () => void = () => undefined;
  #error: ActionError | undefined;

  constructor(request: ScheduleRequest, effects: ScheduleEffects<S>) {
    this.#request = request;
    this.#effects = effects;
    this.#steps = planSteps(request);
    this.#workers = new WorkerSet(this.#steps, { ...effects, isReachable: request.isReachable });
    this.#progress = new BuildProgress(
      this.#steps,
      new Set(request.wanted.map(({ drvPath }) => drvPath)),
      (step) => this.#workers.haveOutputs(step),
    );
    const made = new Set(this.#steps.flatMap((step) => step.builtInputs));
    this.#sources = [...new Set(this.#steps.flatMap(({ inputs }) => inputs))].filter(
      (path) => !made.has(path),
    );
    this.#expected = listExpected(request.closure);
    this.#startedAtMs = effects.clock.nowMs();
    this.#live = createLiveLog(effects, {
      locationOf: (uri) => ({ kind: "builder", uri }),
      countBuilds: () => {
        const done = this.#log.builds.filter(({ outcome }) => outcome === "built").length;
        return { done, expected: done + this.#progress.countNeeded() };
      },
    });
    this.#log = this.#live.builds;
  }

  async run(): Promise<void> {
    void this.#keepTicking();
    for (;;) {
      for (const worker of this.#workers.takeIn()) this.#track(() => this.#prepare(worker));
      if (this.#workers.noticeLosses()) this.#progress.reviveLost();
      if (this.#error !== undefined) throw this.#error;
      if (this.#progress.isComplete) return;
      if (this.#isTimeToBuild()) this.#dispatch();
      if (this.#tasks === 0) throw this.#noneLeft();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  outcome(error: ActionError | undefined): BuildOutcome {
    this.#log.close("interrupted");
    const { builds, substitutions } = this.#log;
    return { built: error === undefined ? this.#request.wanted : [], builds, substitutions, error };
  }

  /** Each wanted output once, with a builder that has it. */
  locations(): ScheduleResult<S>["locations"] {
    const locations = new Map<S, Built[]>();
    for (const built of this.#request.wanted) {
      const store = this.#workers.findWith(built.outPath);
      if (store === undefined) continue;
      const there = locations.get(store) ?? [];
      there.push(built);
      locations.set(store, there);
    }
    return [...locations].map(([store, built]) => ({ store, built }));
  }

  close(): void {
    this.#closed.abort();
    this.#live.end();
    this.#workers.close();
  }

  /** Checks regularly for silent builds, and lets `run` check for new builders and lost connections. */
  async #keepTicking(): Promise<void> {
    const { signal } = this.#closed;
    try {
      while (!signal.aborted) {
        await this.#effects.clock.sleep(TICK_MS, signal);
        this.#endSilent();
        this.#wake();
      }
    } catch (thrown) {
      if (!signal.aborted) this.#error ??= toActionError(thrown);
      this.#wake();
    }
  }

  async #prepare(worker: Worker<S>): Promise<void> {
    try {
      await this.#fill(worker.store);
      worker.isPrepared = true;
    } catch (thrown) {
      this.#excludeWorker(worker, toActionError(thrown));
    }
  }

  /** Copies the inputs that no step builds into a store, and finishes steps whose outputs it already has. */
  async #fill(store: S): Promise<void> {
    const listLacking = () => this.#sources.filter((path) => !store.has(path));
    // First without fetching: a builder whose daemon hangs is then noticed within seconds.
    await store.queryPresent(this.#sources, false);
    await store.queryPresent(listLacking(), true);
    if (listLacking().length > 0) await this.#effects.upload(store, listLacking());
    await store.queryPresent(
      this.#steps.flatMap(({ derivation }) => outputPaths(derivation)),
      false,
    );
    for (const step of this.#steps) {
      if (this.#progress.isWaiting(step) && hasOutputs(store, step)) this.#progress.finish(step);
    }
  }

  /** Waits up to 3 s for builders to report which outputs they already have, to avoid rebuilding them. */
  #isTimeToBuild(): boolean {
    return this.#workers.isEveryonePrepared || this.#effects.clock.nowMs() - this.#startedAtMs > PATIENCE_MS;
  }

  #dispatch(): void {
    const able = this.#workers.listAble();
    const takeStep = () => this.#progress.takeReady((needs) => listFree(able, needs).length > 0);
    for (let step = takeStep(); step !== undefined; step = takeStep()) {
      const worker = chooseFor(step, listFree(able, step.needs));
      if (worker !== undefined) this.#start(step, worker);
    }
  }

  #start(step: Step, worker: Worker<S>): void {
    const attempt: Attempt<S> = {
      ...{ step, worker, id: `${step.drvPath} ${this.#failuresOf(step).length}` },
      ...{ hasStarted: false, lastOutputAtMs: this.#effects.clock.nowMs(), use: {} },
    };
    worker.running += 1;
    this.#running.add(attempt);
    this.#track(async () => {
      let outcome: "built" | "failed" = "failed";
      try {
        await this.#build(attempt);
        this.#progress.finish(step);
        outcome = "built";
      } catch (thrown) {
        this.#progress.putBack(step);
        this.#failures.set(step, [...this.#failuresOf(step), worker]);
        this.#handleFailure(attempt, toActionError(thrown));
      }
      worker.running -= 1;
      this.#running.delete(attempt);
      if (this.#closed.signal.aborted || !attempt.hasStarted) return;
      this.#log.take({ kind: "stopped", id: attempt.id, outcome, use: attempt.use });
    });
  }

  async #build(attempt: Attempt<S>): Promise<void> {
    const { step, id } = attempt;
    const { store } = attempt.worker;
    const { drvPath, derivation, inputs, builtInputs } = step;
    const { stores } = this.#workers;
    const isExpected = (path: StorePath) => this.#expected.has(path);
    const copied = await Promise.all(builtInputs.map((path) => store.copyFrom(path, stores, isExpected)));
    const copiedBytes = copied.reduce((sum, bytes) => sum + bytes, 0);
    attempt.use = { copiedBytes };
    const noteOutput = () => {
      attempt.lastOutputAtMs = this.#effects.clock.nowMs();
    };
    noteOutput();
    attempt.hasStarted = true;
    this.#log.take({ kind: "build-started", id, drvPath, machine: displayName(store.builder) });
    const answer = await store.build(drvPath, derivation, inputs, (line) => {
      noteOutput();
      this.#log.take({ kind: "log-line", id, line });
    });
    attempt.use = { copiedBytes, cpuMs: answer.cpuMs };
    if (answer.outcome === "failed") {
      throw aboutSubject(classifyFailure([{ level: 0, text: answer.message }]), drvPath);
    }
  }

  /** Ends the build if the derivation itself fails. After other failures, another builder may succeed. */
  #handleFailure({ step, worker }: Attempt<S>, error: ActionError): void {
    if (this.#closed.signal.aborted) return;
    if (isProtocolError(error)) {
      this.#error ??= error;
      return;
    }
    const isInputLost = step.builtInputs.some((path) => this.#workers.findWith(path) === undefined);
    if (!worker.store.connection.isOpen() || isInputLost) return;
    const cause = error.code === "BUILDER_DENIED" ? explainRefusal(error) : error;
    if (["BUILD_FAILED", "HASH_MISMATCH", "CANCELLED", "INTERNAL"].includes(cause.code)) {
      this.#error ??= cause;
      return;
    }
    worker.failures += 1;
    const isAtFault = cause.code !== "BUILDER_UNREACHABLE" || worker.failures >= MAX_FAILURES;
    if (isAtFault) this.#excludeWorker(worker, cause);
    // If one builder keeps failing, the builder may be broken; if several fail at the same step, the step is.
    if (new Set(this.#failuresOf(step)).size >= MAX_FAILURES) this.#error ??= cause;
  }

  #failuresOf(step: Step): readonly Worker<S>[] {
    return this.#failures.get(step) ?? [];
  }

  #excludeWorker(worker: Worker<S>, error: ActionError): void {
    if (this.#closed.signal.aborted) return;
    const isProtocol = isProtocolError(error);
    if (error.code === "CANCELLED" || error.code === "INTERNAL" || isProtocol) this.#error ??= error;
    // Do not drop a builder after a protocol error: Nix's own client may still understand it.
    this.#workers.exclude(worker, error, !isProtocol);
  }

  #endSilent(): void {
    const { maxSilentMs } = this.#request;
    const nowMs = this.#effects.clock.nowMs();
    const silent = [...this.#running].find(({ lastOutputAtMs }) => nowMs - lastOutputAtMs > maxSilentMs);
    if (silent === undefined) return;
    this.#log.take({ kind: "stopped", id: silent.id, outcome: "failed" });
    this.#error ??= new ActionError(
      "BUILD_SILENT",
      `${silent.step.drvPath} has produced no output for ${maxSilentMs / 1000} s ` +
        `on ${silent.worker.store.builder.host}`,
      {
        hint:
          "If this build is expected to be silent, raise max-silent-time. " +
          "Otherwise the build or its builder hangs.",
      },
    );
  }

  #noneLeft(): ActionError {
    return new ActionError(
      "BUILDER_UNREACHABLE",
      `no builder is left for the remaining derivations: ${this.#workers.exclusions.join("; ")}`,
      { hint: "Fix these builders and run again; finished derivations are reused." },
    );
  }

  #track(work: () => Promise<void>): void {
    this.#tasks += 1;
    work()
      .catch((thrown: unknown) => {
        this.#error ??= toActionError(thrown);
      })
      .finally(() => {
        this.#tasks -= 1;
        this.#wake();
      });
  }
}
