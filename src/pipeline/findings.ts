import type { BinaryCache } from "../binary-cache/binary-cache.js";
import type { ActionError } from "../errors/action-error.js";
import { renderError } from "../errors/action-error.js";
import type { ReadImage } from "../image/image.js";
import type { BuilderStatus } from "../model/builder.js";
import type { Digest } from "../model/digest.js";
import type { PushedLayer } from "../model/image.js";
import { renderImageReference } from "../model/image-reference.js";
import type { TargetPlan } from "../model/plan.js";
import type { SmokeResult } from "../model/smoke.js";
import type { BuildOutcome } from "../nix/build.js";
import type { NixInstallation } from "../nix/install.js";
import type { MovedTag } from "../registry/publish-target.js";
import type { Report } from "../report/report.js";
import type { Job, World } from "./job.js";

/** What the stages have found so far; each stage adds its own. */
export interface Findings {
  nix?: NixInstallation;
  builders?: readonly BuilderStatus[];
  plan?: TargetPlan;
  build?: Omit<BuildOutcome, "error">;
  cache?: {
    readonly cache: BinaryCache;
    readonly state: "pushed" | "withheld" | "failed";
    readonly reason: string;
    readonly pathsPushed: number;
    readonly pathsPresent: number;
  };
  image?: ReadImage;
  pushedDigest?: Digest;
  layers?: readonly PushedLayer[];
  smoke?: SmokeResult;
  promotion?: {
    readonly state: "promoted" | "unchanged" | "withheld";
    readonly reason: string;
    readonly tags: readonly MovedTag[];
  };
}

export interface ReportParts {
  readonly job: Job;
  readonly world: World;
  readonly startedAtMs: number;
  readonly phases: Report["phases"];
  readonly findings: Findings;
  readonly error: ActionError | undefined;
}

/** The report of a run, from what its stages found. */
export function composeReport({ job, world, startedAtMs, phases, findings, error }: ReportParts): Report {
  const { nix, plan, build, image, smoke, promotion } = findings;
  return {
    version: 1,
    outcome: error === undefined ? "success" : error.code === "CANCELLED" ? "cancelled" : "failure",
    error:
      error === undefined
        ? null
        : { code: error.code, message: renderError(error), hint: error.hint ?? null },
    startedAt: new Date(startedAtMs).toISOString(),
    durationMs: world.clock.nowMs() - startedAtMs,
    host: { system: world.system, event: world.event.name ?? null },
    nix: nix === undefined ? null : { version: nix.version, origin: nix.origin, source: nix.source },
    builders: (findings.builders ?? []).map(composeBuilder),
    plan:
      plan === undefined
        ? null
        : {
            ...plan,
            attributes: [...plan.attributes],
            verdicts: plan.verdicts.map((verdict) => ({ ...verdict })),
          },
    storePaths: [...(build?.storePaths ?? [])],
    builds: (build?.builds ?? []).map(({ place, startedAtMs: atMs, ...rest }) => ({
      ...rest,
      place: place.kind === "local" ? "local" : place.uri,
      startedAt: new Date(atMs).toISOString(),
    })),
    substitutions: (build?.substitutions ?? []).map((substitution) => ({ ...substitution })),
    cache: composeCache(job, findings),
    image:
      image === undefined
        ? null
        : {
            reference: job.image === undefined ? "" : renderImageReference(job.image),
            digest: findings.pushedDigest ?? null,
            imageId: image.imageId,
            tags: promotion?.tags.map(({ tag }) => tag) ?? [],
          },
    layers: (findings.layers ?? []).map((layer) => ({ ...layer })),
    audit:
      image === undefined
        ? null
        : {
            ...image.audit,
            foreign: [...image.audit.foreign],
            allowed: [...image.audit.allowed],
            orphanedScripts: [...image.audit.orphanedScripts],
          },
    smoke: smoke === undefined ? null : { ...smoke, checks: [...smoke.checks] },
    promotion:
      promotion === undefined
        ? null
        : { ...promotion, tags: promotion.tags.map((tag) => ({ ...tag, previous: tag.previous ?? null })) },
    phases,
  };
}

/** A builder as the report and the output `builders` have it. */
export function composeBuilder(status: BuilderStatus): Report["builders"][number] {
  const { builder, state } = status;
  const isDropped = status.state === "dropped";
  return {
    uri: `${builder.protocol}://${builder.host}:${builder.port}`,
    alias: builder.alias,
    systems: [...builder.systems],
    state,
    code: isDropped ? status.code : null,
    reason: isDropped ? status.reason : null,
    hint: isDropped ? status.hint : null,
  };
}

function composeCache(job: Job, { cache: found, build }: Findings): Report["cache"] {
  if (found === undefined) return null;
  const { cache, state, reason, pathsPushed, pathsPresent } = found;
  const substituted = (build?.substitutions ?? []).filter(({ from }) => from.startsWith(cache.uri)).length;
  const needed = substituted + (build?.builds.length ?? 0);
  return {
    uri: cache.uri,
    isTrustedByLocation: cache.kind === "file" && job.trustedPublicKeys.length === 0,
    hitRate: needed === 0 ? null : substituted / needed,
    state,
    reason,
    pathsPushed,
    pathsPresent,
  };
}
