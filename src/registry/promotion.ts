import { setTimeout as sleep } from "node:timers/promises";

import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import { isNewerRun, renderRunOrder, type RunOrder } from "../model/promotion.js";
import type { TagClaims } from "./promotion-record.js";
import type { MovedTag, PublishTarget } from "./image-target.js";

/** How long another run that has moved a tag gets to look at the claims once more. */
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
  readonly unclaimed: string | undefined;
}

/**
 * Moves the tags to a manifest that is there, all or none. Registries have no compare-and-swap, so a run first claims its tags in a
 * record of the repository, and looks again at tags and record after each step: whichever of two runs comes last, the tags end
 * where the newer one wants them. Rejects with `CANDIDATE_GONE`, with `PROMOTION_SUPERSEDED` where a newer run has been there, and with
 * `PROMOTION_FAILED`, which says where each tag stands.
 */
export async function promoteTags(target: PublishTarget, request: PromotionRequest): Promise<Promotion> {
  const { digest, tags, run } = request;
  if (!(await target.hasManifest(digest))) {
    throw new ActionError("CANDIDATE_GONE", `the candidate ${digest} is not in the registry any more`, {
      hint: "Something removed it before it got its tags: keep untagged images for some hours, or give candidate-tag. Then run again.",
    });
  }
  const before = await readTags(target, tags);
  const unclaimed = run === undefined ? undefined : await claim(target, { digest, tags, run }, before);
  const moved = await moveTags(target, digest, before);
  if (run !== undefined && unclaimed === undefined) await yieldToNewer(target, { digest, tags, run });
  return { tags: moved, unclaimed };
}

type Ordered = PromotionRequest & { readonly run: RunOrder };
type Tags = ReadonlyMap<string, Digest | undefined>;

async function readTags(target: PublishTarget, tags: readonly string[]): Promise<Tags> {
  const digests = await Promise.all(tags.map((tag) => target.readTag(tag)));
  return new Map(tags.map((tag, i) => [tag, digests[i]]));
}

/** Writes down that this run moves the tags; the reason, where the registry takes no such record. */
async function claim(target: PublishTarget, request: Ordered, before: Tags): Promise<string | undefined> {
  const { digest, tags, run } = request;
  const claims = await target.readClaims();
  requireNewest(claims, request);
  try {
    await target.writeClaims(new Map([...claims, ...tags.map((tag) => [tag, { run, digest }] as const)]));
  } catch (error) {
    return renderError(error);
  }
  await waitForMovers(target, request, before);
  return undefined;
}

/**
 * Whoever moved a tag since `before` may have written its claim just before ours, which then is lost. It looks at the claims once
 * more after it moved: an older run gives us the tag, a newer one claims it again. Where neither happens, nobody knows its order.
 */
async function waitForMovers(target: PublishTarget, request: Ordered, before: Tags): Promise<void> {
  const { digest, tags } = request;
  const deadline = Date.now() + MOVER_MS;
  for (;;) {
    requireNewest(await target.readClaims(), request);
    const now = await readTags(target, tags);
    const changed = tags.find((tag) => now.get(tag) !== before.get(tag) && now.get(tag) !== digest);
    if (changed === undefined) return;
    if (Date.now() > deadline) throw superseded(`the tag ${changed} was moved by another run at this moment`);
    await sleep(MOVER_POLL_MS);
  }
}

function requireNewest(claims: TagClaims, { tags, run }: Ordered): void {
  for (const tag of tags) {
    const other = claims.get(tag)?.run;
    if (other === undefined || !isNewerRun(other, run)) continue;
    throw superseded(
      `the tag ${tag} belongs to run ${renderRunOrder(other)}, which is newer than this run ${renderRunOrder(run)}`,
    );
  }
}

async function moveTags(target: PublishTarget, digest: Digest, before: Tags): Promise<readonly MovedTag[]> {
  const done: MovedTag[] = [];
  for (const [tag, previous] of before) {
    if (previous === digest) {
      done.push({ tag, previous, state: "unchanged" });
      continue;
    }
    done.push({ tag, previous, state: "moved" });
    try {
      await target.moveTag(tag, digest);
    } catch (cause) {
      const outcome = await restoreTags(target, digest, done);
      throw new ActionError("PROMOTION_FAILED", `the tag ${tag} could not be moved; ${outcome}`, {
        cause,
        hint: "Check that the account may write tags, and run again.",
      });
    }
  }
  return done;
}

/**
 * A newer run that claimed a tag after we did may have moved it before we did: then it gets it back. What an older run, which read the
 * record before we wrote ours, has replaced is claimed again.
 */
async function yieldToNewer(target: PublishTarget, request: Ordered): Promise<void> {
  const { digest, tags, run } = request;
  const claims = await target.readClaims();
  const lost: string[] = [];
  for (const tag of tags) {
    const other = claims.get(tag);
    if (other === undefined || isNewerRun(run, other.run)) lost.push(tag);
    if (other === undefined || !isNewerRun(other.run, run)) continue;
    if ((await target.readTag(tag)) === digest && (await target.hasManifest(other.digest))) {
      await target.moveTag(tag, other.digest);
    }
  }
  if (lost.length > 0)
    await target.writeClaims(new Map([...claims, ...lost.map((tag) => [tag, { run, digest }] as const)]));
  requireNewest(claims, request);
}

function superseded(reason: string): ActionError {
  return new ActionError("PROMOTION_SUPERSEDED", reason, {
    hint: "Nothing is lost: the newer image stays. To go back on purpose, start a new run on the older commit.",
  });
}

async function restoreTags(
  target: PublishTarget,
  digest: Digest,
  done: readonly MovedTag[],
): Promise<string> {
  const outcomes: string[] = [];
  for (const { tag, previous, state } of done.toReversed()) {
    if (state === "unchanged") continue;
    try {
      const now = await target.readTag(tag);
      // A tag that was not moved after all is where it was.
      if (now === previous) continue;
      if (now !== digest) {
        outcomes.push(`${tag} was moved by someone else meanwhile and stays`);
        continue;
      }
      if (previous === undefined) await target.removeTag(tag);
      else await target.moveTag(tag, previous);
      outcomes.push(`${tag} was put back`);
    } catch (error) {
      outcomes.push(`${tag} points to ${digest} and could not be put back (${renderError(error)})`);
    }
  }
  return outcomes.length === 0 ? "no tag was moved" : outcomes.join("; ");
}
