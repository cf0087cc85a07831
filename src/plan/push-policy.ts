import type { WorkflowEvent } from "../model/event.js";

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
