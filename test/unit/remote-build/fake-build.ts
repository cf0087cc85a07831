import { ActionError } from "../../../src/errors/action-error.js";
import type { BuildAnswer } from "../../../src/model/build.js";
import type { Builder, BuilderStatus } from "../../../src/model/builder.js";
import { type Derivation, outputPaths } from "../../../src/model/derivation.js";
import type { StorePath } from "../../../src/model/store-path.js";
import type { Clock } from "../../../src/platform/clock.js";
import type { Log } from "../../../src/platform/log.js";
import type { WorkerStore } from "../../../src/remote-build/worker-store.js";
import {
  scheduleBuild,
  type ScheduleEffects,
  type ScheduleRequest,
} from "../../../src/remote-build/scheduler.js";
import type { Connection } from "../../../src/ssh/connection.js";

export const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;
/** The name of a store path or derivation. */
export const nameOf = (storePath: string): string => storePath.slice(path("").length).replace(/\.drv$/, "");

/** A graph: the names of derivations, each with the names of its inputs. */
export type Graph = Readonly<Record<string, readonly string[]>>;

/** A chain `a` ← `b` ← `c`, an independent `e`, and `d`, which needs `c` and `e`. */
export const GRAPH: Graph = { a: [], b: ["a"], c: ["b"], e: [], d: ["c", "e"] };

export function derive(name: string, inputs: readonly string[], features = ""): Derivation {
  return {
    outputs: [{ name: "out", path: path(name), hashAlgorithm: "", hash: "" }],
    inputs: new Map(inputs.map((input) => [path(`${input}.drv`), ["out"]])),
    sources: [path("source")],
    platform: "x86_64-linux",
    builder: Buffer.from("/bin/sh"),
    args: [],
    environment: [[Buffer.from("requiredSystemFeatures"), Buffer.from(features)]],
  };
}

export function planWork(graph: Graph, wanted: readonly string[]) {
  return {
    wanted: wanted.map((name) => ({ drvPath: path(`${name}.drv`), outPath: path(name) })),
    missing: Object.keys(graph).map((name) => path(`${name}.drv`)),
    closure: new Map(
      Object.entries(graph).map(([name, inputs]) => [path(`${name}.drv`), derive(name, inputs)]),
    ),
  };
}

export interface FakeBuilderOptions {
  readonly maxJobs?: number;
  readonly state?: "ready" | "degraded";
  /** What its store has from earlier runs. */
  readonly present?: readonly string[];
}

/** How a builder builds a derivation: it answers or rejects. */
export type Build = (name: string, say: (line: string) => void) => Promise<BuildAnswer>;

/** A builder whose connection a test can cut. Records what it built and copied. */
export class FakeBuilder {
  readonly builder: Builder;
  readonly state: "ready" | "degraded";
  readonly built: string[] = [];
  readonly copied: string[] = [];
  readonly stored: Set<StorePath>;
  connection: Connection | undefined;
  build: Build = () => Promise.resolve({ outcome: "built" });
  readonly #onLoss = new Set<(error: Error) => void>();
  #error: Error = new Error("no loss");

  constructor(host: string, { maxJobs = 1, state = "ready", present = [] }: FakeBuilderOptions = {}) {
    this.state = state;
    this.stored = new Set(present.map(path));
    this.builder = {
      ...{ alias: host, protocol: "ssh-ng", user: undefined, host, port: 22, query: "" },
      ...{ systems: ["x86_64-linux"], maxJobs, speedFactor: 1, supportedFeatures: [], mandatoryFeatures: [] },
      ...{ keyFile: undefined, hostKey: undefined },
    };
    this.connect();
  }

  connect(): void {
    let isOpen = true;
    this.connection = {
      hostKey: { type: "", fingerprint: "", line: "" } as unknown as Connection["hostKey"],
      openChannel: () => Promise.reject(new Error("a fake builder has no channels")),
      traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
      isOpen: () => isOpen,
      onClose: () => undefined,
      close: () => (isOpen = false),
    };
  }

  /** Cuts the connection: running and later requests reject with `error`. */
  lose(error: ActionError): void {
    this.connection?.close();
    this.#error = error;
    this.connection = undefined;
    for (const reject of this.#onLoss) reject(error);
  }

  /** Settles as `work` does, or rejects when the connection is cut. */
  async during<T>(work: Promise<T>): Promise<T> {
    let onLoss: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      onLoss = reject;
    });
    this.#onLoss.add(onLoss);
    if (this.connection === undefined) onLoss(this.#error);
    try {
      return await Promise.race([work, lost]);
    } finally {
      this.#onLoss.delete(onLoss);
    }
  }
}

