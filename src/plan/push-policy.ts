import type { RunOrder } from "../model/promotion.js";

/** What the policy needs to know of the event that started the workflow. */
export interface WorkflowEvent {
  /** `GITHUB_EVENT_NAME`; undefined outside of a workflow. */
  readonly name: string | undefined;
  /** The event of the workflow that this one follows, on `workflow_run`. */
  readonly followed: string | undefined;
  /** The commit comes from another repository than the workflow's, or from one that is gone. */
  readonly isFromFork: boolean;
  /** Dependabot started it: GitHub gives such runs no secrets, and a token that only reads. */
  readonly isDependabot: boolean;
  /** `GITHUB_SHA`: the commit that the workflow file itself is from, on `pull_request_target`. */
  readonly commit: string | undefined;
  /** Its place among the runs of the repository. */
  readonly run: RunOrder | undefined;
}

export interface PushDecision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/**
 * Whether a run may write to the registry (`image`) or the binary cache (`cache`). The event decides, not the presence of secrets: code
 * that nobody has reviewed never pushes, whatever `wish` says. What waits in a merge queue is reviewed, and not on its branch
 * yet: it fills the cache, and its image is pushed only where the user asks for it.
 */
export function decidePush(
  what: "image" | "cache",
  wish: "auto" | "always" | "never",
  event: WorkflowEvent,
): PushDecision {
  const { name, followed } = event;
  const refuse = (reason: string): PushDecision => ({ isAllowed: false, reason });
  if (wish === "never") return refuse("switched off by the input");
  if (name?.startsWith("pull_request") === true) return refuse(`nothing is pushed on the event ${name}`);
  if (event.isFromFork) return refuse("nothing is pushed for code from a fork");
  if (followed?.startsWith("pull_request") === true) {
    return refuse(`nothing is pushed after a workflow that ran on ${followed}`);
  }
  if (event.isDependabot) return refuse("nothing is pushed for Dependabot");
  if (name === "merge_group" && what === "image" && wish === "auto") {
    return refuse("the commit is in the merge queue, and not on its branch yet");
  }
  return { isAllowed: true, reason: name === undefined ? "run outside of a workflow" : `event ${name}` };
}
