import { renderError, toActionError } from "../../errors/action-error.js";
import type { Digest } from "../../model/digest.js";
import type { PushDecision } from "../../plan/push-policy.js";
import type { ImageRepository } from "../../registry/image-repository.js";
import { promoteTags } from "../../registry/promotion.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { PromotionRecord, StageResult } from "../record.js";

export interface PromoteInput {
  readonly job: Pick<Job, "tags" | "isPromoted">;
  readonly repository: ImageRepository;
  readonly push: PushDecision;
  /** The digest of the candidate; undefined if nothing was pushed. */
  readonly digest: Digest | undefined;
  /** Whether a smoke test has passed in this run. */
  readonly isTested: boolean;
}

/** Moves the tags to the candidate, or records why not. Fails with the codes of `promoteTags`. */
export async function promote(
  { event, log }: Pick<RunContext, "event" | "log">,
  { job, repository, push, digest, isTested }: PromoteInput,
): Promise<StageResult<undefined>> {
  const obstacle = findObstacle(job, push);
  if (obstacle !== undefined) return withhold(obstacle);
  if (digest === undefined) return withhold("nothing was pushed");
  try {
    const { tags, unrecorded } = await promoteTags(repository, {
      digest,
      tags: job.tags,
      run: event.run,
    });
    if (unrecorded !== undefined) {
      log.warning(
        `could not write the promotion record: concurrent runs may move tags out of order: ${unrecorded}`,
      );
    }
    for (const { tag, previous, state } of tags) {
      log.info(
        state === "unchanged"
          ? `tag ${tag} already points to this image`
          : previous === undefined
            ? `tag ${tag} created`
            : `tag ${tag} moved from ${previous}`,
      );
    }
    const isMoved = tags.some(({ state }) => state === "moved");
    const reason = isTested ? "the smoke test passed" : "no smoke test was requested";
    return {
      record: { promotion: { state: isMoved ? "promoted" : "unchanged", reason, tags } },
      output: undefined,
    };
  } catch (thrown) {
    const error = toActionError(thrown);
    const promotion: PromotionRecord = { state: "withheld", reason: renderError(error), tags: [] };
    return { record: { promotion }, error };
  }
}

/** Why no tag is to move, before anything is asked of the registry; undefined if tags are to move. */
export function findObstacle(
  { tags, isPromoted }: PromoteInput["job"],
  push: PushDecision,
): string | undefined {
  if (!push.isAllowed) return push.reason;
  if (!isPromoted) return "promote is false: a later gate moves the tags";
  return tags.length === 0 ? "no tags were requested" : undefined;
}

function withhold(reason: string): StageResult<undefined> {
  return { record: { promotion: { state: "withheld", reason, tags: [] } }, output: undefined };
}