/** A builder that takes `seconds` of the fake clock's time for each derivation. */
export function slowBuilder(clock: Clock, host: string, seconds = 1): FakeBuilder {
  const fake = new FakeBuilder(host);
  fake.build = async () => {
    await clock.sleep(seconds * 1000);
    return { outcome: "built" };
  };
  return fake;
}

/** The size of every path. */
export const COPIED_BYTES = 100;

export const never = (): Promise<never> => new Promise(() => undefined);

export function unreachable(message = "the connection was lost"): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", message, { hint: "None." });
}

/** A store whose calls are counted: a test checks that their number grows no faster than the graph. */
class FakeStore implements WorkerStore<FakeStore> {
  readonly builder: Builder;
  readonly connection: Connection;
  readonly maxBuilds = Infinity;
  readonly #fake: FakeBuilder;
  readonly #count: () => void;
  readonly #paths = new Set<StorePath>();

  constructor(fake: FakeBuilder, connection: Connection, count: () => void) {
    this.builder = fake.builder;
    this.connection = connection;
    this.#fake = fake;
    this.#count = count;
  }

  has(storePath: StorePath): boolean {
    this.#count();
    return this.connection.isOpen() && this.#paths.has(storePath);
  }

  async queryPresent(paths: readonly StorePath[]): Promise<void> {
    this.#count();
    await this.#fake.during(Promise.resolve());
    for (const storePath of paths) if (this.#fake.stored.has(storePath)) this.#paths.add(storePath);
  }

  async copyFrom(storePath: StorePath, others: readonly FakeStore[]): Promise<number> {
    if (this.has(storePath)) return 0;
    const source = others.find((other) => other.has(storePath));
    if (source === undefined) throw new Error(`no store has ${storePath}`);
    await this.#fake.during(source.#fake.during(Promise.resolve()));
    this.#fake.copied.push(nameOf(storePath));
    this.add(storePath);
    return COPIED_BYTES;
  }

  async build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer> {
    for (const input of inputs)
      if (!this.has(input)) throw new Error(`${input} was not copied before the build`);
    const answer = await this.#fake.during(this.#fake.build(nameOf(drvPath), onLogLine));
    if (answer.outcome === "built") {
      this.#fake.built.push(nameOf(drvPath));
      for (const output of outputPaths(derivation)) this.add(output);
    }
    return answer;
  }

  close(): void {
    this.#count();
  }

  add(storePath: StorePath): void {
    this.#fake.stored.add(storePath);
    this.#paths.add(storePath);
  }
}

/** Starts a build on fake builders. `pool` may grow while it runs. */
export function startBuild(
  pool: readonly FakeBuilder[],
  request: Pick<ScheduleRequest, "wanted" | "missing" | "closure"> & { readonly maxSilentMs?: number },
  clock: Clock,
) {
  const dropped = new Map<Builder, ActionError>();
  const lines: string[] = [];
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const note = (line: string) => lines.push(line);
  const ignore = () => undefined;
  const log: Log = { info: note, debug: ignore, warning: note, error: note, group: note, mask: ignore };
  const effects: ScheduleEffects<FakeStore> = {
    pool: {
      get statuses() {
        return pool.map((fake) => statusOf(fake, dropped));
      },
      connectionOf: (builder) => pool.find((fake) => fake.builder === builder)?.connection,
      drop: (builder, error) => dropped.set(builder, error),
    },
    openStore: (builder, connection) => {
      const fake = pool.find((other) => other.builder === builder);
      if (fake === undefined) throw new Error("a builder that is not in the pool");
      return new FakeStore(fake, connection, count);
    },
    upload: (store, paths) => {
      for (const storePath of paths) store.add(storePath);
      return Promise.resolve();
    },
    clock,
    log,
    emit: ignore,
  };
  const result = scheduleBuild({ maxSilentMs: 60_000, isReachable: () => true, ...request }, effects);
  return { result, dropped, lines, countCalls: () => calls };
}

function statusOf(fake: FakeBuilder, dropped: ReadonlyMap<Builder, ActionError>): BuilderStatus {
  const { builder, state, connection } = fake;
  const words = { builder, reason: "", hint: "" };
  if (connection === undefined || dropped.has(builder))
    return { ...words, state: "dropped", code: "BUILDER_UNREACHABLE" };
  const facts = {} as Extract<BuilderStatus, { readonly state: "ready" }>["facts"];
  return state === "ready" ? { state, builder, facts, probeMs: 0 } : { ...words, state, facts, probeMs: 0 };
}
