import { join } from "node:path";

import { type Connection, stream } from "../../ssh/connection.js";
import { renderNixStoreProgram } from "../../nix-protocol/handshake.js";
import type { BuilderPool } from "../../builders/pool.js";
import { forwardDaemon } from "../../remote-build/forwarded-daemon.js";
import { ActionError, type ErrorCode, renderError } from "../../errors/action-error.js";
import { type Builder, countUsable, displayName, displayNameForUri } from "../../model/builder.js";
import type { TargetPlan } from "../../model/plan.js";
import type { StorePath } from "../../model/store-path.js";
import type { Strategy } from "../../model/strategy.js";
import type { BuildOutcome, Built } from "../../model/build.js";
import { buildAttributes, type BuildWay } from "../../nix/build.js";
import { fetchOutputs } from "../../remote-build/fetch-outputs.js";
import { listAttempts } from "../../plan/strategy.js";
import type { Findings } from "../record.js";
import type { Job, RunContext } from "../job.js";
import type { NixSession } from "./prepare.js";
import { chooseMode, isStoreReachable, type RemoteWay } from "../../remote-build/choose-mode.js";
import type { BuildGraphWork } from "../../remote-build/steps.js";
import { buildDistributed } from "../../remote-build/scheduler.js";

export interface BuildContext {
  readonly job: Job;
  readonly plan: TargetPlan;
  readonly workshop: NixSession;
  readonly world: RunContext;
  readonly findings: Findings;
  /** The aliases of the builders in whose stores targets of this run are built at this moment. */
  readonly stores: Set<string>;
}

export interface BuiltTarget {
  readonly context: BuildContext;
  readonly storePaths: readonly StorePath[];
}

/** Between the attempts, the infrastructure gets time to recover; after the last one there is no further. */
const RETRY_DELAYS_MS = [1_000, 5_000, undefined];

/**
 * Builds the installables by the strategies of the plan. A build that failed by itself ends it at once. Where the infrastructure failed, its
 * builders are probed anew and the build goes on where it was, up to three times; then by the next strategy that builds the same derivation.
 * Every attempt is a finding. Rejects with the codes of `classifyFailure`, and with `BUILD_SILENT`.
 */
export async function build(
  context: BuildContext,
  installables: readonly string[] = context.plan.attributes,
): Promise<readonly StorePath[]> {
  const { plan, world } = context;
  const strategies = listAttempts(plan);
  for (const [index, strategy] of strategies.entries()) {
    const result =
      strategy === "remote"
        ? await buildRemotely(context, installables)
        : await attempt(context, installables, strategy, strategy === "emulate" ? EMULATED : LOCAL);
    if (!(result instanceof ActionError)) {
      return result.map(({ outPath }) => outPath);
    }
    const next = strategies[index + 1];
    if (next === undefined || !isInfrastructure(result.code)) throw result;
    world.log.warning(`${strategy} cannot go on (${renderError(result)}): going on with ${next}`);
  }
  throw new ActionError("INTERNAL", "the plan has no strategy");
}

const LOCAL = { kind: "local", reason: "" } as const;
const EMULATED = { kind: "emulated", reason: "" } as const;

/**
 * Builds all targets at once; the outcome of each in their order. What one of them cannot do does not stop the others: what they build is
 * there the next time. Rejects as `build` does, for the first one that failed.
 */
export async function buildAll(contexts: readonly BuildContext[]): Promise<readonly BuiltTarget[]> {
  const settled = await Promise.allSettled(contexts.map((context) => build(context)));
  return contexts.map((context, i) => {
    const result = settled[i];
    if (result?.status !== "fulfilled") throw result?.reason;
    return { context, storePaths: result.value };
  });
}

/** Failures of machines and of the way to them: another machine may do better. All others stay the same wherever the build runs. */
function isInfrastructure(code: ErrorCode): boolean {
  return ["BUILDER_UNREACHABLE", "NIX_DISK_FULL"].includes(code);
}

/** Failures that another builder may not have. */
function isOfOneBuilder(code: ErrorCode): boolean {
  return ["BUILDER_HOST_KEY", "BUILDER_DENIED", "BUILD_SILENT"].includes(code);
}

