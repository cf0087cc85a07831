import { randomBytes } from "node:crypto";
import { join } from "node:path";

import { BuilderStore } from "./builder-store.js";
import { applyDegradedWeights, type BuilderPool } from "../builders/pool.js";
import { forwardDaemon } from "./forwarded-daemon.js";
import { ActionError, renderError, toActionError } from "../errors/action-error.js";
import { type Builder, displayName, isUsable } from "../model/builder.js";
import { outputPaths } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import type { Built, BuildOutcome } from "../model/build.js";
import { createBuildLog } from "../nix/build.js";
import { COPY_LIMIT_MS, type RunNix } from "../nix/command.js";
import { isPresent, listExpected } from "../nix/derivation.js";
import { classifyFailure, explainRefusal } from "../nix/failure.js";
import type { BuildLog } from "../nix/build-log.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { chooseWorker, isFit } from "../plan/worker-choice.js";
import { planSteps, type BuildGraphWork, type Step } from "./steps.js";

/** The work, and who may do it. */
export interface DistributedBuildRequest extends BuildGraphWork {
  readonly workingDirectory: string;
  /** A build that prints nothing for so long is stopped. */
  readonly maxSilentMs: number;
  /** Whether a builder's store can be used by itself. */
  readonly isReachable: (builder: Builder) => boolean;
}

export interface DistributedBuildEffects {
  readonly pool: BuilderPool;
  /** `nix`, with a configuration that may be sent to a builder's daemon. */
  readonly runNixForBuilder: RunNix;
  readonly runNixStoreCli: RunNix;
  readonly runFolder: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** What was built, and which builder has each of the wanted outputs. */
export interface DistributedBuildResult {
  readonly outcome: BuildOutcome;
  readonly locations: readonly { readonly store: BuilderStore; readonly built: readonly Built[] }[];
}

interface Worker {
  readonly store: BuilderStore;
  isPrepared: boolean;
  running: number;
  failures: number;
  /** Why it gets no more. */
  exclusion: string | undefined;
}

const TICK_MS = 500;
const PATIENCE_MS = 3_000;
const MAX_FAILURES = 3;

/**
 * Builds a graph on all builders at once. Every derivation goes, as soon as its inputs are there and in the order of the longest chain, to a
 * builder with a free slot; outputs go from builder to builder as they are needed, and nothing comes here. What was lost with a builder is
 * built anew on the others. Never rejects for a failed build: the error is in the outcome. Rejects with `CANCELLED`.
 */
export async function buildDistributed(
  request: DistributedBuildRequest,
  effects: DistributedBuildEffects,
): Promise<DistributedBuildResult> {
  const scheduler = new Scheduler(request, effects);
  try {
    await scheduler.run();
    return { outcome: scheduler.outcome(undefined), locations: scheduler.places() };
  } catch (thrown) {
    const error = toActionError(thrown);
    if (error.code === "CANCELLED" || error.code === "INTERNAL") throw error;
    return { outcome: scheduler.outcome(error), locations: [] };
  } finally {
    scheduler.close();
  }
}

class Scheduler {
  readonly #request: DistributedBuildRequest;
  readonly #effects: DistributedBuildEffects;
  readonly #steps: readonly Step[];
  readonly #wanted: readonly Step[];
  /** What the steps need and none of them makes. */
  readonly #sources: readonly StorePath[];
  /** All that the derivations may have made or needed. */
  readonly #expected: ReadonlySet<StorePath>;
  readonly #workers: Worker[] = [];
  readonly #tasks = new Set<Promise<void>>();
  readonly #log: BuildLog;
  readonly #startedAtMs: number;
  #isClosed = false;
  #error: ActionError | undefined;

  constructor(request: DistributedBuildRequest, effects: DistributedBuildEffects) {
    this.#request = request;
    this.#effects = effects;
    this.#steps = planSteps(request);
    const wanted = new Set(request.wanted.map(({ drvPath }) => drvPath));
    this.#wanted = this.#steps.filter(({ drvPath }) => wanted.has(drvPath));
    const made = new Set(this.#steps.flatMap((step) => step.builtInputs));
    this.#sources = [...new Set(this.#steps.flatMap(({ inputs }) => inputs))].filter(
      (path) => !made.has(path),
    );
    this.#expected = listExpected(request.closure);
    this.#startedAtMs = effects.clock.nowMs();
    this.#log = createBuildLog(effects, (uri) => ({ kind: "builder", uri }));
  }

