import * as core from "@actions/core";

import { renderError } from "../errors/action-error.js";
import { actionLog } from "./log.js";
import { closeRun, finishPushing } from "./session.js";

/** The state in which main saves the path of its run folder, which is all that post needs. */
export const RUN_FOLDER_STATE = "run-folder";

/** True in the post step, because main has saved its state. */
export function isPost(): boolean {
  return core.getState(RUN_FOLDER_STATE) !== "";
}

/**
 * Runs the post step: pushes to caches what a cancelled main could not, and removes what main created, even
 * if main failed or was killed. Warns, but never fails.
 */
export async function runPost(): Promise<void> {
  try {
    await finishPushing(core.getState(RUN_FOLDER_STATE), actionLog);
  } catch (error) {
    warnOfPost(error);
  }
  try {
    await closeRun(core.getState(RUN_FOLDER_STATE), actionLog);
  } catch (error) {
    warnOfPost(error);
  }
}

/** Warns that the post step may have left something behind. */
export function warnOfPost(error: unknown): void {
  process.exitCode = 0;
  core.warning(`clean-up did not finish: ${renderError(error)}`);
}
