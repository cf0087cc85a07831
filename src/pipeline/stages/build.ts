import { countOf } from "../../model/count.js";
import {
  ActionError,
  type ErrorCode,
  renderError,
  toActionError,
  isCancelled,
} from "../../errors/action-error.js";
import type { BuildMode } from "../../model/build-mode.js";
import type { BuildOutcome, Built } from "../../model/build.js";
import { type Builder, countUsable, displayNameForUri, isUsable } from "../../model/builder.js";
import { emitFor, failureOf } from "../../model/run-event.js";
import type { TargetPlan } from "../../model/plan.js";
import type { StorePath } from "../../model/store-path.js";
import type { Strategy } from "../../model/strategy.js";
import { buildAttributes } from "../../nix/build.js";
import { isProtocolError } from "../../nix-protocol/protocol-error.js";
import type { ForcedMode } from "../../plan/build-mode.js";
import { listAttempts } from "../../plan/strategy.js";
import { chooseMode, isStoreReachable, type RemoteBuildPlan } from "../../remote-build/choose-mode.js";
import { buildDistributed } from "../../remote-build/distributed.js";
import { BuilderReservations } from "../../remote-build/reservations.js";
import { buildInSingleStore } from "../../remote-build/single-store.js";
import { chooseInstallables } from "../choose-installables.js";
import type { RunContext } from "../context.js";
import { withEmulator } from "../emulation.js";
import type { Job } from "../job.js";
import type { NixSession } from "../nix-session.js";
import { addToRecord, EMPTY_RECORD, type RunRecord, type StageResult } from "../record.js";

export interface BuildInput {
  readonly job: Pick<Job, "workingDirectory" | "maxSilentMs">;
  readonly session: Pick<
    NixSession,
    "runNix" | "runNixForBuilder" | "runNixStoreCli" | "pool" | "nix" | "substituters"
  >;
  readonly plans: readonly TargetPlan[];
  /** Called with what is built for each target. */
  readonly onChosen?: ((target: string, installables: readonly string[]) => void) | undefined;
  /** For tests: the mode of remote builds, if it is possible. */
  readonly forcedMode?: ForcedMode | undefined;
}

/** A plan, and the store paths of its installables, in their order. */
export interface BuiltTarget {
  readonly plan: TargetPlan;
  readonly storePaths: readonly StorePath[];
}

/** What the attempts to build one target need, besides the context. */
export interface TargetBuild extends Omit<BuildInput, "plans" | "onChosen"> {
  readonly plan: TargetPlan;
  readonly installables: readonly string[];
  readonly reservations: BuilderReservations;
}

/** What building adds to the record of a run. */
type BuildRecord = Pick<RunRecord, "attempts" | "built" | "builds" | "substitutions">;

function pickBuildRecord({ attempts, built, builds, substitutions }: RunRecord): BuildRecord {
  return { attempts, built, builds, substitutions };
}

/** The wait after each attempt, so that the infrastructure can recover. No attempt follows the last one. */
const RETRY_DELAYS_MS = [1_000, 5_000, undefined];

/**
 * Builds all targets at once. If one fails, the others continue, and the next run reuses what they built.
 * Fails as `buildTarget` does, for the first target that failed.
 */
export async function build(
  context: RunContext,
  { plans, onChosen, ...input }: BuildInput,
): Promise<StageResult<readonly BuiltTarget[]>> {
  const reservations = new BuilderReservations();
  const results = await Promise.all(
    plans.map(async (plan) => {
      const { session, job } = input;
      const { workingDirectory } = job;
      const ofTarget = { ...context, emit: emitFor(context.emit, plan.target) };
      const installables = await chooseInstallables({ plan, session, workingDirectory }, ofTarget);
      onChosen?.(plan.target, installables);
      return buildTarget(ofTarget, { ...input, plan, installables, reservations });
    }),
  );
  const record = pickBuildRecord(
    results.reduce((all, result) => addToRecord(all, result.record), EMPTY_RECORD),
  );
  const output: BuiltTarget[] = [];
  for (const [index, plan] of plans.entries()) {
    const result = results[index];
    if (result?.error !== undefined) {
      return { record, error: result.error };
    }
    output.push({ plan, storePaths: result?.output ?? [] });
  }
  const { builds, substitutions } = record;
  const { length: count } = builds.filter(({ outcome }) => outcome === "built");
  const { length: paths } = substitutions.filter(({ outcome }) => outcome === "substituted");
  context.log.info(`${countOf(count, "derivation")} built, ${countOf(paths, "path")} substituted`);
  return { record, output };
}

