import type { BinaryCache } from "../binary-cache/binary-cache.js";
import type { SubstituterStatus } from "../binary-cache/substituters.js";
import { type ActionError, toActionError } from "../errors/action-error.js";
import type { AuditResult } from "../image/audit.js";
import type { TargetImage } from "../image/image.js";
import type { BuildMode } from "../model/build-mode.js";
import type { Built, DerivationBuild, Substitution } from "../model/build.js";
import type { BuilderChange, BuilderStatus, Traffic } from "../model/builder.js";
import type { Digest } from "../model/digest.js";
import type { GateResult } from "../model/gate-result.js";
import type { PushedLayer } from "../model/image.js";
import type { TargetPlan } from "../model/plan.js";
import type { SmokeResult } from "../model/smoke.js";
import type { StorePath } from "../model/store-path.js";
import type { Strategy } from "../model/strategy.js";
import type { TargetSystem } from "../model/system.js";
import type { NixInstallation } from "../nix-install/installation.js";
import type { MovedTag } from "../registry/image-repository.js";
import type { Report } from "../report/report.js";

/** What a run has done so far: the merged results of its stages. The report is composed from it. */
export interface RunRecord {
  readonly nix: NixInstallation | undefined;
  readonly builders: readonly BuilderStatus[];
  readonly builderChanges: readonly BuilderChange[];
  /** What went over the connections to builders, by their aliases, as far as it is known. */
  readonly traffic: ReadonlyMap<string, Traffic>;
  /** Those on HTTP servers. */
  readonly substituters: readonly SubstituterStatus[];
  readonly plans: readonly TargetPlan[];
  readonly attempts: readonly BuildAttempt[];
  /** The derivations and outputs of each target's installables. */
  readonly built: ReadonlyMap<TargetSystem, readonly Built[]>;
  readonly builds: readonly OfTarget<DerivationBuild>[];
  readonly substitutions: readonly OfTarget<Substitution>[];
  readonly caches: readonly CacheRecord[];
  readonly images: readonly TargetImage[];
  readonly audits: readonly TargetAudit[];
  /** Store paths that describe the images' layers for later runs. */
  readonly layerRecords: readonly StorePath[];
  readonly layers: readonly OfTarget<PushedLayer>[];
  /** The size of the image that the first tag pointed to before, for each target that it had. */
  readonly previousSizes: ReadonlyMap<TargetSystem, number>;
  /** The digest of the only image, or of the image index. */
  readonly pushedDigest: Digest | undefined;
  readonly smokeTests: readonly TargetSmoke[];
  /** The same smoke tests, as other jobs read them. */
  readonly gateResults: readonly GateResult[];
  readonly promotion: PromotionRecord | undefined;
}

/** A part of a run that belongs to one target. */
export type OfTarget<T> = T & { readonly target: TargetSystem };

/** One attempt to build a target. */
export interface BuildAttempt {
  readonly target: TargetSystem;
  readonly strategy: Strategy;
  readonly mode: BuildMode["kind"];
  readonly reason: string;
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly error: ActionError | undefined;
}

/** The audit of one target's image. */
export interface TargetAudit extends AuditResult {
  readonly target: TargetSystem;
}

/** The smoke test of one target's image. */
export interface TargetSmoke extends SmokeResult {
  readonly target: TargetSystem;
}

export interface PromotionRecord {
  readonly state: "promoted" | "unchanged" | "withheld";
  readonly reason: string;
  readonly tags: readonly MovedTag[];
}

type CacheReport = Report["caches"][number];

export interface CacheRecord extends Readonly<
  Pick<
    CacheReport,
    | "isTrustedByLocation"
    | "state"
    | "reason"
    | "pathsPushed"
    | "pathsPresent"
    | "pathsLeft"
    | "bytesPushed"
    | "restored"
    | "saved"
  >
> {
  readonly cache: BinaryCache;
  /** The substituter through which Nix reads the cache; undefined if there was nothing to read. */
  readonly substituter: string | undefined;
}

export const EMPTY_RECORD: RunRecord = {
  nix: undefined,
  builders: [],
  builderChanges: [],
  traffic: new Map(),
  substituters: [],
  plans: [],
  attempts: [],
  built: new Map(),
  builds: [],
  substitutions: [],
  caches: [],
  images: [],
  audits: [],
  layerRecords: [],
  layers: [],
  previousSizes: new Map(),
  pushedDigest: undefined,
  smokeTests: [],
  gateResults: [],
  promotion: undefined,
};

/**
 * What one stage adds to the record, and its output for the next stages. A stage that fails has an error
 * instead of an output, but still returns what it did.
 */
export type StageResult<Output> =
  | { readonly record: Partial<RunRecord>; readonly output: Output; readonly error?: undefined }
  | { readonly record: Partial<RunRecord>; readonly error: ActionError };

/**
 * Adds what a stage did to a record. Attempts, builds and substitutions are appended; everything else is
 * replaced. The first `built` of a target stays, however: if it is a script that streams an image, the user
 * asked for the script, and not for the image that the script streams later.
 */
export function addToRecord(record: RunRecord, addition: Partial<RunRecord>): RunRecord {
  const { attempts = [], builds = [], substitutions = [], built = new Map() } = addition;
  return {
    ...record,
    ...addition,
    attempts: [...record.attempts, ...attempts],
    builds: [...record.builds, ...builds],
    substitutions: [...record.substitutions, ...substitutions],
    built: new Map([...built, ...record.built]),
  };
}

/** Whether a store path came from this cache. Nix names a store with or without its `?settings`. */
export function isFromCache(
  { from }: Pick<Substitution, "from">,
  { substituter }: Pick<CacheRecord, "substituter">,
): boolean {
  return substituter !== undefined && from.startsWith(substituter.replace(/\?.*$/, ""));
}

/** Runs a stage. If it throws, returns a result that has the error and an empty record. */
export async function runStage<Output>(
  work: () => Promise<StageResult<Output>>,
): Promise<StageResult<Output>> {
  try {
    return await work();
  } catch (thrown) {
    return { record: {}, error: toActionError(thrown) };
  }
}
