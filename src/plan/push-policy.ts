import type { WorkflowEvent } from "../model/event.js";

export interface PushDecision {
  readonly isAllowed: boolean;
  readonly reason: string;
}

/** Events on which GitHub runs code that someone with write access put on a branch or tag. */
const PUSHING_EVENTS: readonly string[] = ["push", "schedule", "release", "create", "merge_group"];

/** A pull request's own part of GitHub's cache, which no other ref reads. */
const PULL_REQUEST_REF = /^refs\/pull\/[1-9][0-9]*\/merge$/;

/**
 * Whether a run may write to the registry (`image`), a binary cache (`cache`) or GitHub's (`github-cache`).
 * The event decides, not the presence of secrets, and events are on an allow-list: unreviewed code never
 * pushes, whatever `wish` says. A commit in a merge queue is reviewed but not yet on its branch: it fills the
 * cache, and its image is pushed only if the user asks for it. What a pull request saves in GitHub's cache is
 * only read by that pull request, so one of the same repository may fill it.
 */
export function decidePush(
  what: "image" | "cache" | "github-cache",
  wish: "auto" | "always" | "never",
  event: WorkflowEvent,
): PushDecision {
  const { name } = event;
  const refuse = (reason: string): PushDecision => ({ isAllowed: false, reason });
  if (wish === "never") return refuse(`disabled by the input ${what === "image" ? "push" : "cache-push"}`);
  if (name === undefined) return { isAllowed: true, reason: "not run by a workflow" };
  if (what === "github-cache" && isInOwnScope(event)) {
    return { isAllowed: true, reason: `event ${name}, in the scope of the pull request alone` };
  }
  const stranger = findStranger(event);
  if (stranger !== undefined) return refuse(stranger);
  if (name === "merge_group" && what === "image" && wish === "auto") {
    return refuse("the commit is in the merge queue and not yet on its branch");
  }
  const foreign = isDecidedByCheckout(event) ? findForeignCheckout(event) : undefined;
  if (foreign !== undefined) {
    return refuse(
      `nothing is pushed on the event ${name} unless the workflow's own commit is built: ${foreign}`,
    );
  }
  return { isAllowed: true, reason: `event ${name}` };
}

/** Whether a run may push on this event only if its checkout is the workflow's own commit. */
export function isDecidedByCheckout(event: WorkflowEvent): boolean {
  const { name } = event;
  return name !== undefined && !PUSHING_EVENTS.includes(name) && findStranger(event) === undefined;
}

/**
 * Whether the checkout is verified before any of its files is read: where it decides whether the run may
 * push, and on `pull_request_target`, where a stranger's code would have the base's secrets in reach.
 */
export function needsCheckout(event: WorkflowEvent): boolean {
  return event.name === "pull_request_target" || isDecidedByCheckout(event);
}

/**
 * Whether what a run builds or tests may be the code of a fork. On an event that does not name its head
 * repository, it may, unless the checkout is the workflow's own commit.
 */
export function mayBeForkCode(event: WorkflowEvent): boolean {
  const { name, followed, isFromFork } = event;
  if (name === undefined) return false;
  if (isFromFork || followed === "workflow_run") return true;
  const isNamed = PUSHING_EVENTS.includes(name) || isPullRequest(name) || isPullRequest(followed);
  return !isNamed && findForeignCheckout(event) !== undefined;
}

/**
 * Whether GitHub gives the run a part of its cache that no other ref reads.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/dependency-caching
 */
function isInOwnScope({ name, ref = "", isFromFork, isDependabot }: WorkflowEvent): boolean {
  return name === "pull_request" && PULL_REQUEST_REF.test(ref) && !isFromFork && !isDependabot;
}

function isPullRequest(name: string | undefined): boolean {
  return name?.startsWith("pull_request") === true;
}

/** Why the checkout is not the workflow's own commit; undefined if it is. */
function findForeignCheckout({ ref = "", checkout }: WorkflowEvent): string | undefined {
  if (!/^refs\/(?:heads|tags)\//.test(ref)) {
    return `GITHUB_REF is ${JSON.stringify(ref)}, which is not a branch or tag`;
  }
  if (checkout.state === "unverified") return "the checkout was not verified";
  return checkout.state === "foreign" ? checkout.reason : undefined;
}

/** Why the event may bring a stranger's code, or depends on one that may; undefined if it does not. */
function findStranger({ name, followed, isFromFork, isDependabot }: WorkflowEvent): string | undefined {
  if (isPullRequest(name)) return `nothing is pushed on the event ${name}`;
  if (isFromFork) return "nothing is pushed for code from a fork";
  if (isPullRequest(followed)) {
    return `nothing is pushed after a workflow that ran on ${followed}`;
  }
  if (followed === "workflow_run") {
    // The payload names only the workflow before this one, and not the event that began the chain.
    return "nothing is pushed after a chain of workflows, which a pull request may have begun";
  }
  return isDependabot ? "nothing is pushed for Dependabot" : undefined;
}
