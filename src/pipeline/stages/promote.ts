import {
  ActionError,
  isCancelled,
  renderError,
  toActionError,
  runCancelled,
} from "../../errors/action-error.js";
import type { Digest } from "../../model/digest.js";
import type { PushDecision } from "../../plan/push-policy.js";
import type { ImageRepository } from "../../registry/image-repository.js";
import { promoteTags } from "../../registry/promotion.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { PromotionRecord, StageResult } from "../record.js";
import { runStep } from "../run-step.js";

/** Enough to move tags back after a cancellation. GitHub's runner kills a step ten seconds after one. */
const GRACE_MS = 5_000;

export interface PromoteInput {
  readonly job: Pick<Job, "tags" | "isPromoted">;
  /** From `openRepositoryToPromote`. */
  readonly repository: ImageRepository;
  readonly push: PushDecision;
  /** The digest of the candidate; undefined if nothing was pushed. */
  readonly digest: Digest | undefined;
  /** Whether a smoke test has passed in this run. */
  readonly isTested: boolean;
}

/**
 * Moves the tags to the candidate, or records why not. A cancellation while they move undoes the promotion.
 * Fails with the codes of `promoteTags`, and with `CANCELLED`.
 */
export async function promote(
  context: Pick<RunContext, "event" | "log" | "steadyClock" | "signal">,
  { job, repository, push, digest, isTested }: PromoteInput,
): Promise<StageResult<undefined>> {
  const { event, log, signal } = context;
  const obstacle = findObstacle(job, push);
  if (obstacle !== undefined) return withhold(obstacle);
  if (digest === undefined) return withhold("nothing was pushed");
  let hasBegun = false;
  try {
    signal.throwIfAborted();
    hasBegun = true;
    const candidate = withholdAfter(signal, repository, digest);
    const request = { digest, tags: job.tags, run: event.run };
    const { tags, unrecorded } = await runStep(context, () => promoteTags(candidate, request), GRACE_MS);
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
    const error = explainCancellation(toActionError(thrown), hasBegun);
    const promotion: PromotionRecord = { state: "withheld", reason: renderError(error), tags: [] };
    return { record: { promotion }, error };
  }
}

/**
 * The same repository, but after the run is cancelled no tag moves to the candidate any more. Tags can still
 * move back to where they were.
 */
function withholdAfter(signal: AbortSignal, repository: ImageRepository, digest: Digest): ImageRepository {
  return {
    ...repository,
    moveTag: async (tag, to) => {
      if (to === digest) signal.throwIfAborted();
      await repository.moveTag(tag, to);
    },
  };
}

/** A promotion that failed because of a cancellation was cancelled. Says what became of the tags. */
function explainCancellation(error: ActionError, hasBegun: boolean): ActionError {
  if (hasBegun && isCancelled(error)) {
    return new ActionError("CANCELLED", "the run was cancelled while tags moved; some may have moved", {
      cause: error,
      hint: "Check what the tags point to.",
    });
  }
  if (error.code !== "PROMOTION_FAILED" || !isCancelled(error.cause)) return error;
  return runCancelled(`the run was cancelled: ${error.message}`, error.cause);
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
