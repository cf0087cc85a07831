import type { WorkflowEvent } from "../model/event.js";

export interface PushDecision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/**
 * Whether a run may write to the registry (`image`) or the binary cache (`cache`). The event decides, not the
 * presence of secrets: unreviewed code never pushes, whatever `wish` says. A commit in a merge queue is
 * reviewed but not yet on its branch: it fills the cache, and its image is pushed only if the user asks for
 * it.
 */
export function decidePush(
  what: "image" | "cache",
  wish: "auto" | "always" | "never",
  event: WorkflowEvent,
): PushDecision {
  const { name, followed } = event;
  const refuse = (reason: string): PushDecision => ({ isAllowed: false, reason });
  if (wish === "never") return refuse(`disabled by the input ${what === "image" ? "push" : "cache-push"}`);
  if (name?.startsWith("pull_request") === true) return refuse(`nothing is pushed on the event ${name}`);
  if (event.isFromFork) return refuse("nothing is pushed for code from a fork");
  if (followed?.startsWith("pull_request") === true) {
    return refuse(`nothing is pushed after a workflow that ran on ${followed}`);
  }
  if (event.isDependabot) return refuse("nothing is pushed for Dependabot");
  if (name === "merge_group" && what === "image" && wish === "auto") {
    return refuse("the commit is in the merge queue and not yet on its branch");
  }
  return { isAllowed: true, reason: name === undefined ? "not run by a workflow" : `event ${name}` };
}
