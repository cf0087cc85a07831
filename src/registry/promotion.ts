import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { isNewerRun, type PromotionEntry, renderRunOrder, type RunOrder } from "../model/promotion.js";
import type { ImageRepository, MovedTag } from "./image-repository.js";
import { ImmutableTagError } from "./immutable-tag.js";

/** Two or three passes are enough, unless something else keeps moving the tag. */
const MAX_PASSES = 20;

export interface PromotionRequest {
  readonly digest: Digest;
  readonly tags: readonly string[];
  /** Undefined outside a workflow, where nothing shows which of two runs is newer. */
  readonly run: RunOrder | undefined;
}

export interface Promotion {
  readonly tags: readonly MovedTag[];
  /** Why the registry does not accept promotion records. Concurrent runs may then move tags out of order. */
  readonly unrecorded: string | undefined;
}

/**
 * Moves the tags to a manifest that is already in the repository, all of them or none. Registries have no
 * compare-and-swap. Yet however the requests of concurrent runs interleave, a tag ends at the image of the
 * newest run that succeeds:
 *
 * 1. A run adds an entry to the record of each tag, unless the record has an entry of a newer run.
 * 2. It moves the tags.
 * 3. It re-reads record and tag until one pass finds itself newest in the record and the tag at its image.
 *    If the record has a newer run, and the tag still points to an image that this run moved it to, the run
 *    moves the tag to the newer run's image.
 *
 * After each move of a tag a run reads the record, so the last move is to the image of the newest entry. Only
 * a run that is killed between a move and that read can leave a tag at an older image.
 *
 * Rejects with `CANDIDATE_GONE`; with `PROMOTION_SUPERSEDED` if a newer run promotes one of the tags; with
 * `PROMOTION_FAILED`, which reports what each tag points to.
 */
export async function promoteTags(
  repository: ImageRepository,
  { digest, tags, run }: PromotionRequest,
): Promise<Promotion> {
  if (!(await repository.hasManifest(digest))) {
    throw new ActionError("CANDIDATE_GONE", `the candidate ${digest} is no longer in the registry`, {
      hint:
        "It was deleted before it was tagged. Let the registry keep untagged images for a few hours, " +
        "or set candidate-tag. Then run again.",
    });
  }
  if (run === undefined) return { tags: await moveTags(repository, digest, tags), unrecorded: undefined };
  const entry = { run, digest };
  const before = await Promise.all(tags.map((tag) => requireNewest(repository, tag, run)));
  const unrecorded = await recordPromotion(repository, entry, before);
  if (unrecorded !== undefined) return { tags: await moveTags(repository, digest, tags), unrecorded };
  let moved: readonly MovedTag[];
  try {
    moved = await moveTags(repository, digest, tags);
  } catch (error) {
    // The tags are restored, so an older run may move them.
    await restoreRecord(repository, entry, before);
    throw error;
  }
  await settleTags(repository, entry, tags);
  return { tags: moved, unrecorded };
}

/** A tag, and the newest entry in its record before this run's. */
interface RecordedTag {
  readonly tag: string;
  readonly newest: PromotionEntry | undefined;
}

async function requireNewest(repository: ImageRepository, tag: string, run: RunOrder): Promise<RecordedTag> {
  const newest = findNewest(await repository.readPromotionEntries(tag));
  if (newest !== undefined && isNewerRun(newest.run, run)) throw superseded(repository, tag, newest, run);
  return { tag, newest };
}

/** Resolves to the reason if the registry does not accept promotion records. */
async function recordPromotion(
  repository: ImageRepository,
  entry: PromotionEntry,
  before: readonly RecordedTag[],
): Promise<string | undefined> {
  const outcomes = await Promise.allSettled(
    before.map(({ tag }) => repository.writePromotionEntry(tag, entry)),
  );
  const failed = outcomes.find((outcome) => outcome.status === "rejected");
  if (failed === undefined) return outcomes.find(isUnrecorded)?.value;
  await restoreRecord(repository, entry, before);
  if (isCancelled(failed.reason)) throw failed.reason;
  throw new ActionError("PROMOTION_FAILED", "the promotion could not be recorded; no tag was moved", {
    cause: failed.reason,
    hint: "Run again. The record keeps concurrent runs from moving a tag back to an older image.",
  });
}

