/** What the policy needs to know of the event that started the workflow. */
export interface WorkflowEvent {
  /** `GITHUB_EVENT_NAME`; undefined outside of a workflow. */
  readonly name: string | undefined;
  /** The commit comes from another repository than the workflow's, such as a fork. */
  readonly isFromFork: boolean;
}

export interface PushDecision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/**
 * Whether a run may write to the registry or the binary cache. The event decides, not the presence of secrets: code that
 * nobody has reviewed never pushes, whatever `wish` says.
 */
export function decidePush(wish: "auto" | "always" | "never", event: WorkflowEvent): PushDecision {
  if (wish === "never") return { isAllowed: false, reason: "switched off by the input" };
  if (event.name?.startsWith("pull_request") === true) {
    return { isAllowed: false, reason: `nothing is pushed on the event ${event.name}` };
  }
  if (event.isFromFork) return { isAllowed: false, reason: "nothing is pushed for code from a fork" };
  return {
    isAllowed: true,
    reason: event.name === undefined ? "run outside of a workflow" : `event ${event.name}`,
  };
}
