import type { BinaryCache } from "../binary-cache/binary-cache.js";
import type { ActionError } from "../errors/action-error.js";
import { renderError } from "../errors/action-error.js";
import type { AuditResult } from "../image/audit.js";
import type { TargetImage } from "../image/image.js";
import type { BuildMode } from "../model/build-mode.js";
import { type BuilderChange, type BuilderStatus, displayName } from "../model/builder.js";
import type { DerivationBuild, Substitution } from "../model/build.js";
import type { Digest } from "../model/digest.js";
import type { PushedLayer } from "../model/image.js";
import { renderImageReference } from "../model/image-reference.js";
import type { TargetPlan } from "../model/plan.js";
import type { Strategy } from "../model/strategy.js";
import type { SmokeResult } from "../model/smoke.js";
import type { TargetSystem } from "../model/system.js";
import type { Built } from "../model/build.js";
import type { NixInstallation } from "../nix-install/install.js";
import type { MovedTag } from "../registry/image-repository.js";
import type { Report } from "../report/report.js";
import type { Job, RunContext } from "./job.js";

/** One try at the build. */
export interface BuildAttempt {
  readonly target: TargetSystem;
  readonly strategy: Strategy;
  readonly mode: BuildMode;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error: ActionError | undefined;
}

/** What the stages have found so far; each stage adds its own. */
export interface Findings {
  nix?: NixInstallation;
  builders?: readonly BuilderStatus[];
  builderChanges?: readonly BuilderChange[];
  plans?: readonly TargetPlan[];
  attempts?: readonly BuildAttempt[];
  built?: ReadonlyMap<TargetSystem, readonly Built[]>;
  builds?: readonly DerivationBuild[];
  substitutions?: readonly Substitution[];
  cache?: CacheFindings;
  images?: readonly TargetImage[];
  audits?: readonly TargetAudit[];
  /** Of the only image, or of the image index. */
  pushedDigest?: Digest;
  layers?: readonly PushedLayer[];
  smokeTests?: readonly TargetSmoke[];
  promotion?: {
    readonly state: "promoted" | "unchanged" | "withheld";
    readonly reason: string;
    readonly tags: readonly MovedTag[];
  };
}

/** What the files of the image of one target are for. */
export interface TargetAudit extends AuditResult {
  readonly target: TargetSystem;
}

/** The smoke test on the image of one target. */
export interface TargetSmoke extends SmokeResult {
  readonly target: TargetSystem;
}

type CacheReport = NonNullable<Report["cache"]>;

export interface CacheFindings extends Readonly<
  Pick<
    CacheReport,
    "isTrustedByLocation" | "state" | "reason" | "pathsPushed" | "pathsPresent" | "restored" | "saved"
  >
> {
  readonly cache: BinaryCache;
  /** What Nix reads it by; undefined when there was nothing to read. */
  readonly substituter: string | undefined;
}

export interface ReportParts {
  readonly job: Pick<Job, "image"> & { readonly targets?: readonly TargetSystem[] | undefined };
  readonly context: RunContext;
  readonly startedAtMs: number;
  readonly phases: Report["phases"];
  readonly findings: Findings;
  readonly error: ActionError | undefined;
}

/** The report of a run, from what its stages found. */
export function composeReport({ job, context, startedAtMs, phases, findings, error }: ReportParts): Report {
  const { nix, promotion } = findings;
  return {
    version: 1,
    outcome: error === undefined ? "success" : error.code === "CANCELLED" ? "cancelled" : "failure",
    error:
      error === undefined
        ? null
        : { code: error.code, message: renderError(error), hint: error.hint ?? null },
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: context.clock.nowMs() - startedAtMs,
    host: { system: context.system, event: context.event.name ?? null },
    nix: nix === undefined ? null : { version: nix.version, origin: nix.origin, source: nix.source },
    builders: (findings.builders ?? []).map(composeBuilder),
    builderChanges: (findings.builderChanges ?? []).map(({ builder, atMs, state, reason }) => ({
      uri: displayName(builder),
      at: new Date(atMs).toISOString(),
      state,
      reason,
    })),
    plans: (findings.plans ?? []).map((plan) => ({
      ...plan,
      attributes: [...plan.attributes],
      verdicts: plan.verdicts.map((verdict) => ({ ...verdict })),
    })),
    attempts: (findings.attempts ?? []).map(({ startedAtMs: atMs, error: failure, ...rest }) => ({
      ...rest,
      startedAt: new Date(atMs).toISOString(),
      outcome: failure === undefined ? ("built" as const) : ("failed" as const),
      code: failure?.code ?? null,
      message: failure === undefined ? null : renderError(failure),
    })),
    storePaths: (job.targets ?? []).flatMap((target) =>
      (findings.built?.get(target) ?? []).map(({ outPath }) => outPath),
    ),
    builds: (findings.builds ?? []).map(({ location, startedAtMs: atMs, ...rest }) => ({
      ...rest,
      place: location.kind === "local" ? "local" : location.uri,
      startedAt: new Date(atMs).toISOString(),
    })),
    substitutions: (findings.substitutions ?? []).map((substitution) => ({ ...substitution })),
    cache: composeCache(findings),
    image: composeImage(job, findings),
    layers: (findings.layers ?? []).map((layer) => ({ ...layer })),
    audits: (findings.audits ?? []).map((audit) => ({
      ...audit,
      foreign: [...audit.foreign],
      allowed: [...audit.allowed],
      orphanedScripts: [...audit.orphanedScripts],
    })),
    smokeTests: (findings.smokeTests ?? []).map((smoke) => ({ ...smoke, checks: [...smoke.checks] })),
    promotion:
      promotion === undefined
        ? null
        : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
    phases,
  };
}

function composeImage(
  { image }: Pick<Job, "image">,
  { images = [], pushedDigest, promotion }: Findings,
): Report["image"] {
  if (images.length === 0 && pushedDigest === undefined) return null;
  return {
    reference: image === undefined ? "" : renderImageReference(image),
    digest: pushedDigest ?? null,
    platforms: images.map(({ target, read }) => ({
      target,
      digest: read.image.manifest.digest,
      imageId: read.imageId,
    })),
    tags: promotion?.tags.map(({ tag }) => tag) ?? [],
  };
}

/** A builder as the report and the output `builders` have it. */
export function composeBuilder(status: BuilderStatus): Report["builders"][number] {
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

/** Whether a store path came, or was to come, from the cache of this run. Nix may name a store with its settings, or without. */
export function isFromCache(
  { from }: Pick<Substitution, "from">,
  { substituter }: Pick<CacheFindings, "substituter">,
): boolean {
  return substituter !== undefined && from.startsWith(substituter.replace(/\?.*$/, ""));
}

function composeCache({ cache: found, builds = [], substitutions = [] }: Findings): Report["cache"] {
  if (found === undefined) return null;
  const { cache, substituter, ...rest } = found;
  const substituted = substitutions.filter((substitution) =>
    isFromCache(substitution, { substituter }),
  ).length;
  const needed = substituted + builds.length;
  return { uri: cache.uri, ...rest, hitRate: needed === 0 ? null : substituted / needed };
}
