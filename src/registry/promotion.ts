import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { isNewerRun, renderRunOrder, type RunOrder } from "../model/promotion.js";
import type { Clock } from "../platform/clock.js";
import type { PromotionRecord } from "./promotion-record.js";
import type { MovedTag, ImageRepository } from "./image-repository.js";

/** How long to wait for a concurrent run that has moved a tag to re-read the record. */
const MOVER_MS = 5_000;
const MOVER_POLL_MS = 250;

export interface PromotionRequest {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Undefined outside a workflow, where nothing shows which of two runs is newer. */
  readonly run: RunOrder | undefined;
}

/** A completed promotion. Only a failed write of the record is reported here; any other failure rejects. */
export interface Promotion {
  readonly tags: readonly MovedTag[];
  /** Why the promotion record could not be written, so that other runs do not know of this one. */
  readonly unrecorded: string | undefined;
}

/**
 * Moves the tags to a manifest that is already in the repository, all of them or none. Registries have no
 * compare-and-swap, so a run first enters its tags in the repository's promotion record, then re-reads tags
 * and record after each step. However two runs overlap, the tags end up at the image of the newer run, if
 * that run succeeds. Rejects with `CANDIDATE_GONE`, with `PROMOTION_SUPERSEDED` if a newer run promoted a tag
 * or the order is unknown, and with `PROMOTION_FAILED`, which reports what each tag points to.
 */
export async function promoteTags(
  repository: ImageRepository,
  request: PromotionRequest,
  clock: Clock,
): Promise<Promotion> {
  const { digest, tags, run } = request;
  if (!(await repository.hasManifest(digest))) {
    throw new ActionError("CANDIDATE_GONE", `the candidate ${digest} is no longer in the registry`, {
      hint:
        "It was deleted before it was tagged. Let the registry keep untagged images for a few hours, " +
        "or set candidate-tag. Then run again.",
    });
  }
  const before = await readTags(repository, tags);
  const unrecorded =
    run === undefined ? undefined : await recordPromotion(repository, { digest, tags, run }, before, clock);
  const moved = await moveTags(repository, digest, before);
  if (run !== undefined && unrecorded === undefined) await yieldToNewer(repository, { digest, tags, run });
  return { tags: moved, unrecorded };
}

type Ordered = PromotionRequest & { readonly run: RunOrder };
type Tags = ReadonlyMap<string, Digest | undefined>;

async function readTags(repository: ImageRepository, tags: readonly string[]): Promise<Tags> {
  const digests = await Promise.all(tags.map((tag) => repository.readTag(tag)));
  return new Map(tags.map((tag, i) => [tag, digests[i]]));
}

/** Enters this run's tags in the promotion record. Resolves to the reason if the record cannot be written. */
async function recordPromotion(
  repository: ImageRepository,
  request: Ordered,
  before: Tags,
  clock: Clock,
): Promise<string | undefined> {
  const { digest, tags, run } = request;
  const record = await repository.readPromotionRecord();
  requireNewest(record, request);
  try {
    await repository.writePromotionRecord(
      new Map([...record, ...tags.map((tag) => [tag, { run, digest }] as const)]),
    );
  } catch (error) {
    return renderError(error);
  }
  await waitForMovers(repository, request, before, clock);
  return undefined;
}

/**
 * If a tag has moved since `before`, the run that moved it may have written its entry just before us, and
 * we overwrote that entry. Wait for that run to re-read the record: an older run then moves the tag to our
 * image, and a newer run enters the tag again. If neither happens in time, the order of the two runs is
 * unknown.
 */
async function waitForMovers(
  repository: ImageRepository,
  request: Ordered,
  before: Tags,
  clock: Clock,
): Promise<void> {
  const { digest, tags } = request;
  const deadline = clock.nowMs() + MOVER_MS;
  for (;;) {
    requireNewest(await repository.readPromotionRecord(), request);
    const now = await readTags(repository, tags);
    const changed = tags.find((tag) => now.get(tag) !== before.get(tag) && now.get(tag) !== digest);
    if (changed === undefined) return;
    if (clock.nowMs() > deadline) throw superseded(`another run moved the tag ${changed} at the same time`);
    await clock.sleep(MOVER_POLL_MS);
  }
}

function requireNewest(record: PromotionRecord, { tags, run }: Ordered): void {
  for (const tag of tags) {
    const other = record.get(tag)?.run;
    if (other === undefined || !isNewerRun(other, run)) continue;
    throw superseded(
      `the tag ${tag} belongs to run ${renderRunOrder(other)}, ` +
        `which is newer than this run ${renderRunOrder(run)}`,
    );
  }
}

async function moveTags(
  repository: ImageRepository,
  digest: Digest,
  before: Tags,
): Promise<readonly MovedTag[]> {
  const done: MovedTag[] = [];
  for (const [tag, previous] of before) {
    if (previous === digest) {
      done.push({ tag, previous, state: "unchanged" });
      continue;
    }
    done.push({ tag, previous, state: "moved" });
    try {
      await repository.moveTag(tag, digest);
    } catch (cause) {
      const outcome = await restoreTags(repository, digest, done);
      throw new ActionError("PROMOTION_FAILED", `the tag ${tag} could not be moved; ${outcome}`, {
        cause,
        hint: "Check that the account may write tags, and run again.",
      });
    }
  }
  return done;
}

/**
 * Re-reads the record after the tags have moved. A newer run that entered a tag after us may have moved it
 * before us: move that tag to the newer run's image. An older run that read the record before our write may
 * have overwritten our entry: enter it again.
 */
async function yieldToNewer(repository: ImageRepository, request: Ordered): Promise<void> {
  const { digest, tags, run } = request;
  const record = await repository.readPromotionRecord();
  const lost: string[] = [];
  for (const tag of tags) {
    const other = record.get(tag);
    if (other === undefined || isNewerRun(run, other.run)) lost.push(tag);
    if (other === undefined || !isNewerRun(other.run, run)) continue;
    if ((await repository.readTag(tag)) === digest && (await repository.hasManifest(other.digest))) {
      await repository.moveTag(tag, other.digest);
    }
  }
  if (lost.length > 0)
    await repository.writePromotionRecord(
      new Map([...record, ...lost.map((tag) => [tag, { run, digest }] as const)]),
    );
  requireNewest(record, request);
}

function superseded(reason: string): ActionError {
  return new ActionError("PROMOTION_SUPERSEDED", reason, {
    hint: "The tag keeps that run's image. To roll back on purpose, start a new run on the older commit.",
  });
}

async function restoreTags(
  repository: ImageRepository,
  digest: Digest,
  done: readonly MovedTag[],
): Promise<string> {
  const outcomes: string[] = [];
  for (const { tag, previous, state } of done.toReversed()) {
    if (state === "unchanged") continue;
    try {
      const now = await repository.readTag(tag);
      // There is nothing to restore, for example if the failed request did not move this tag.
      if (now === previous) continue;
      if (now !== digest) {
        outcomes.push(`${tag} was moved by someone else in the meantime and was left alone`);
        continue;
      }
      if (previous === undefined) await repository.removeTag(tag);
      else await repository.moveTag(tag, previous);
      outcomes.push(`${tag} was restored`);
    } catch (error) {
      outcomes.push(`${tag} points to ${digest} and could not be restored (${renderError(error)})`);
    }
  }
  return outcomes.length === 0 ? "no tag was moved" : outcomes.join("; ");
}