/**
 * Builds a target's installables with the strategies of its plan. A build that fails through its own fault is
 * not retried. If the infrastructure fails, the builders are probed again and the build continues, in at most
 * three attempts; then the next strategy that builds the same derivation takes over. Fails with the codes of
 * `classifyFailure`, and with `BUILD_SILENT`.
 */
export async function buildTarget(
  context: RunContext,
  target: TargetBuild,
): Promise<StageResult<readonly StorePath[]>> {
  const attempts = new Attempts(context, target);
  try {
    return { output: await attempts.run(), record: attempts.record };
  } catch (thrown) {
    return { error: toActionError(thrown), record: attempts.record };
  }
}

/** Failures of a machine or of the network: another attempt, or another machine, may succeed. */
function isInfrastructure(code: ErrorCode): boolean {
  return ["BUILDER_UNREACHABLE", "NIX_DISK_FULL"].includes(code);
}

/** Failures that may be due to one builder, so that another one may succeed. */
function isOfOneBuilder(code: ErrorCode): boolean {
  return ["BUILDER_HOST_KEY", "BUILDER_DENIED", "BUILD_SILENT"].includes(code);
}

/** The attempts to build one target, and the record of what they did. */
class Attempts {
  readonly #context: RunContext;
  readonly #target: TargetBuild;
  #record = EMPTY_RECORD;
  #forcedMode: ForcedMode | undefined;

  constructor(context: RunContext, target: TargetBuild) {
    this.#context = context;
    this.#target = target;
    this.#forcedMode = target.forcedMode;
  }

  get record(): BuildRecord {
    return pickBuildRecord(this.#record);
  }

  async run(): Promise<readonly StorePath[]> {
    const strategies = listAttempts(this.#target.plan);
    for (const [index, strategy] of strategies.entries()) {
      const result = strategy === "remote" ? await this.#buildRemotely() : await this.#buildHere(strategy);
      if (!(result instanceof ActionError)) return result.map(({ outPath }) => outPath);
      const next = strategies[index + 1];
      if (next === undefined || !isInfrastructure(result.code)) throw result;
      this.#context.log.warning(
        `strategy ${strategy} failed (${renderError(result)}), falling back to ${next}`,
      );
    }
    throw new Error(`the plan of ${this.#target.plan.target} has no strategy`);
  }

  #buildHere(strategy: Strategy): Promise<readonly Built[] | ActionError> {
    const { target } = this.#target.plan;
    if (strategy !== "emulate") {
      const mode = { kind: "local" } as const;
      return this.#attempt(strategy, { mode, reason: "" }, () => this.#runNixBuild(mode));
    }
    this.#context.log.warning(`the build of ${target} is emulated and takes about ten times as long`);
    const mode = { kind: "emulated", system: target } as const;
    return this.#attempt(strategy, { mode, reason: "" }, () =>
      withEmulator(target, this.#context, () => this.#runNixBuild(mode)),
    );
  }

  /**
   * Makes up to three attempts to build remotely, and falls back to Nix's build hook after the first protocol
   * error, because another attempt over the same protocol would get the same answer. Returns, rather than
   * throws, an error that retrying cannot fix.
   */
  async #buildRemotely(): Promise<readonly Built[] | ActionError> {
    const { clock, log } = this.#context;
    const { plan, session } = this.#target;
    const { pool } = session;
    for (const delayMs of RETRY_DELAYS_MS) {
      const usable = countUsable(pool.statuses, plan.target);
      const result = usable === 0 ? this.#noneLeft() : await this.#attemptRemotely();
      if (!(result instanceof ActionError)) return result;
      if (isProtocolError(result) && this.#forcedMode?.kind !== "build-hook") {
        log.warning(`${renderError(result)}. Falling back to Nix's build hook`);
        this.#forcedMode = {
          kind: "build-hook",
          reason: "a builder sent data that our own client cannot read",
        };
        return this.#buildRemotely();
      }
      if (!isInfrastructure(result.code) && !isOfOneBuilder(result.code)) return result;
      if (delayMs === undefined) return result;