  async run(): Promise<void> {
    for (;;) {
      this.#startWorkers();
      const needed = this.#listNeeded();
      if (this.#error !== undefined) throw this.#error;
      if (needed.length === 0) return;
      if (this.#isEveryonePrepared()) this.#dispatch(needed);
      if (this.#tasks.size === 0) throw this.#noneLeft();
      const tick = new AbortController();
      await Promise.race([...this.#tasks, this.#effects.clock.sleep(TICK_MS, tick.signal)]);
      tick.abort();
      this.#endSilent();
    }
  }

  outcome(error: ActionError | undefined): BuildOutcome {
    this.#log.close();
    const { builds, substitutions } = this.#log;
    return { built: error === undefined ? this.#request.wanted : [], builds, substitutions, error };
  }

  /** Each wanted output once, with a builder that has it. */
  places(): DistributedBuildResult["locations"] {
    const places = new Map<BuilderStore, Built[]>();
    for (const built of this.#request.wanted) {
      const store = this.#workers.find((worker) => worker.store.has(built.outPath))?.store;
      if (store !== undefined) places.set(store, [...(places.get(store) ?? []), built]);
    }
    return [...places].map(([store, built]) => ({ store, built }));
  }

  close(): void {
    this.#isClosed = true;
    for (const { store } of this.#workers) store.close();
  }

  /** Builders that are usable, and not at work yet, are prepared. One that came back over a new connection is a new one. */
  #startWorkers(): void {
    const { pool } = this.#effects;
    for (const status of pool.statuses) {
      if (!isUsable(status) || !this.#request.isReachable(status.builder)) continue;
      if (!this.#steps.some(({ needs }) => isFit(status.builder, needs))) continue;
      const connection = pool.connectionOf(status.builder);
      if (connection === undefined || this.#workers.some(({ store }) => store.connection === connection))
        continue;
      const store = new BuilderStore(status.builder, connection);
      const worker: Worker = { store, isPrepared: false, running: 0, failures: 0, exclusion: undefined };
      this.#workers.push(worker);
      this.#track(() =>
        this.#prepare(worker).catch((thrown: unknown) => {
          this.#excludeWorker(worker, toActionError(thrown));
        }),
      );
    }
  }

  /** Brings what no step makes into a builder's store, and learns what is there from other runs. */
  async #prepare(worker: Worker): Promise<void> {
    const { store } = worker;
    await store.queryPresent(this.#sources, true);
    const lacking = this.#sources.filter((path) => !store.has(path));
    if (lacking.length > 0) await this.#upload(store, lacking);
    await store.queryPresent(
      this.#steps.flatMap(({ derivation }) => outputPaths(derivation)),
      false,
    );
    for (const step of this.#steps) {
      if (step.state === "waiting" && store.has(...outputPaths(step.derivation))) step.state = "done";
    }
    worker.isPrepared = true;
  }

  async #upload(store: BuilderStore, paths: readonly StorePath[]): Promise<void> {
    const { runNixForBuilder, runNixStoreCli } = this.#effects;
    const present = await Promise.all(paths.map(isPresent));
    const absent = paths.filter((_, i) => present[i] !== true);
    const limits = { cwd: this.#request.workingDirectory, timeoutMs: COPY_LIMIT_MS };
    if (absent.length > 0) await runNixStoreCli(["--realise", ...absent], limits);
    const socketFile = join(this.#effects.runFolder, `upload-${randomBytes(4).toString("hex")}.sock`);
    const forwarded = await forwardDaemon(store.builder, store.connection, socketFile);
    try {
      const to = ["--no-check-sigs", "--substitute-on-destination", "--to", forwarded.storeUri];
      await runNixForBuilder(["copy", ...to, ...paths], limits);
    } finally {
      forwarded.close();
    }
    store.markPresent(paths);
  }

  /** The steps that are still to be done; those whose outputs went with their builder are so again. */
  #listNeeded(): readonly Step[] {
    const needed = new Set<Step>();
    for (const step of this.#steps.toReversed()) {
      if (!this.#wanted.includes(step) && !step.dependents.some((other) => needed.has(other))) continue;
      const isLost = !this.#workers.some(({ store }) => store.has(...outputPaths(step.derivation)));
      if (step.state === "done" && isLost) step.state = "waiting";
      if (step.state !== "done") needed.add(step);
    }
    return [...needed];
  }

  /** What one has from other runs need not be built on another; but nobody is waited for long. */
  #isEveryonePrepared(): boolean {
    const isLate = this.#effects.clock.nowMs() - this.#startedAtMs > PATIENCE_MS;
    return (
      isLate || this.#workers.every(({ isPrepared, exclusion }) => isPrepared || exclusion !== undefined)
    );
  }

  #dispatch(needed: readonly Step[]): void {
    const { statuses } = this.#effects.pool;
    const weighed = new Map(applyDegradedWeights(statuses).map((builder) => [builder.alias, builder]));
    const degraded = new Set(
      statuses.flatMap(({ state, builder }) => (state === "degraded" ? [builder.alias] : [])),
    );
    const ready = needed.filter(
      ({ state, dependencies }) =>
        state === "waiting" && dependencies.every((other) => other.state === "done"),
    );
    for (const step of ready.toSorted((a, b) => b.height - a.height)) {
      const free = this.#workers.flatMap((worker) => {
        const builder = weighed.get(worker.store.builder.alias);
        const isAble =
          builder !== undefined &&
          worker.isPrepared &&
          worker.exclusion === undefined &&
          worker.store.connection.isOpen();
        if (!isAble || !isFit(builder, step.needs)) return [];
        if (worker.running >= Math.min(builder.maxJobs ?? 1, worker.store.maxBuilds)) return [];
        const inputs = step.builtInputs.filter((path) => worker.store.has(path)).length;
        return [
          { worker, builder, isDegraded: degraded.has(builder.alias), running: worker.running, inputs },
        ];
      });
      const chosen = chooseWorker(free);
      if (chosen !== undefined) this.#start(step, chosen.worker);
    }
  }

  #start(step: Step, worker: Worker): void {
    step.state = "running";
    step.hasStarted = false;
    worker.running += 1;
    const id = `${step.drvPath} ${step.failures}`;
    this.#track(async () => {
      try {
        await this.#build(step, worker, id);
        step.state = "done";
      } catch (thrown) {
        step.state = "waiting";
        step.failures += 1;
        this.#handleFailure(step, worker, toActionError(thrown));
      }
      worker.running -= 1;
      if (this.#isClosed || !step.hasStarted) return;
      this.#log.take({ kind: "stopped", id, outcome: step.state === "done" ? "built" : "failed" });
    });
  }

  async #build(step: Step, { store }: Worker, id: string): Promise<void> {
    const { drvPath, derivation, inputs, builtInputs } = step;
    const noteOutput = () => {
      step.lastOutputAtMs = this.#effects.clock.nowMs();
    };
    noteOutput();
    const stores = this.#workers.map((worker) => worker.store);
    const isExpected = (path: StorePath) => this.#expected.has(path);
    await Promise.all(builtInputs.map((path) => store.copyFrom(path, stores, isExpected)));
    noteOutput();
    step.hasStarted = true;
    this.#log.take({ kind: "build-started", id, drvPath, machine: displayName(store.builder) });
    const answer = await store.build(drvPath, derivation, inputs, (line) => {
      noteOutput();
      this.#log.take({ kind: "log-line", id, line });
    });
    if (answer.outcome === "failed") throw classifyFailure([{ level: 0, text: answer.message }]);
  }

