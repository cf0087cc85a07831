import { openCompressor } from "../../binary-cache/github/compress-threads.js";
import { createSigner } from "../../binary-cache/signing-key.js";
import { type CacheUpdate, saveGithubCache } from "../../binary-cache/github/save.js";
import { isCancelled, renderError, toActionError } from "../../errors/action-error.js";
import type { TargetImage } from "../../image/image.js";
import { renderImageIndex } from "../../image/image-index.js";
import { countOf } from "../../model/count.js";
import type { Digest } from "../../model/digest.js";
import { type PushedLayer, renderUnsent } from "../../model/image.js";
import { renderImageReference } from "../../model/image-reference.js";
import type { StorePath } from "../../model/store-path.js";
import type { TargetSystem } from "../../model/system.js";
import { readDerivationClosure, readOutputs } from "../../nix/derivation.js";
import { decidePush, type PushDecision } from "../../plan/push-policy.js";
import { readImageSize } from "../../registry/fetch-image.js";
import type { ImageRepository } from "../../registry/image-repository.js";
import type { CandidateUpload } from "../candidate-upload.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { NixSession } from "../nix-session.js";
import { cacheClientOptions } from "../open-cache.js";
import { openLocalStore } from "../open-writer.js";
import {
  type CacheRecord,
  isFromCache,
  type OfTarget,
  type RunRecord,
  runStage,
  type StageResult,
} from "../record.js";

export interface PublishInput {
  readonly job: Job;
  readonly session: NixSession;
  /** The store paths of the installables. */
  readonly storePaths: readonly StorePath[];
  /** The record of the run so far. */
  readonly record: RunRecord;
  /** Empty for a job that only fills the cache. */
  readonly images: readonly TargetImage[];
  /** Whether the image may be pushed. */
  readonly push: PushDecision;
  /** Has begun to send layers; undefined if nothing may be pushed. */
  readonly upload: CandidateUpload<ImageRepository> | undefined;
}

/**
 * Saves GitHub's cache and pushes the images by digest, both at the same time. Output: the digest of the
 * candidate, or undefined if nothing was pushed. Fails with `CACHE_FAILED` if the job says so, and with the
 * codes of the registry.
 */
export async function publish(
  context: RunContext,
  input: PublishInput,
): Promise<StageResult<Digest | undefined>> {
  const [pushed, filled] = await Promise.all([
    runStage(() => pushCandidate(context, input)),
    runStage(() => fillGithubCache(context, input)),
  ]);
  const record = { ...filled.record, ...pushed.record };
  if (pushed.error !== undefined) return { record, error: pushed.error };
  if (filled.error !== undefined) return { record, error: filled.error };
  return { record, output: pushed.output };
}

/** Pushes the images by digest, and their index if there are several. Moves only `candidateTag`. */
async function pushCandidate(
  context: RunContext,
  { job, images, push, upload }: PublishInput,
): Promise<StageResult<Digest | undefined>> {
  if (job.image === undefined || images.length === 0) return { record: {}, output: undefined };
  if (upload === undefined) {
    context.log.info(`the image is not pushed: ${push.reason}`);
    return { record: {}, output: undefined };
  }
  const repository = await upload.openRepository(images[0]?.read.baseName);
  const layers: OfTarget<PushedLayer>[] = [];
  try {
    const push = async () => {
      const known = await upload.finish();
      for (const { target, read } of images) {
        const pushed = await repository.push(read.image, known);
        layers.push(...pushed.map((layer) => ({ ...layer, target })));
      }
    };
    const [previousSizes] = await Promise.all([
      readPreviousSizes(repository, job, images, context.log),
      push(),
    ]);
    const digest = await pushIndex(repository, images);
    if (job.candidateTag !== undefined) await repository.moveTag(job.candidateTag, digest);
    const sent = countOf(layers.filter(({ state }) => state === "sent").length, "layer");
    context.log.info(
      `pushed ${renderImageReference(job.image)}@${digest}: ${sent} sent, ${renderUnsent(layers)}`,
    );
    return { record: { layers, previousSizes, pushedDigest: digest }, output: digest };
  } catch (thrown) {
    return { record: { layers }, error: toActionError(thrown) };
  }
}

/**
 * The sizes of the images that the first tag points to, before it moves. Without them the report just does
 * not say how the size changed, so nothing fails if they cannot be read.
 */
