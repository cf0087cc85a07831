import type { RunOrder } from "./promotion.js";

/** The properties of the triggering event that decide what a run may do. */
export interface WorkflowEvent {
  /** `GITHUB_EVENT_NAME`; undefined outside of a workflow. */
  readonly name: string | undefined;
  /** On `workflow_run`: the event of the workflow that this one follows. */
  readonly followed: string | undefined;
  /** True if the commit comes from a repository other than the workflow's, or from a deleted one. */
  readonly isFromFork: boolean;
  /** True if Dependabot started the run: GitHub then provides no secrets and a read-only token. */
  readonly isDependabot: boolean;
  /** `GITHUB_SHA`: on `pull_request_target`, the commit of the base that the workflow file comes from. */
  readonly commit: string | undefined;
  /** The position of this run among the runs of the repository. */
  readonly run: RunOrder | undefined;
}
