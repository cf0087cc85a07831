import { realpathSync } from "node:fs";
import { delimiter, isAbsolute, relative } from "node:path";

import type { WorkflowEvent } from "../model/event.js";
import { needsCheckout } from "../plan/push-policy.js";

/**
 * Removes folders of the workspace, and relative ones, from `PATH` on events whose checkout is verified
 * first: a program that a pull request brings must not run in place of git or sudo.
 */
export function hideWorkspacePrograms(event: WorkflowEvent, environment: NodeJS.ProcessEnv): void {
  if (!needsCheckout(event)) return;
  const workspace = resolveLinks(environment["GITHUB_WORKSPACE"] ?? process.cwd());
  const isOutside = (folder: string) =>
    isAbsolute(folder) && /^\.\.(?:\/|$)/.test(relative(workspace, resolveLinks(folder)));
  environment["PATH"] = (environment["PATH"] ?? "").split(delimiter).filter(isOutside).join(delimiter);
}

function resolveLinks(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
