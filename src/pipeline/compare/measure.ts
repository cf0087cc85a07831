import { cpus } from "node:os";

import { type BuilderMachine, openBuilderMachine, tidyModel } from "../../builders/builder-machine.js";
import { isCancelled, renderError } from "../../errors/action-error.js";
import { displayName, type Traffic } from "../../model/builder.js";
import type { TargetPlan } from "../../model/plan.js";
import { renewDerivations } from "../../nix/renew-derivations.js";
import { watchMachine } from "../../platform/machine-use.js";
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
  /** Of the machines that built; undefined where they do not tell. */
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

/** Opens the machines of a candidate. Rejects with `CANCELLED`. */
export async function openMachines(
  { target, strategy }: Candidate,
  { pool }: Pick<NixSession, "pool">,
  { clock, log }: RunContext,
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
    builders.map(async ({ builder }) => {
      try {
        const connection = pool.connectionOf(builder);
        return connection === undefined ? undefined : await openBuilderMachine(connection, clock);
      } catch (error) {
        if (isCancelled(error)) throw error;
        log.debug(`${builder.host} does not describe its machine: ${renderError(error)}`);
        return undefined;
      }
    }),
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
  const own = watchMachine(clock);
  const before = sumTraffic(session);
  const startedAtMs = clock.nowMs();
  const reservations = new BuilderReservations();
  const { record, error } = await runStep(context, () =>
    buildTarget(context, { job, session, plan, installables, reservations }),
  );
  const wallMs = clock.nowMs() - startedAtMs;
  const here = own.stop();
  const traffic = plan.strategy === "remote" ? subtract(sumTraffic(session), before) : here;
  const used = await watchBuild.stop();
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
    sentBytes: end.sentBytes - start.sentBytes,
    receivedBytes: end.receivedBytes - start.receivedBytes,
  };
}

interface BuildUse {
  readonly cpuMs: number;
  readonly memoryBytes: number;
}

type Watch = Awaited<ReturnType<BuilderMachine["watch"]>>;

/** Watches the machines that build until `stop`. One that does not tell has no use. */
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
  // A watch that ends at once tells what is in use before the build.
  const before = await Promise.all((await watch()).map(async (watched) => watched?.stop()));
  const watches = await watch();
  return {
    stop: () =>
      Promise.all(
        watches.map(async (watched, index) => {
          const [use, start] = [await watched?.stop(), before[index]];
          if (use === undefined || start === undefined) return undefined;
          const memoryBytes = Math.max(0, use.peakMemoryBytes - start.peakMemoryBytes);
          return { cpuMs: use.cpuMs, memoryBytes };
        }),
      ),
  };
}

/** Undefined if one of the machines does not tell. */
function combine(
  used: readonly (BuildUse | undefined)[],
  name: keyof BuildUse,
  merge: (values: readonly number[]) => number,
): number | undefined {
  const known = used.flatMap((use) => use?.[name] ?? []);
  return known.length === 0 || known.length < used.length ? undefined : merge(known);
}
