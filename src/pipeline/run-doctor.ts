import { type ErrorCode, renderError, toActionError, isCancelled } from "../errors/action-error.js";
import { isThroughDaemon } from "../nix-install/installation.js";
import { findNix, isNewEnough } from "../nix-install/present-nix.js";
import { createPool } from "../builders/create-pool.js";
import type { BuilderPool } from "../builders/pool.js";
import { type BuilderStatus, displayName } from "../model/builder.js";
import { countOf } from "../model/count.js";
import { renderImageReference } from "../model/image-reference.js";
import type { TargetPlan } from "../model/plan.js";
import { readDerivationPath } from "../nix/flake.js";
import { decidePush } from "../plan/push-policy.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { configure, type NixSession, openNixSession } from "./nix-session.js";
import { compareImages, describeDisk } from "./pool-health.js";
import { runStep } from "./run-step.js";
import { type Inspection, inspect } from "./stages/inspect.js";
import { planFor } from "./stages/plan.js";
import { checkEngine, checkRegistry } from "./stages/preflight.js";

/** The state of one thing that a job depends on. */
export interface Diagnosis {
  readonly part: "nix" | "builder" | "flake" | "cache" | "registry" | "engine";
  readonly name: string;
  /** A job can run despite warnings, but not despite failures. */
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
  readonly code: ErrorCode | undefined;
  readonly hint: string | undefined;
}

const CALL_LIMIT_MS = 30_000;

export interface DoctorOptions {
  /** False if the user did not say what to build, so that there may be no flake. */
  readonly isFlakeExamined: boolean;
}

/**
 * Examines Nix, builders, flake, cache, registry and container engine as a job would use them, with the same
 * configuration and programs, and with the checks that a build makes first. Installs nothing, builds nothing
 * and pushes nothing. Rejects with the code of an input that cannot be read, or with
 * `CANCELLED`.
 */
export async function runDoctor(
  job: Job,
  { isFlakeExamined }: DoctorOptions,
  context: RunContext,
): Promise<readonly Diagnosis[]> {
  const step = <T>(work: () => Promise<T>) => runStep(context, work);
  const nix = await step(() => findNix(context));
  const session =
    nix === undefined || !isNewEnough(nix.version)
      ? undefined
      : await step(() => openNixSession(job, context));
  const [builders, caches, ...others] = await step(() =>
    Promise.all([
      probeBuilders(job, session, context),
      examineCaches(job, session),
      examineRegistry(job, context),
      examineEngine(job, context),
    ]),
  );
  const flakes = isFlakeExamined ? await step(() => examineFlakes(job, { session, builders }, context)) : [];
  return [
    await step(() => examineNix(job, session)),
    ...builders.map(diagnoseBuilder),
    ...diagnosePool(job, builders),
    ...flakes,
    ...[...caches, ...others].flatMap((found) => found ?? []),
    ...(await step(() => examineSubstituters(session))),
  ];
}

/** Sums the diagnoses up in one line: whether something has to be fixed, and what. */
export function renderVerdict(diagnoses: readonly Diagnosis[]): string {
  const count = (state: Diagnosis["state"]) => diagnoses.filter((diagnosis) => diagnosis.state === state);
  const failed = count("failed");
  const warnings = count("warning");
  const warned = warnings.length === 0 ? "" : `, with ${countOf(warnings.length, "warning")}`;
  const checks = countOf(diagnoses.length, "check");
  if (failed.length === 0) return `verdict: ready for a build: ${checks}, none failed${warned}`;
  const parts = [...new Set(failed.map(({ part }) => part))].join(", ");
  return `verdict: not ready for a build: ${failed.length} of ${checks} failed (${parts})${warned}`;
}

async function examineNix(job: Job, session: NixSession | undefined): Promise<Diagnosis> {
  if (session === undefined) {
    const detail = `no Nix 2.8 or newer found; a job would install ${job.nixVersion}`;
    return { part: "nix", name: "nix", state: "warning", detail, code: undefined, hint: undefined };
  }
  const { version, binFolder } = session.nix;
  return examine("nix", "nix", async () => {
    await session.runNix(["store", "ping"], { timeoutMs: CALL_LIMIT_MS });
    const access = isThroughDaemon(session.nix) ? "through its daemon" : "without a daemon";
    return `${version} in ${binFolder}, ${access}`;
  });
}

async function probeBuilders(
  job: Job,
  session: NixSession | undefined,
  context: RunContext,
): Promise<readonly BuilderStatus[]> {
  const pool = session?.pool ?? (await openPool(job, context));
  try {
    await pool.prepareForNix();
    return pool.statuses;
  } finally {
    await pool.close();
  }
}

async function openPool(job: Job, context: RunContext): Promise<BuilderPool> {
  const { configuration, changing } = await configure(job, context);
  const options = { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs, changing };
  return createPool(configuration, options, context);
}