function isUnrecorded(
  outcome: PromiseSettledResult<string | undefined>,
): outcome is PromiseFulfilledResult<string> {
  return outcome.status === "fulfilled" && outcome.value !== undefined;
}

async function restoreRecord(
  repository: ImageRepository,
  entry: PromotionEntry,
  before: readonly RecordedTag[],
): Promise<void> {
  // Ignore failures: the error of the failed promotion is the one to report.
  await Promise.allSettled(
    before.map(({ tag, newest }) => repository.restorePromotionEntry(tag, entry, newest)),
  );
}

async function moveTags(
  repository: ImageRepository,
  digest: Digest,
  tags: readonly string[],
): Promise<readonly MovedTag[]> {
  const before = await Promise.all(
    tags.map(async (tag) => ({ tag, previous: await repository.readTag(tag) })),
  );
  const done: MovedTag[] = [];
  for (const { tag, previous } of before) {
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
        hint:
          cause instanceof ImmutableTagError
            ? cause.hint
            : "Check that the account may write tags, and run again.",
      });
    }
  }
  return done;
}

/** Step 3 of `promoteTags`. */
async function settleTags(
  repository: ImageRepository,
  own: PromotionEntry,
  tags: readonly string[],
): Promise<void> {
  const outcomes = await Promise.allSettled(tags.map((tag) => settleTag(repository, tag, own)));
  const reasons = outcomes.flatMap((outcome): unknown[] =>
    outcome.status === "rejected" ? [outcome.reason] : [],
  );
  if (reasons.length === 0) return;
  const known = reasons.find(isConclusive);
  if (known !== undefined) throw known;
  throw new ActionError(
    "PROMOTION_FAILED",
    `moved ${tags.join(", ")} to ${own.digest}, but could not check whether a newer run promotes them`,
    { cause: reasons[0], hint: "Run again, which also checks it." },
  );
}

/** Whether an error already says how the promotion ended. */
function isConclusive(reason: unknown): reason is ActionError {
  return (
    reason instanceof ActionError &&
    ["CANCELLED", "PROMOTION_FAILED", "PROMOTION_SUPERSEDED"].includes(reason.code)
  );
}

async function settleTag(repository: ImageRepository, tag: string, own: PromotionEntry): Promise<void> {
  const moved = new Set([own.digest]);
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const newest = findNewest(await repository.readPromotionEntries(tag));
    if (newest === undefined || isNewerRun(own.run, newest.run)) {
      await repository.writePromotionEntry(tag, own);
      continue;
    }
    const isSuperseded = isNewerRun(newest.run, own.run);
    const { digest } = isSuperseded ? newest : own;
    const now = await repository.readTag(tag);
    if (!isSuperseded && now === digest) return;
    // The newer run moves the tag itself, unless this run has moved it since.
    const isOurs = now !== undefined && now !== digest && moved.has(now);
    if (isSuperseded && !(isOurs && (await repository.hasManifest(digest))))
      throw superseded(repository, tag, newest, own.run);
    await repository.moveTag(tag, digest);
    moved.add(digest);
  }
  throw new ActionError("PROMOTION_FAILED", `something else keeps moving the tag ${tag}`, {
    hint: "Let only one job of a workflow, and no other tool, move this tag.",
  });
}

function findNewest(entries: readonly PromotionEntry[]): PromotionEntry | undefined {
  return entries.toSorted((a, b) => (isNewerRun(a.run, b.run) ? -1 : 1))[0];
}

function superseded(
  repository: ImageRepository,
  tag: string,
  { run: newer }: PromotionEntry,
  run: RunOrder,
): ActionError {
  return new ActionError(
    "PROMOTION_SUPERSEDED",
    `the tag ${tag} belongs to run ${renderRunOrder(newer)}, ` +
      `which is newer than this run ${renderRunOrder(run)}`,
    {
      hint:
        "The image of the newer run stays. To return to an older commit, start a new run on it. If there " +
        "is no newer run, for example because the repository moved to a server where run IDs start over, " +
        `delete the promotion record of the tag and run again: ${repository.describeRecord(tag)}.`,
    },
  );
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
      // The failed move had no effect.
      if (now === previous) continue;
      if (now !== digest) {
        outcomes.push(`${tag} was moved by someone else meanwhile and stays`);
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
