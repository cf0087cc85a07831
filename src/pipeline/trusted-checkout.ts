import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { needsCheckout } from "../plan/push-policy.js";
import { findCheckout, listChanges, readHead } from "./checkout-tree.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

/** What a run reads from its checkout. The gate builds nothing. */
export type CheckoutUse = Pick<Job, "workingDirectory"> & Partial<Pick<Job, "installables">>;

/**
 * Finds out whether the checkout is exactly the workflow's own commit, on events that are decided by it, and
 * returns a context whose event says so. Call this before any file of the checkout is read.
 *
 * `pull_request_target` runs with the secrets of the base repository, even for a stranger's pull request:
 * rejects with `EVENT_REFUSED` there, unless the base's own commit is checked out without changes, and all
 * installables are in that checkout.
 * @see https://docs.github.com/en/actions/reference/security/secure-use
 */
export async function verifyCheckout(use: CheckoutUse, context: RunContext): Promise<RunContext> {
  const { event } = context;
  if (!needsCheckout(event)) return context;
  const reason = await findDifference(use, context);
  if (reason !== undefined && event.name === "pull_request_target") throw refused(reason);
  if (reason !== undefined) context.log.warning(`nothing is pushed: ${reason}`);
  const checkout =
    reason === undefined ? { state: "verified" as const } : { state: "foreign" as const, reason };
  return { ...context, event: { ...event, checkout } };
}

/** Why the checkout is not exactly the workflow's own commit; undefined if it is. */
async function findDifference(use: CheckoutUse, context: RunContext): Promise<string | undefined> {
  const { workingDirectory, installables = [] } = use;
  const { commit, name } = context.event;
  try {
    const checkout = await findCheckout(workingDirectory);
    if (checkout === undefined) return `${workingDirectory} is not in a git checkout`;
    const head = await readHead(checkout, context);
    if (head !== commit) return `the commit ${head} is checked out instead of ${commit ?? "GITHUB_SHA"}`;
    const changes = await listChanges(checkout, commit, context);
    if (changes.length > 0) return `the checkout has changes: ${changes.join(", ")}`;
    for (const { flake } of installables) {
      // What a workflow fetches from elsewhere is its author's choice, unless a stranger can choose it.
      if (!isLocal(flake) && name !== "pull_request_target") continue;
      if (!(await isInside(checkout.top, workingDirectory, flake))) {
        return `the installable ${JSON.stringify(flake)} is not in the checkout`;
      }
    }
    return undefined;
  } catch (error) {
    if (isCancelled(error)) throw error;
    return `${workingDirectory} has no checkout that git can read (${renderError(error)})`;
  }
}

/** Whether a flake reference names something on this machine. */
function isLocal(flake: string): boolean {
  return /^(?:(?:git\+|tarball\+)?file:|path:|\.{1,2}(?:$|[/?])|\/)/.test(flake);
}

/** Whether a flake reference names a folder of the checkout, at the commit that is checked out. */
async function isInside(top: string, workingDirectory: string, flake: string): Promise<boolean> {
  // No other parameter than `dir`: `ref` and `rev` choose another commit.
  const [, path, folder = ""] =
    /^(?:git\+file:|path:)?(?:\/\/(?=\/))?((?:\.{1,2}(?=$|[/?])|\/)[^?]*)(?:\?dir=([^&]*))?$/.exec(flake) ??
    [];
  if (path === undefined) return false;
  try {
    const found = await realpath(resolve(workingDirectory, path, folder.replace(/^\/+/, "")));
    return !/^\.\.(?:\/|$)/.test(relative(top, found));
  } catch {
    return false;
  }
}

function refused(reason: string): ActionError {
  return new ActionError(
    "EVENT_REFUSED",
    `refused on pull_request_target, which has access to secrets: ${reason}`,
    {
      hint:
        "Use the event pull_request to build the changes of a pull request. " +
        "On pull_request_target, only the base's own commit is built.",
    },
  );
}