  /** A build that failed by itself ends it all; whatever else failed may go better elsewhere. */
  #handleFailure(step: Step, worker: Worker, error: ActionError): void {
    if (this.#isClosed) return;
    const isInputLost = !step.builtInputs.every((path) => this.#workers.some(({ store }) => store.has(path)));
    if (!worker.store.connection.isOpen() || isInputLost) return;
    const cause = error.code === "BUILDER_DENIED" ? explainRefusal(error) : error;
    if (["BUILD_FAILED", "CANCELLED", "INTERNAL"].includes(cause.code) || step.failures >= MAX_FAILURES) {
      this.#error ??= cause;
      return;
    }
    worker.failures += 1;
    if (cause.code !== "BUILDER_UNREACHABLE" || worker.failures >= MAX_FAILURES)
      this.#excludeWorker(worker, cause);
  }

  #excludeWorker(worker: Worker, error: ActionError): void {
    if (this.#isClosed) return;
    if (error.code === "CANCELLED" || error.code === "INTERNAL") this.#error ??= error;
    worker.exclusion = renderError(error);
    // A lost connection has told so itself.
    if (worker.store.connection.isOpen()) this.#effects.pool.drop(worker.store.builder, error);
  }

  #endSilent(): void {
    const { maxSilentMs } = this.#request;
    const nowMs = this.#effects.clock.nowMs();
    const silent = this.#steps.find(
      ({ state, lastOutputAtMs }) => state === "running" && nowMs - lastOutputAtMs > maxSilentMs,
    );
    if (silent === undefined) return;
    this.#error ??= new ActionError(
      "BUILD_SILENT",
      `nothing was heard of ${silent.drvPath} for ${maxSilentMs / 1000} s`,
      {
        hint: "Raise max-silent-time if the build is silent by nature; else it hangs, or its builder does.",
      },
    );
  }

  #noneLeft(): ActionError {
    const reasons = this.#workers.flatMap(({ exclusion }) => (exclusion === undefined ? [] : [exclusion]));
    return new ActionError(
      "BUILDER_UNREACHABLE",
      `no builder is left for what is to be built: ${reasons.join("; ")}`,
      {
        hint: "The job summary has the table of builders. What was built so far is kept where it was built.",
      },
    );
  }

  #track(work: () => Promise<void>): void {
    const task = work().finally(() => this.#tasks.delete(task));
    this.#tasks.add(task);
  }
}
