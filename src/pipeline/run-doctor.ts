import { type ErrorCode, renderError, toActionError, isCancelled } from "../errors/action-error.js";
import { isThroughDaemon } from "../nix-install/installation.js";
import { findNix, isNewEnough } from "../nix-install/present-nix.js";
import { openContainerEngine } from "../smoke/container-engine.js";
import { createPool } from "../builders/create-pool.js";
import { displayName } from "../model/builder.js";
import { countOf } from "../model/count.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { configure, type NixSession, openNixSession } from "./nix-session.js";
import { openRepository } from "./open-repository.js";
import { runStep } from "./run-step.js";

/** The state of one thing that a job depends on. */
export interface Diagnosis {
  readonly part: "nix" | "builder" | "cache" | "registry" | "engine";
  readonly name: string;
  /** A job can run despite warnings, but not despite failures. */
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
  readonly code: ErrorCode | undefined;
  readonly hint: string | undefined;
}

const CALL_LIMIT_MS = 30_000;
/** The tag to look up if the job names none. It need not exist. */
const ANY_TAG = "latest";

/**
 * Examines Nix, builders, cache, registry and container engine as a job would use them, with the same
 * configuration and programs. Installs nothing, builds nothing and pushes nothing. Rejects with the
 * code of an input that cannot be read, or with `CANCELLED`.
 */
export async function runDoctor(job: Job, context: RunContext): Promise<readonly Diagnosis[]> {
  const nix = await runStep(context, () => findNix(context));
  const session =
    nix === undefined || !isNewEnough(nix.version)
      ? undefined
      : await runStep(context, () => openNixSession(job, context));
  const [builders, ...others] = await runStep(context, () =>
    Promise.all([
      examineBuilders(job, session, context),
      examineCache(job, session),
      examineRegistry(job, context),
      examineEngine(job, context),
    ]),
  );
  const examined = await runStep(context, () => examineNix(job, session));
  return [examined, ...builders, ...others.flatMap((found) => found ?? [])];
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

async function examineBuilders(
  job: Job,
  session: NixSession | undefined,
  context: RunContext,
): Promise<readonly Diagnosis[]> {
  const pool =
    session?.pool ??
    createPool(
      await configure(job, context),
      { isThroughDaemon: false, timeoutMs: job.builderTimeoutMs },
      context,
    );
  try {
    await pool.prepareForNix();
    return pool.statuses.map((status): Diagnosis => {
      const about = { part: "builder", name: displayName(status.builder) } as const;
      if (status.state === "dropped") {
        return { ...about, state: "failed", detail: status.reason, code: status.code, hint: status.hint };
      }
      const { nixVersion = "of unknown version" } = status.facts;
      const { systems, maxJobs = 1 } = status.builder;
      const can = `Nix ${nixVersion}, ${systems.join(", ")}, ${countOf(maxJobs, "slot")}`;
      return status.state === "ready"
        ? { ...about, state: "ok", detail: can, code: undefined, hint: undefined }
        : { ...about, state: "warning", detail: status.reason, code: undefined, hint: status.hint };
    });
  } finally {
    await pool.close();
  }
}

async function examineCache({ cache }: Job, session: NixSession | undefined): Promise<Diagnosis | undefined> {
  if (cache === undefined || cache.kind === "github") return undefined;
  if (session === undefined) {
    const detail = "not checked, since no Nix 2.8 or newer was found";
    return { part: "cache", name: cache.uri, state: "warning", detail, code: undefined, hint: undefined };
  }
  return examine("cache", cache.uri, async () => {
    // Do not ask Nix about a folder that does not exist: Nix would create it.
    if (session.cache?.substituter === undefined) return "it is empty";
    await session.runNix(["store", "ping", "--store", cache.uri], { timeoutMs: CALL_LIMIT_MS });
    return "it can be read";
  });
}

async function examineRegistry(job: Job, context: RunContext): Promise<Diagnosis | undefined> {
  const { image, tags } = job;
  if (image?.kind !== "registry") return undefined;
  return examine("registry", `${image.registry}/${image.repository}`, async () => {
    const target = await openRepository(image, job, undefined, context);
    const [tag = ANY_TAG] = tags;
    const digest = await target.readTag(tag);
    return digest === undefined ? `it has no tag ${tag} yet` : `its tag ${tag} points to ${digest}`;
  });
}

async function examineEngine(job: Job, context: RunContext): Promise<Diagnosis | undefined> {
  if (job.smokeTest === undefined) return undefined;
  return examine("engine", "container engine", async () => {
    const { name, system } = await openContainerEngine(context);
    const foreign = job.targets.filter((target) => target !== system);
    if (foreign.length === 0) return `${name}, for ${system ?? ""}`;
    const remedy = job.isEmulatedGateAllowed ? "QEMU" : "allow-emulated-gate or another runner";
    const needs = `the smoke test of ${foreign.join(", ")} needs ${remedy}`;
    return `${name}, for ${system ?? "an unknown CPU"}: ${needs}`;
  });
}

async function examine(
  part: Diagnosis["part"],
  name: string,
  look: () => Promise<string>,
): Promise<Diagnosis> {
  try {
    return { part, name, state: "ok", detail: await look(), code: undefined, hint: undefined };
  } catch (thrown) {
    const error = toActionError(thrown);
    if (isCancelled(error)) throw error;
    return { part, name, state: "failed", detail: renderError(error), code: error.code, hint: error.hint };
  }
}
