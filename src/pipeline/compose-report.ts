import { type ActionError, renderError, isCancelled } from "../errors/action-error.js";
import { placeOf } from "../model/build.js";
import { type BuilderStatus, displayName } from "../model/builder.js";
import { renderImageReference } from "../model/image-reference.js";
import type { TargetSystem } from "../model/system.js";
import { originOf } from "../nix-install/installation.js";
import type { Report } from "../report/report.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { type CacheRecord, isFromCache, type RunRecord } from "./record.js";

export interface ReportParts {
  readonly job: Pick<Job, "image"> & { readonly targets?: readonly TargetSystem[] | undefined };
  readonly context: RunContext;
  readonly startedAtMs: number;
  readonly phases: Report["phases"];
  readonly record: RunRecord;
  /** Which of the builds each of them depends on directly. */
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
  readonly error: ActionError | undefined;
}

/** Composes the report of a run from the record of its stages. */
export function composeReport(parts: ReportParts): Report {
  const { job, context, startedAtMs, phases, record, dependencies, error } = parts;
  const { nix, promotion } = record;
  return {
    version: 2,
    outcome: error === undefined ? "success" : isCancelled(error) ? "cancelled" : "failure",
    error: error === undefined ? null : { code: error.code, message: renderError(error), hint: error.hint },
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: context.clock.nowMs() - startedAtMs,
    commit: context.event.commit ?? null,
    runUrl: renderRunUrl(context.environment),
    host: { system: context.system, event: context.event.name ?? null },
    nix: nix === undefined ? null : { version: nix.version, ...originOf(nix) },
    builders: record.builders.map((status) => ({
      ...composeBuilder(status),
      use: composeBuilderUse(status, record),
    })),
    builderChanges: record.builderChanges.map(({ builder, atMs, state, reason }) => ({
      uri: displayName(builder),
      at: new Date(atMs).toISOString(),
      state,
      reason,
    })),
    plans: record.plans.map((plan) => ({
      ...plan,
      attributes: [...plan.attributes],
      verdicts: plan.verdicts.map((verdict) => ({ ...verdict })),
    })),
    attempts: record.attempts.map(({ startedAtMs: atMs, error: failure, ...rest }) => ({
      ...rest,
      startedAt: new Date(atMs).toISOString(),
      outcome: failure === undefined ? ("built" as const) : ("failed" as const),
      code: failure?.code ?? null,
      message: failure === undefined ? null : renderError(failure),
    })),
    storePaths: (job.targets ?? []).flatMap((target) =>
      (record.built.get(target) ?? []).map(({ outPath }) => outPath),
    ),
    builds: record.builds.map(({ location, startedAtMs: atMs, log, use, ...rest }) => ({
      ...rest,
      log: [...log],
      use: {
        cpuMs: use.cpuMs ?? null,
        peakMemoryBytes: use.peakMemoryBytes ?? null,
        copiedBytes: use.copiedBytes ?? null,
      },
      dependencies: [...(dependencies.get(rest.drvPath) ?? [])],
      place: placeOf(location),
      startedAt: new Date(atMs).toISOString(),
    })),
    substituters: record.substituters.map((status) => ({ ...status })),
    substitutions: record.substitutions.map((substitution) => ({ ...substitution })),
    caches: record.caches.map((cache) => composeCache(cache, record)),
    image: composeImage(job, record),
    layers: record.layers.map((layer) => ({ ...layer })),
    audits: record.audits.map((audit) => ({
      ...audit,
      foreign: [...audit.foreign],
      allowed: [...audit.allowed],
      multiCpuArchives: audit.multiCpuArchives.map((item) => ({ ...item, machines: [...item.machines] })),
      orphanedScripts: [...audit.orphanedScripts],
      missingLibraries: audit.missingLibraries.map((item) => ({ ...item, searched: [...item.searched] })),
      unreadableArchives: [...audit.unreadableArchives],
      largestPaths: [...audit.largestPaths],
    })),
    smokeTests: record.smokeTests.map((smoke) => ({
      ...smoke,
      layers: [...smoke.layers],
      checks: [...smoke.checks],
    })),
    promotion:
      promotion === undefined
        ? null
        : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
    phases,
    history: null,
  };
}

