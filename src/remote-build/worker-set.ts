import { applyDegradedWeights } from "../builders/degraded-weights.js";
import type { BuilderPool } from "../builders/pool.js";
import { type ActionError, renderError } from "../errors/action-error.js";
import { type Builder, isUsable } from "../model/builder.js";
import { type BuildNeeds, outputPaths } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import { chooseWorker, isFit } from "../plan/worker-choice.js";
import type { Connection } from "../ssh/connection.js";
import type { WorkerStore } from "./worker-store.js";
import type { Step } from "./steps.js";

/** A builder that takes part in one build. */
export interface Worker<S> {
  readonly store: S;
  isPrepared: boolean;
  running: number;
  failures: number;
  /** Why it gets no more builds; undefined while it does. */
  exclusion: string | undefined;
}

export interface WorkerSetEffects<S> {
  readonly pool: Pick<BuilderPool, "statuses" | "connectionOf" | "drop">;
  /** Whether a builder's store can be reached over our own connection. */
  readonly isReachable: (builder: Builder) => boolean;
  readonly openStore: (builder: Builder, connection: Connection) => S;
}

/** A worker that can take builds, with the pool's current view of its builder. */
export interface AbleWorker<S> {
  readonly worker: Worker<S>;
  readonly builder: Builder;
  readonly isDegraded: boolean;
}

/** The builders that take part in one build. Each can build at least one step; they may join and leave. */
export class WorkerSet<S extends WorkerStore<S>> {
  readonly #effects: WorkerSetEffects<S>;
  readonly #kindsOfNeeds: readonly BuildNeeds[];
  readonly #workers: Worker<S>[] = [];
  readonly #lost = new Set<Worker<S>>();

  constructor(steps: readonly Step[], effects: WorkerSetEffects<S>) {
    this.#effects = effects;
    this.#kindsOfNeeds = [...new Set(steps.map(({ needs }) => needs))];
  }

  get stores(): readonly S[] {
    return this.#workers.map(({ store }) => store);
  }

  /** The reasons why workers get no more builds. */
  get exclusions(): readonly string[] {
    return this.#workers.flatMap(({ exclusion, store }) => {
      if (exclusion !== undefined) return [exclusion];
      return store.connection.isOpen() ? [] : [`${store.builder.host}: the connection was lost`];
    });
  }

  get isEveryonePrepared(): boolean {
    return this.#workers.every(({ isPrepared, exclusion }) => isPrepared || exclusion !== undefined);
  }

  /** Adds the builders that have become usable. A builder that has reconnected is added as a new worker. */
  takeIn(): readonly Worker<S>[] {
    const { pool, isReachable, openStore } = this.#effects;
    const known = new Set(this.#workers.map(({ store }) => store.connection));
    const joined: Worker<S>[] = [];
    for (const status of pool.statuses) {
      if (!isUsable(status) || !isReachable(status.builder)) continue;
      if (!this.#kindsOfNeeds.some((needs) => isFit(status.builder, needs))) continue;
      const connection = pool.connectionOf(status.builder);
      if (connection === undefined || known.has(connection)) continue;
      const store = openStore(status.builder, connection);
      joined.push({ store, isPrepared: false, running: 0, failures: 0, exclusion: undefined });
    }
    this.#workers.push(...joined);
    return joined;
  }

  /** Whether a connection was lost since the last call. */
  noticeLosses(): boolean {
    const before = this.#lost.size;
    for (const worker of this.#workers) if (!worker.store.connection.isOpen()) this.#lost.add(worker);
    return this.#lost.size > before;
  }

  findWith(path: StorePath): S | undefined {
    return this.#workers.find(({ store }) => store.has(path))?.store;
  }

  /** Whether one of the workers has all outputs of a step. */
  haveOutputs(step: Step): boolean {
    return this.#workers.some(({ store }) => hasOutputs(store, step));
  }

  listAble(): readonly AbleWorker<S>[] {
    const { statuses } = this.#effects.pool;
    const weighed = new Map(applyDegradedWeights(statuses).map((builder) => [builder.alias, builder]));
    const degraded = new Set(
      statuses.flatMap(({ state, builder }) => (state === "degraded" ? [builder.alias] : [])),
    );
    return this.#workers.flatMap((worker) => {
      const builder = weighed.get(worker.store.builder.alias);
      const isAble = worker.isPrepared && worker.exclusion === undefined && worker.store.connection.isOpen();
      return builder !== undefined && isAble
        ? [{ worker, builder, isDegraded: degraded.has(builder.alias) }]
        : [];
    });
  }

  /** Gives a worker no more builds. With `drop`, the pool drops the builder for other builds too. */
  exclude(worker: Worker<S>, error: ActionError, drop: boolean): void {
    worker.exclusion = renderError(error);
    // If the connection closed, the pool has already dropped this builder.
    if (drop && worker.store.connection.isOpen()) this.#effects.pool.drop(worker.store.builder, error);
  }

  close(): void {
    for (const { store } of this.#workers) store.close();
  }
}

/** The workers that can meet these needs and have a free slot. */
export function listFree<S extends WorkerStore<S>>(
  able: readonly AbleWorker<S>[],
  needs: BuildNeeds,
): readonly AbleWorker<S>[] {
  return able.filter(
    ({ worker, builder }) =>
      worker.running < Math.min(builder.maxJobs ?? 1, worker.store.maxBuilds) && isFit(builder, needs),
  );
}

/** The best of these workers for a step. */
export function chooseFor<S extends WorkerStore<S>>(
  { builtInputs }: Step,
  free: readonly AbleWorker<S>[],
): Worker<S> | undefined {
  const candidates = free.map((able) => ({
    ...able,
    running: able.worker.running,
    inputs: builtInputs.filter((path) => able.worker.store.has(path)).length,
  }));
  return chooseWorker(candidates)?.worker;
}

export function hasOutputs<S extends WorkerStore<S>>(store: S, { derivation }: Step): boolean {
  return outputPaths(derivation).every((path) => store.has(path));
}