/** The remote attempts; a failure that no further one would mend is a value. */
async function buildRemotely(
  context: BuildContext,
  installables: readonly string[],
): Promise<readonly Built[] | ActionError> {
  const { plan, workshop, world } = context;
  const { pool } = workshop;
  for (const delayMs of RETRY_DELAYS_MS) {
    const usable = countUsable(pool.statuses, plan.target);
    const result = usable === 0 ? noneLeft(pool, plan) : await attemptRemotely(context, installables);
    if (!(result instanceof ActionError)) return result;
    if (!isInfrastructure(result.code) && !isOfOneBuilder(result.code)) return result;
    if (delayMs === undefined) return result;

    world.log.warning(`${renderError(result)}. The builders are probed again in ${delayMs / 1000} s`);
    await world.clock.sleep(delayMs);
    await pool.refresh();
    if (!isInfrastructure(result.code) && countUsable(pool.statuses, plan.target) >= usable) return result;
    world.log.info("the build goes on with what is not there yet");
  }
  return noneLeft(pool, plan);
}

/** Where Nix itself will connect to the builders, they are looked at with its eyes before. */
async function attemptRemotely(
  context: BuildContext,
  installables: readonly string[],
): Promise<readonly Built[] | ActionError> {
  const { plan, workshop } = context;
  const way = await chooseMode(
    {
      plan,
      installables,
      workingDirectory: context.job.workingDirectory,
      repository: context.world.environment["GITHUB_REPOSITORY"] ?? "",
      taken: context.stores,
    },
    { ...workshop, log: context.world.log },
  );
  if (way.kind === "build-hook") await workshop.pool.prepareForNix();
  if (countUsable(workshop.pool.statuses, plan.target) === 0) return noneLeft(workshop.pool, plan);
  return attempt(context, installables, "remote", way);
}

function noneLeft(pool: BuilderPool, { target }: TargetPlan): ActionError {
  const reasons = pool.statuses.flatMap((status) => (status.state === "dropped" ? [status.reason] : []));
  return new ActionError("BUILDER_UNREACHABLE", `no builder for ${target} is left: ${reasons.join("; ")}`, {
    hint: "The job summary has the table of builders. What was built so far is kept where it was built.",
  });
}

/** One attempt, kept among the findings. Resolves to what was built, or to why not. */
async function attempt(
  context: BuildContext,
  installables: readonly string[],
  strategy: Strategy,
  way: RemoteWay | typeof LOCAL | typeof EMULATED,
): Promise<readonly Built[] | ActionError> {
  const { plan, world, findings } = context;
  const { clock, log } = world;
  const { target } = plan;
  const startedAtMs = clock.nowMs();
  if (strategy === "remote") log.info(`remote build of ${target}, mode ${way.kind}: ${way.reason}`);
  if (strategy === "emulate")
    log.warning(`the build of ${target} is emulated: it takes about ten times as long`);
  let outcome: BuildOutcome;
  try {
    outcome =
      way.kind === "single-store"
        ? await buildInStore(context, installables, way.builder)
        : way.kind === "distributed"
          ? await buildOverStores(context, way.work)
          : await buildAt(context, installables, renderPlainWay(context, strategy));
  } catch (error) {
    if (!(error instanceof ActionError) || error.code === "CANCELLED") throw error;
    outcome = { built: [], builds: [], substitutions: [], error };
  }
  const { builds = [], substitutions = [] } = findings;
  findings.builds = [...builds, ...outcome.builds];
  findings.substitutions = [...substitutions, ...outcome.substitutions];
  // The image itself comes after the script that writes it, which is what was asked for.
  findings.built = new Map([
    ...(outcome.error === undefined ? [[target, outcome.built] as const] : []),
    ...(findings.built ?? []),
  ]);
  findings.attempts = [
    ...(findings.attempts ?? []),
    {
      target,
      strategy,
      mode: way.kind,
      reason: way.reason,
      startedAtMs,
      durationMs: clock.nowMs() - startedAtMs,
      error: outcome.error,
    },
  ];
  return outcome.error ?? outcome.built;
}