/**
 * The page of this run of a workflow, at this attempt.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
function renderRunUrl(environment: RunContext["environment"]): string | null {
  const {
    GITHUB_SERVER_URL: server = "",
    GITHUB_REPOSITORY: repository = "",
    GITHUB_RUN_ID: id = "",
    GITHUB_RUN_ATTEMPT: attempt = "",
  } = environment;
  if (server === "" || repository === "" || id === "") return null;
  return `${server}/${repository}/actions/runs/${id}${attempt === "" ? "" : `/attempts/${attempt}`}`;
}

function composeImage(
  { image }: Pick<Job, "image">,
  { images, pushedDigest, promotion, previousSizes }: RunRecord,
): Report["image"] {
  if (images.length === 0 && pushedDigest === undefined) return null;
  return {
    reference: image === undefined ? "" : renderImageReference(image),
    digest: pushedDigest ?? null,
    platforms: images.map(({ target, read }) => ({
      target,
      digest: read.image.manifest.digest,
      imageId: read.imageId,
      sizeBytes: [read.image.config, ...read.image.layers].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      previousSizeBytes: previousSizes.get(target) ?? null,
    })),
    tags: promotion?.tags.map(({ tag }) => tag) ?? [],
  };
}

/** A builder as shown in the report and in the output `builders`. */
export function composeBuilder(status: BuilderStatus): Omit<Report["builders"][number], "use"> {
  const { builder, state } = status;
  const facts = status.state === "dropped" ? undefined : status.facts;
  return {
    uri: displayName(builder),
    alias: builder.alias,
    systems: [...builder.systems],
    state,
    code: status.state === "dropped" ? status.code : null,
    reason: status.state === "ready" ? null : status.reason,
    hint: status.state === "ready" ? null : status.hint,
    nix: facts?.nixVersion ?? null,
    slots: builder.maxJobs ?? 1,
    features: [...builder.supportedFeatures],
    probeMs: status.state === "dropped" ? null : status.probeMs,
    cpus: facts?.cpus ?? null,
    load: facts?.load ?? null,
    freeBytes: facts?.freeBytes ?? null,
  };
}

function composeBuilderUse(
  { builder }: BuilderStatus,
  { builds, traffic }: RunRecord,
): Report["builders"][number]["use"] {
  const uri = displayName(builder);
  const own = builds.filter(({ location }) => location.kind === "builder" && location.uri === uri);
  const { sentBytes = null, receivedBytes = null } = traffic.get(builder.alias) ?? {};
  return {
    builds: own.length,
    busyMs: own.reduce((sum, { durationMs }) => sum + durationMs, 0),
    cpuMs: addUp(own.map(({ use }) => use.cpuMs)),
    sentBytes,
    receivedBytes,
  };
}

/** The sum of the values; null if there are none, or one of them is not known. */
function addUp(values: readonly (number | undefined)[]): number | null {
  const known = values.filter((value) => value !== undefined);
  if (values.length === 0 || known.length < values.length) return null;
  return known.reduce((sum, value) => sum + value, 0);
}

type CacheSource = Pick<CacheRecord, "substituter">;

function composeCache(
  { cache, substituter, ...rest }: CacheRecord,
  { builds, substitutions, caches }: RunRecord,
): Report["caches"][number] {
  const isSubstituted = (substitution: RunRecord["substitutions"][number], from: readonly CacheSource[]) =>
    substitution.outcome === "substituted" && from.some((source) => isFromCache(substitution, source));
  const substituted = substitutions.filter((item) => isSubstituted(item, [{ substituter }])).length;
  const needed = substitutions.filter((item) => isSubstituted(item, caches)).length + builds.length;
  return { uri: cache.uri, ...rest, hitRate: needed === 0 ? null : substituted / needed };
}
