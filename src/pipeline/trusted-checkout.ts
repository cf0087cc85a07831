import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";

import { ActionError, isCancelled } from "../errors/action-error.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

const GIT_LIMIT_MS = 60_000;

/**
 * `pull_request_target` runs with the secrets of the base repository, even for a stranger's pull request.
 * Refuses it unless the base's own commit is checked out without changes, and all installables are in that
 * checkout. Other events pass. Rejects with `EVENT_REFUSED`.
 * @see https://docs.github.com/en/actions/reference/security/secure-use
 */
export async function requireTrustedCheckout(job: Job, context: RunContext): Promise<void> {
  const { name, commit } = context.event;
  if (name !== "pull_request_target") return;
  const git = async (...args: readonly string[]) => {
    // Accept a folder that another user owns, but do not run the fsmonitor hook of its configuration.
    const options = ["-c", "safe.directory=*", "-c", "core.fsmonitor=false"];
    const { stdout } = await context.run("git", [...options, ...args], {
      cwd: job.workingDirectory,
      timeoutMs: GIT_LIMIT_MS,
    });
    return stdout.trim();
  };
  let top: string;
  let head: string;
  let changes: string;
  try {
    top = await git("rev-parse", "--show-toplevel");
    head = await git("rev-parse", "HEAD");
    changes = await git("status", "--porcelain", "--untracked-files=all", "--ignored");
  } catch (cause) {
    if (isCancelled(cause)) throw cause;
    throw refused(`${job.workingDirectory} has no checkout that git can read`, cause);
  }
  if (head !== commit)
    throw refused(`the commit ${head} is checked out instead of ${commit ?? "the base's"}`);
  if (changes !== "")
    throw refused(`the checkout has changes: ${changes.split("\n").slice(0, 5).join(", ")}`);
  for (const { flake } of job.installables) {
    const folder = localFolder(flake);
    const found = folder === undefined ? undefined : await realpath(resolve(job.workingDirectory, folder));
    if (found === undefined || relative(top, found).startsWith("..")) {
      throw refused(`the installable ${JSON.stringify(flake)} is not in the checkout`);
    }
  }
}

/** The folder that a flake reference names, if it names one. */
function localFolder(flake: string): string | undefined {
  const path = flake.replace(/^path:/, "");
  return /^(?:\.{1,2}$|\.{0,2}\/)[^?]*$/.test(path) || path === "." ? path : undefined;
}

function refused(reason: string, cause?: unknown): ActionError {
  return new ActionError(
    "EVENT_REFUSED",
    `refused on pull_request_target, which has access to secrets: ${reason}`,
    {
      cause,
      hint:
        "Use the event pull_request to build the changes of a pull request. " +
        "On pull_request_target, only the base's own commit is built.",
    },
  );
}
