import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { MovedTag, PublishTarget } from "./publish-target.js";

/**
 * Moves the tags to a manifest that is there, one after the other, each one re-read first. When one fails, those that were
 * moved are put back. Rejects with `PROMOTION_FAILED`, which says where each tag stands.
 */
export async function promoteTags(
  target: PublishTarget,
  digest: Digest,
  tags: readonly string[],
): Promise<readonly MovedTag[]> {
  const done: MovedTag[] = [];
  for (const tag of tags) {
    try {
      const previous = await target.readTag(tag);
      if (previous === digest) {
        done.push({ tag, previous, state: "unchanged" });
        continue;
      }
      done.push({ tag, previous, state: "moved" });
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
