import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";

import { ActionError, isCancelled } from "../errors/action-error.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

const GIT_LIMIT_MS = 60_000;

/**
 * `pull_request_target` runs with the secrets of the base for a pull request of anyone: it is refused unless what is built is the base's own
 * commit, untouched, and nothing but it. Other events pass. Rejects with `EVENT_REFUSED`.
 * @see https://docs.github.com/en/actions/reference/security/secure-use
 */
export async function requireTrustedCheckout(job: Job, context: RunContext): Promise<void> {
  const { name, commit } = context.event;
  if (name !== "pull_request_target") return;
  const git = async (...args: readonly string[]) => {
    // Neither the owner of the folder nor a hook of its configuration has a say.
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
    throw refused(`${job.workingDirectory} is no checkout that git can read`, cause);
  }
  if (head !== commit) throw refused(`the commit ${head} is checked out, and not ${commit ?? "the base's"}`);
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

/** The folder of a flake reference that names one. */
function localFolder(flake: string): string | undefined {
  const path = flake.replace(/^path:/, "");
  return /^(?:\.{1,2}$|\.{0,2}\/)[^?]*$/.test(path) || path === "." ? path : undefined;
}

function refused(reason: string, cause?: unknown): ActionError {
  return new ActionError("EVENT_REFUSED", `pull_request_target has secrets, and ${reason}`, {
    cause,
    hint: "Use the event pull_request to build what a pull request brings. On pull_request_target only the base's own commit is built.",
  });
}
