import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { isNewerRun, renderRunOrder, type RunOrder } from "../model/promotion.js";
import type { Clock } from "../platform/clock.js";
import type { PromotionRecord } from "./promotion-record.js";
import type { MovedTag, ImageRepository } from "./image-repository.js";

/** How long another run that has moved a tag gets to read the record once more. */
const MOVER_MS = 5_000;
const MOVER_POLL_MS = 250;

export interface PromotionRequest {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Undefined outside of a workflow: then nothing tells which of two runs is the newer one. */
  readonly run: RunOrder | undefined;
}

/** All but a record that could not be written is an error. */
export interface Promotion {
  readonly tags: readonly MovedTag[];
  /** Why other runs will not know of this one. */
  readonly unrecorded: string | undefined;
}

/**
 * Moves the tags to a manifest that is there, all or none. Registries have no compare-and-swap, so a run first enters its tags in
 * the promotion record of the repository, and reads tags and record again after each step: whichever of two runs comes last, the tags end
 * where the newer one wants them. Rejects with `CANDIDATE_GONE`, with `PROMOTION_SUPERSEDED` where a newer run has been there, and with
 * `PROMOTION_FAILED`, which says where each tag stands.
 */
export async function promoteTags(
  repository: ImageRepository,
  request: PromotionRequest,
  clock: Clock,
): Promise<Promotion> {
  const { digest, tags, run } = request;
  if (!(await repository.hasManifest(digest))) {
    throw new ActionError("CANDIDATE_GONE", `the candidate ${digest} is not in the registry any more`, {
      hint: "Something removed it before it got its tags: keep untagged images for some hours, or give candidate-tag. Then run again.",
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

/** Writes down that this run moves the tags; the reason, where the registry takes no such record. */
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
 * Whoever moved a tag since `before` may have written its entry just before ours, which then is lost. It looks at the record once
 * more after it moved: an older run gives us the tag, a newer one enters it again. Where neither happens, nobody knows its order.
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
    if (clock.nowMs() > deadline)
      throw superseded(`the tag ${changed} was moved by another run at this moment`);
    await clock.sleep(MOVER_POLL_MS);
  }
}

function requireNewest(record: PromotionRecord, { tags, run }: Ordered): void {
  for (const tag of tags) {
    const other = record.get(tag)?.run;
    if (other === undefined || !isNewerRun(other, run)) continue;
    throw superseded(
      `the tag ${tag} belongs to run ${renderRunOrder(other)}, which is newer than this run ${renderRunOrder(run)}`,
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
 * A newer run that entered a tag after we did may have moved it before we did: then it gets it back. What an older run, which read the
 * record before we wrote ours, has replaced is entered again.
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
    hint: "Nothing is lost: the newer image stays. To go back on purpose, start a new run on the older commit.",
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
      // A tag that was not moved after all is where it was.
      if (now === previous) continue;
      if (now !== digest) {
        outcomes.push(`${tag} was moved by someone else meanwhile and stays`);
        continue;
      }
      if (previous === undefined) await repository.removeTag(tag);
      else await repository.moveTag(tag, previous);
      outcomes.push(`${tag} was put back`);
    } catch (error) {
      outcomes.push(`${tag} points to ${digest} and could not be put back (${renderError(error)})`);
    }
  }
  return outcomes.length === 0 ? "no tag was moved" : outcomes.join("; ");
}