function renderPlainWay({ plan, world }: BuildContext, strategy: Strategy): BuildWay {
  switch (strategy) {
    case "remote":
      return { kind: "build-hook", isTargetHere: world.system === plan.target };
    case "emulate":
      return { kind: "emulated", system: plan.target };
    default:
      return { kind: "local" };
  }
}

function buildAt(
  { job, workshop, world }: BuildContext,
  installables: readonly string[],
  way: BuildWay,
): Promise<BuildOutcome> {
  return buildAttributes(
    way.kind === "single-store" ? workshop.runNixForBuilder : workshop.runNix,
    {
      installables,
      way,
      nameOf: (uri) => displayNameForUri(uri, workshop.pool.statuses),
      cwd: job.workingDirectory,
      maxSilentMs: job.maxSilentMs,
    },
    world,
  );
}

/** What looks like a failure of Nix's own daemon is one of the builder that its socket leads to. */
function blameBuilder(error: ActionError, builder: Builder, connection: Connection): ActionError {
  if (connection.isOpen() && error.code !== "NIX_DAEMON_FAILED") return error;
  return new ActionError("BUILDER_UNREACHABLE", `${builder.host} was lost while it built: ${error.message}`, {
    cause: error.cause,
    hint: "Check that it is up, and the network between.",
  });
}

/** Builds in the store of one builder, and brings the outputs here. */
async function buildInStore(
  context: BuildContext,
  installables: readonly string[],
  builder: Builder,
): Promise<BuildOutcome> {
  const { plan, workshop, world, stores } = context;
  const connection = workshop.pool.connectionOf(builder);
  if (connection === undefined) {
    throw new ActionError("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`);
  }
  const socketFile = join(world.runFolder, `${builder.alias.split("-").at(-1) ?? ""}-${plan.target}.sock`);
  const forwarded = await forwardDaemon(builder, connection, socketFile);
  stores.add(builder.alias);
  try {
    const way = {
      kind: "single-store",
      storeUri: forwarded.storeUri,
      builder: displayName(builder),
      slots: builder.maxJobs ?? 1,
    } as const;
    const outcome = await buildAt(context, installables, way);
    if (outcome.error !== undefined)
      return { ...outcome, error: blameBuilder(outcome.error, builder, connection) };
    return await bringBack(context, outcome, builder, connection);
  } finally {
    stores.delete(builder.alias);
    forwarded.close();
  }
}

/** Builds in the stores of all builders, and brings the outputs here. */
async function buildOverStores(
  { job, workshop, world }: BuildContext,
  work: BuildGraphWork,
): Promise<BuildOutcome> {
  const isReachable = (builder: Builder) => isStoreReachable(workshop.pool, builder);
  const { outcome, locations } = await buildDistributed(
    { ...work, isReachable, workingDirectory: job.workingDirectory, maxSilentMs: job.maxSilentMs },
    { ...workshop, runFolder: world.runFolder, clock: world.clock, log: world.log },
  );
  for (const { store, built } of locations) {
    const brought = await bringBack(
      { workshop, world },
      { ...outcome, built },
      store.builder,
      store.connection,
    );
    if (brought.error !== undefined) return { ...outcome, built: [], error: brought.error };
  }
  return outcome;
}

/** What was built stays told where it cannot be brought here. */
async function bringBack(
  { workshop, world }: Pick<BuildContext, "workshop" | "world">,
  outcome: BuildOutcome,
  builder: Builder,
  connection: Connection,
): Promise<BuildOutcome> {
  const program = renderNixStoreProgram(builder);
  try {
    const copied = await fetchOutputs(outcome.built, {
      runOnBuilder: (line, input) => stream(connection, `/bin/sh -c '${line(program)}'`, input),
      runNixStoreCli: workshop.runNixStoreCli,
    });
    world.log.info(`${copied} store paths came back from ${builder.host}`);
    return outcome;
  } catch (error) {
    if (!(error instanceof ActionError) || error.code === "CANCELLED") throw error;
    return { ...outcome, built: [], error };
  }
}
