import type { RunOrder } from "./promotion.js";

/** Whether the checkout that a run uses is the workflow's own commit, `GITHUB_SHA`, without changes. */
export type Checkout =
  | { readonly state: "unverified" }
  | { readonly state: "verified" }
  | { readonly state: "foreign"; readonly reason: string };

/** The properties of the triggering event that decide what a run may do. */
export interface WorkflowEvent {
  /** `GITHUB_EVENT_NAME`; undefined outside of a workflow. */
  readonly name: string | undefined;
  /** On `workflow_run`: the event of the workflow that this one follows. */
  readonly followed: string | undefined;
  /**
   * True if the payload names a head repository other than the workflow's, or a deleted one, or if there is
   * no payload.
   */
  readonly isFromFork: boolean;
  /** True if Dependabot started the run: GitHub then provides no secrets and a read-only token. */
  readonly isDependabot: boolean;
  /** `GITHUB_SHA`: on `pull_request_target`, the commit of the base that the workflow file comes from. */
  readonly commit: string | undefined;
  /** `GITHUB_REF`: the branch or tag of `commit`. */
  readonly ref: string | undefined;
  /** `verifyCheckout` sets it, for events that are decided by it. */
  readonly checkout: Checkout;
  /** The position of this run among the runs of the repository. */
  readonly run: RunOrder | undefined;
}