async function readPreviousSizes(
  repository: ImageRepository,
  { tags: [tag] }: Pick<Job, "tags">,
  images: readonly TargetImage[],
  log: RunContext["log"],
): Promise<ReadonlyMap<TargetSystem, number>> {
  const sizes = new Map<TargetSystem, number>();
  try {
    const previous = tag === undefined ? undefined : await repository.readTag(tag);
    if (previous === undefined) return sizes;
    for (const { target } of images) {
      const size = await readImageSize(repository, previous, target);
      if (size !== undefined) sizes.set(target, size);
    }
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.debug(`the size of the previous image is unknown: ${renderError(error)}`);
  }
  return sizes;
}

/** The digest of the only image, or of the index of several, which is pushed first. */
async function pushIndex(repository: ImageRepository, images: readonly TargetImage[]): Promise<Digest> {
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0) return only.read.image.manifest.digest;
  const index = renderImageIndex(images);
  await repository.pushIndex(index);
  return index.digest;
}

/** Saves what was built in GitHub's cache, if the run may. Failure is a warning, or fails the run. */
async function fillGithubCache(context: RunContext, input: PublishInput): Promise<StageResult<undefined>> {
  const { log, event } = context;
  const { job, session } = input;
  const { caches } = input.record;
  const opened = session.caches.find(({ restored }) => restored !== undefined);
  const known = caches.find(({ cache }) => cache.kind === "github");
  const use = job.caches.find(({ cache }) => cache.kind === "github");
  const { isAllowed, reason } = decidePush("github-cache", job.cachePush, event);
  if (known === undefined || opened?.restored === undefined || use?.isPushed !== true || !isAllowed) {
    return { record: {}, output: undefined };
  }
  const renew = (change: Partial<CacheRecord>) => ({
    caches: caches.map((cache) => (cache === known ? { ...known, ...change } : cache)),
  });
  try {
    const update = await collectCacheUpdate(context, input, known);
    const access = cacheClientOptions(job, context);
    const { steadyClock: clock } = context;
    const store = openLocalStore(session.nix, context);
    const effects = { clock, log, store, compressor: openCompressor(context.script) };
    const saved = await saveGithubCache(access, opened.restored, update, effects).finally(() => {
      store.close();
    });
    const { state, reason: why, pathsPresent } = saved;
    const change: Partial<CacheRecord> =
      saved.state === "pushed"
        ? {
            ...{ state, reason: why, pathsPresent, pathsPushed: saved.pathsPushed, bytesPushed: saved.bytes },
            saved: { kind: saved.kind, key: saved.key, bytes: saved.bytes },
          }
        : { state, reason: why, pathsPresent };
    log.info(renderFilled({ ...known, reason, ...change }));
    return { record: renew({ reason, ...change }), output: undefined };
  } catch (thrown) {
    const error = toActionError(thrown);
    const record = renew({ state: "failed", reason: renderError(error) });
    if (error.code !== "CACHE_FAILED" || job.onCacheFailure === "fail") return { record, error };
    log.warning(`${renderError(error)}. ${error.hint}`);
    return { record, output: undefined };
  }
}

async function collectCacheUpdate(
  { log }: RunContext,
  { job, storePaths, record }: PublishInput,
  known: CacheRecord,
): Promise<CacheUpdate> {
  const { builds, substitutions } = record;
  const built = await readOutputs(
    builds.filter(({ outcome }) => outcome === "built").map(({ drvPath }) => drvPath),
  );
  const others = substitutions.filter(
    (substitution) => substitution.outcome === "substituted" && !isFromCache(substitution, known),
  );
  return {
    roots: [...new Set([...storePaths, ...record.layerRecords, ...built])],
    built: new Set(built),
    substituted: new Set(others.map(({ storePath }) => storePath)),
    sign: job.cacheSigningKey === undefined ? undefined : createSigner(job.cacheSigningKey),
    // A job without an image and smoke test only fills the cache, like a scheduled warm-up.
    compaction: job.image === undefined && job.smokeTest === undefined ? "thoroughly" : "when-due",
    listDerivations: async () => {
      try {
        const asked = [...record.built.values()].flat().map(({ drvPath }) => drvPath);
        return new Set((await readDerivationClosure(asked)).keys());
      } catch (error) {
        log.debug(`cannot determine what the flake can still use: ${renderError(error)}`);
        return undefined;
      }
    },
  };
}

function renderFilled({ cache, state, reason, pathsPushed, pathsPresent, saved }: CacheRecord): string {
  if (state !== "pushed") return `the binary cache ${cache.uri} is not filled: ${reason}`;
  const kind = saved === null ? "" : ` as a ${saved.kind} of ${countOf(saved.bytes, "byte")}`;
  const pushed = countOf(pathsPushed, "path");
  return `binary cache ${cache.uri}: ${pushed} pushed${kind}, ${pathsPresent} already present`;
}
