import * as core from "@actions/core";

import { renderError } from "../errors/action-error.js";
import { actionLog } from "./log.js";
import { closeRun } from "./session.js";

/** The name under which main saves its run folder: all that post needs to know. */
export const RUN_FOLDER_STATE = "run-folder";

/** True in the post step: main has saved its state. */
export function isPost(): boolean {
  return core.getState(RUN_FOLDER_STATE) !== "";
}

/** The post step: removes what main made, also when main failed or was killed. Warns, never fails. */
export async function runPost(): Promise<void> {
  try {
    await closeRun(core.getState(RUN_FOLDER_STATE), actionLog);
  } catch (error) {
    core.warning(`cleaning up did not finish: ${renderError(error)}`);
  }
}
