import { cpus } from "node:os";

import { type BuilderMachine, openBuilderMachine, tidyModel } from "../../builders/builder-machine.js";
import { isCancelled, renderError } from "../../errors/action-error.js";
import { type Builder, displayName, type Traffic } from "../../model/builder.js";
import type { TargetPlan } from "../../model/plan.js";
import { renewDerivations } from "../../nix/renew-derivations.js";
import { watchMachine } from "../../platform/machine-use.js";
import type { Connection } from "../../ssh/connection.js";
import { BuilderReservations } from "../../remote-build/reservations.js";
import type { ComparisonRow } from "../../report/comparison.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { NixSession } from "../nix-session.js";
import { runStep } from "../run-step.js";
import { buildTarget } from "../stages/build.js";
import { type Candidate, listBuilders } from "./candidates.js";
import type { RepeatableBuild } from "./repeatable-build.js";

/** What one build took. */
export interface Sample {
  readonly wallMs: number;
  /** Of the machines that built; undefined if one of them does not report it. */
  readonly cpuMs: number | undefined;
  /** The most memory that was in use during the build, beyond what was in use before. */
  readonly memoryBytes: number | undefined;
  /** To builders, or by this machine's network interfaces; undefined where that is not known. */
  readonly sentBytes: number | undefined;
  readonly receivedBytes: number | undefined;
}

/** The machines that build in a row: this one, or builders. */
export interface BuildMachines {
  readonly machines: ComparisonRow["machines"];
  readonly link: ComparisonRow["link"];
  /** The sessions for questions about builders; undefined for one that answers none. */
  readonly sessions: readonly (BuilderMachine | undefined)[];
}

/** The sessions for questions about builders: one for each, for all rows. */
export class BuilderSessions {
  readonly #context: Pick<RunContext, "clock" | "log">;
  readonly #opened = new Map<string, Promise<BuilderMachine | undefined>>();

  constructor(context: Pick<RunContext, "clock" | "log">) {
    this.#context = context;
  }

  /** Undefined for a builder that answers no questions. Rejects with `CANCELLED`. */
  open(builder: Builder, connection: Connection | undefined): Promise<BuilderMachine | undefined> {
    const opened = this.#opened.get(builder.alias) ?? this.#tryOpen(builder, connection);
    this.#opened.set(builder.alias, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const opened of await Promise.allSettled(this.#opened.values())) {
      if (opened.status === "fulfilled") opened.value?.close();
    }
  }

  async #tryOpen(builder: Builder, connection: Connection | undefined) {
    const { clock, log } = this.#context;
    try {
      return connection && (await openBuilderMachine(connection, clock));
    } catch (error) {
      if (isCancelled(error)) throw error;
      log.debug(`${builder.host} does not describe its machine: ${renderError(error)}`);
      return undefined;
    }
  }
}

/** Opens the machines of a candidate. Rejects with `CANCELLED`. */
export async function openMachines(
  { target, strategy }: Candidate,
  { pool }: Pick<NixSession, "pool">,
  opened: BuilderSessions,
): Promise<BuildMachines> {
  if (strategy !== "remote") {
    const all = cpus();
    const cpuModel = tidyModel(all[0]?.model ?? "") ?? null;
    return {
      machines: [{ name: "this machine", cpuModel, cpus: all.length }],
      link: { kind: "local", roundTripMs: null },
      sessions: [],
    };
  }
  const builders = listBuilders(target, pool.statuses);
  const sessions = await Promise.all(
    builders.map(({ builder }) => opened.open(builder, pool.connectionOf(builder))),
  );
  const trips = sessions.flatMap((session) => (session === undefined ? [] : [session.roundTripMs]));
  return {
    machines: builders.map(({ builder, facts }, index) => ({
      name: displayName(builder),
      cpuModel: sessions[index]?.cpuModel ?? null,
      cpus: sessions[index]?.cpus ?? facts.cpus ?? null,
    })),
    link: { kind: "ssh", roundTripMs: trips.length === 0 ? null : Math.max(...trips) },
    sessions,
  };
}

export interface MeasureInput {
  readonly job: Pick<Job, "workingDirectory" | "maxSilentMs">;
  readonly session: NixSession;
  readonly plan: TargetPlan;
  readonly machines: BuildMachines;
  /** For the expressions of this run. */
  readonly folder: string;
}

