import type { RunOrder } from "./promotion.js";

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