      log.warning(`${renderError(result)}. The builders are probed again in ${delayMs / 1000} s`);
      await clock.sleep(delayMs);
      await pool.refresh();
      await pool.awaitReturn(plan.target);
      if (!isInfrastructure(result.code) && countUsable(pool.statuses, plan.target) >= usable) return result;
      log.info("the build continues; finished derivations are reused");
    }
    return this.#noneLeft();
  }

  async #attemptRemotely(): Promise<readonly Built[] | ActionError> {
    const { environment, log } = this.#context;
    const { job, plan, session, installables, reservations } = this.#target;
    const { pool } = session;
    const chosen = await chooseMode(
      {
        plan,
        installables,
        workingDirectory: job.workingDirectory,
        repository: environment["GITHUB_REPOSITORY"] ?? "",
        forced: this.#forcedMode,
      },
      { pool, runNix: session.runNix, log, reservations },
    );
    try {
      // In build-hook mode Nix opens its own SSH connections, so first probe through the system ssh.
      if (chosen.mode.kind === "build-hook") await pool.prepareForNix();
      if (countUsable(pool.statuses, plan.target) === 0) return this.#noneLeft();
      log.info(`remote build of ${plan.target}, mode ${chosen.mode.kind}: ${chosen.reason}`);
      return await this.#attempt("remote", chosen, () => this.#buildInMode(chosen));
    } finally {
      chosen.release();
    }
  }

  #buildInMode(chosen: RemoteBuildPlan): Promise<BuildOutcome> {
    const { runFolder, clock, log, emit } = this.#context;
    const { job, session } = this.#target;
    const effects = { ...session, runFolder, clock, log, emit };
    if (chosen.work !== undefined) {
      const { workingDirectory, maxSilentMs } = job;
      const isReachable = (builder: Builder) => isStoreReachable(session.pool, builder);
      return buildDistributed({ ...chosen.work, workingDirectory, maxSilentMs, isReachable }, effects);
    }
    return chosen.mode.kind === "build-hook"
      ? this.#runNixBuild(chosen.mode)
      : buildInSingleStore(chosen.mode.builder, this.#request, effects);
  }

  get #request() {
    const { job, session, installables } = this.#target;
    return {
      installables,
      nameOf: (uri: string) => displayNameForUri(uri, session.pool.statuses),
      cwd: job.workingDirectory,
      maxSilentMs: job.maxSilentMs,
    };
  }

  #runNixBuild(mode: Exclude<BuildMode, { kind: "single-store" | "distributed" }>): Promise<BuildOutcome> {
    return buildAttributes(this.#target.session.runNix, { ...this.#request, mode }, this.#context);
  }

  /** Makes one attempt and records it. Resolves to what was built, or to the error. */
  async #attempt(
    strategy: Strategy,
    { mode, reason }: { readonly mode: BuildMode; readonly reason: string },
    work: () => Promise<BuildOutcome>,
  ): Promise<readonly Built[] | ActionError> {
    const { clock, emit } = this.#context;
    const { plan, session } = this.#target;
    const { target } = plan;
    await session.substituters.refresh();
    const attempt = { target, strategy, mode: mode.kind };
    const startedAtMs = clock.nowMs();
    emit({ event: "attempt-started", ...attempt, reason });
    let outcome: BuildOutcome;
    try {
      outcome = await work();
    } catch (error) {
      if (!(error instanceof ActionError) || isCancelled(error)) throw error;
      outcome = { built: [], builds: [], substitutions: [], error };
    }
    const { built, builds, substitutions, error } = outcome;
    const durationMs = clock.nowMs() - startedAtMs;
    emit({ event: "attempt-ended", ...attempt, durationMs, error: failureOf(error) });
    this.#record = addToRecord(this.#record, {
      attempts: [{ ...attempt, reason, startedAtMs, durationMs, error }],
      built: new Map(error === undefined ? [[target, built]] : []),
      builds: builds.map((item) => ({ ...item, target })),
      substitutions: substitutions.map((item) => ({ ...item, target })),
    });
    return error ?? built;
  }

  #noneLeft(): ActionError {
    const { plan, session } = this.#target;
    const dropped = session.pool.statuses.filter((status) => !isUsable(status));
    const [remedy, ...others] = new Set(dropped.map(({ hint }) => hint));
    const fix =
      remedy === undefined || others.length > 0 ? "Fix the builders listed in the job summary." : remedy;
    return new ActionError(
      "BUILDER_UNREACHABLE",
      `no builder for ${plan.target} is left: ${dropped.map(({ reason }) => reason).join("; ")}`,
      { hint: `${fix} Then run again; finished derivations are reused.` },
    );
  }
}