/**
 * Builds once, with derivations of which no machine has the outputs, by the code of every build. Rejects with
 * the codes of `buildTarget`, also if it took more than one attempt.
 */
export async function measureBuild(
  { roots, graph }: RepeatableBuild,
  salt: string,
  { job, session, plan, machines, folder }: MeasureInput,
  context: RunContext,
): Promise<Sample> {
  const { clock } = context;
  const renewed = await renewDerivations(session.runNix, { graph, salt, folder });
  const installables = roots.map((root) => `${renewed.get(root) ?? root}^*`);
  const watchBuild = await watchMachines(plan, machines, context);
  const before = sumTraffic(session);
  const startedAtMs = clock.nowMs();
  const reservations = new BuilderReservations();
  const { record, error } = await runStep(context, () =>
    buildTarget(context, { job, session, plan, installables, reservations }),
  );
  const wallMs = clock.nowMs() - startedAtMs;
  const used = await watchBuild.stop();
  const traffic = plan.strategy === "remote" ? subtract(sumTraffic(session), before) : used[0];
  if (error !== undefined) throw error;
  const [failure] = record.attempts?.flatMap((attempt) => attempt.error ?? []) ?? [];
  if (failure !== undefined) {
    throw failure.with({ message: `the build took several attempts: ${failure.message}` });
  }
  return {
    wallMs,
    cpuMs: combine(used, "cpuMs", (values) => values.reduce((sum, value) => sum + value, 0)),
    memoryBytes: combine(used, "memoryBytes", (values) => Math.max(...values)),
    sentBytes: traffic?.sentBytes,
    receivedBytes: traffic?.receivedBytes,
  };
}

/** What went over all connections to builders so far; undefined if Nix may have opened its own. */
function sumTraffic({ pool }: Pick<NixSession, "pool">): Traffic | undefined {
  const known = [...pool.traffic.values()];
  const sum = (name: keyof Traffic) => known.reduce((total, traffic) => total + traffic[name], 0);
  return known.length === 0
    ? undefined
    : { sentBytes: sum("sentBytes"), receivedBytes: sum("receivedBytes") };
}

function subtract(end: Traffic | undefined, start: Traffic | undefined): Traffic | undefined {
  if (end === undefined || start === undefined) return undefined;
  return {
    // A pod that was never usable is forgotten, with what was sent to it.
    sentBytes: Math.max(0, end.sentBytes - start.sentBytes),
    receivedBytes: Math.max(0, end.receivedBytes - start.receivedBytes),
  };
}

interface BuildUse extends Traffic {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

type Watch = Awaited<ReturnType<BuilderMachine["watch"]>>;

/** Watches the machines that build until `stop`. The use of one that reports nothing is undefined. */
async function watchMachines(
  { strategy }: Pick<TargetPlan, "strategy">,
  { sessions }: BuildMachines,
  { clock }: Pick<RunContext, "clock">,
): Promise<{ readonly stop: () => Promise<readonly (BuildUse | undefined)[]> }> {
  const watchHere = (): Watch => {
    const watched = watchMachine(clock);
    return { stop: () => Promise.resolve(watched.stop()) };
  };
  const watch = async (): Promise<readonly (Watch | undefined)[]> =>
    strategy === "remote" ? Promise.all(sessions.map(async (session) => session?.watch())) : [watchHere()];
  // A watch that ends at once measures the memory that is in use before the build.
  const before = await Promise.all((await watch()).map(async (watched) => watched?.stop()));
  const watches = await watch();
  return {
    stop: () =>
      Promise.all(
        watches.map(async (watched, index) => {
          const [use, start] = [await watched?.stop(), before[index]];
          if (use === undefined || start === undefined) return undefined;
          const memoryBytes = Math.max(0, use.peakMemoryBytes - start.peakMemoryBytes);
          const { cpuMs, sentBytes, receivedBytes } = use;
          return { cpuMs, memoryBytes, sentBytes, receivedBytes };
        }),
      ),
  };
}

/** Undefined if one of the machines reports nothing. */
function combine(
  used: readonly (BuildUse | undefined)[],
  name: "cpuMs" | "memoryBytes",
  merge: (values: readonly number[]) => number,
): number | undefined {
  const known = used.flatMap((use) => use?.[name] ?? []);
  return known.length === 0 || known.length < used.length ? undefined : merge(known);
}