function diagnoseBuilder(status: BuilderStatus): Diagnosis {
  const about = { part: "builder", name: displayName(status.builder) } as const;
  if (status.state === "dropped") {
    return { ...about, state: "failed", detail: status.reason, code: status.code, hint: status.hint };
  }
  const { builder } = status;
  const { nixVersion = "of unknown version" } = status.facts;
  const { systems, maxJobs = 1 } = builder;
  const can = [
    `Nix ${nixVersion}`,
    systems.join(", "),
    countOf(maxJobs, "slot"),
    ...(builder.image === undefined ? [] : describeDisk(status.facts)),
  ].join(", ");
  return status.state === "ready"
    ? { ...about, state: "ok", detail: can, code: undefined, hint: undefined }
    : { ...about, state: "warning", detail: `${status.reason}; ${can}`, code: undefined, hint: status.hint };
}

function diagnosePool({ kubernetesPool }: Job, statuses: readonly BuilderStatus[]): readonly Diagnosis[] {
  if (kubernetesPool === undefined) return [];
  const { pool } = kubernetesPool;
  const health = compareImages(pool, statuses);
  if (health === undefined) return [];
  return [{ part: "builder", name: `${pool.namespace}/${pool.name}`, code: undefined, ...health }];
}

/** Plans each target, and evaluates the packages that the plan chose. */
async function examineFlakes(
  job: Job,
  {
    session,
    builders,
  }: { readonly session: NixSession | undefined; readonly builders: readonly BuilderStatus[] },
  context: RunContext,
): Promise<readonly Diagnosis[]> {
  const name = job.installables.map((installable) => `${installable.flake}#${installable.name}`).join(" ");
  if (session === undefined) return [unchecked("flake", name)];
  let inspection: Inspection;
  try {
    const result = await inspect(context, { job, session });
    if (result.error !== undefined) throw result.error;
    inspection = result.output;
  } catch (thrown) {
    return [diagnoseError("flake", name, thrown)];
  }
  const diagnoses: Diagnosis[] = inspection.lockWarnings.map(({ flake, detail, hint }) => {
    return { part: "flake", name: flake, state: "warning", detail, code: undefined, hint };
  });
  for (const target of job.targets) {
    const look = () => evaluate(planFor(target, { job, inspection, builders }), { job, session });
    diagnoses.push(await examine("flake", `${name} for ${target}`, look));
  }
  return diagnoses;
}

async function evaluate(
  { strategy, verdicts, attributes }: TargetPlan,
  { job, session }: { readonly job: Job; readonly session: NixSession },
): Promise<string> {
  for (const attribute of attributes) {
    await readDerivationPath(session.runNix, attribute, job.workingDirectory);
  }
  const chosen = verdicts.find((verdict) => verdict.strategy === strategy);
  return `${strategy}, ${chosen?.reason ?? ""}`;
}

function examineCaches(
  { caches }: Job,
  session: NixSession | undefined,
): Promise<readonly (Diagnosis | undefined)[]> {
  return Promise.all(
    caches.map(async ({ cache: { kind, uri }, isPulled }) => {
      if (kind === "github") return undefined;
      if (session === undefined) return unchecked("cache", uri);
      const own = session.caches.find(({ record }) => record.cache.uri === uri);
      return examine("cache", uri, async () => {
        // Do not ask Nix about a folder that does not exist: Nix would create it.
        if (own?.substituter === undefined) return isPulled ? "it is empty" : "it is not read";
        await session.runNix(["store", "ping", "--store", uri], { timeoutMs: CALL_LIMIT_MS });
        return "it can be read";
      });
    }),
  );
}

/** A warning for each substituter that a job would leave out. */
async function examineSubstituters(session: NixSession | undefined): Promise<readonly Diagnosis[]> {
  if (session === undefined) return [];
  try {
    await session.substituters.refresh();
  } catch (thrown) {
    return [diagnoseError("cache", "substituters", thrown)];
  }
  return session.substituters.statuses
    .filter(({ state }) => state === "dropped")
    .map(({ uri, reason }): Diagnosis => {
      const hint = "Remove it from Nix's configuration if it is gone. A job goes on without it.";
      return { part: "cache", name: uri, state: "warning", detail: reason, code: undefined, hint };
    });
}

async function examineRegistry(job: Job, context: RunContext): Promise<Diagnosis | undefined> {
  const { image } = job;
  if (image?.kind !== "registry") return undefined;
  const push = decidePush("image", job.push, context.event);
  return examine("registry", renderImageReference(image), () => checkRegistry(job, push, context));
}

async function examineEngine(job: Job, context: RunContext): Promise<Diagnosis | undefined> {
  if (job.smokeTest === undefined) return undefined;
  return examine("engine", "container engine", () => checkEngine(job, context));
}

async function examine(
  part: Diagnosis["part"],
  name: string,
  look: () => Promise<string | undefined>,
): Promise<Diagnosis> {
  try {
    return { part, name, state: "ok", detail: (await look()) ?? "", code: undefined, hint: undefined };
  } catch (thrown) {
    return diagnoseError(part, name, thrown);
  }
}

/** The diagnosis of a part that failed. Throws `CANCELLED`. */
function diagnoseError(part: Diagnosis["part"], name: string, thrown: unknown): Diagnosis {
  const error = toActionError(thrown);
  if (isCancelled(error)) throw error;
  return { part, name, state: "failed", detail: renderError(error), code: error.code, hint: error.hint };
}

function unchecked(part: Diagnosis["part"], name: string): Diagnosis {
  const detail = "not checked, since no Nix 2.8 or newer was found";
  return { part, name, state: "warning", detail, code: undefined, hint: undefined };
}
