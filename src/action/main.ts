import * as core from "@actions/core";

import type { RunContext } from "../pipeline/context.js";
import { toRunError } from "../pipeline/run-step.js";
import { readWorkflowEvent } from "./event.js";
import { failStep } from "./fail-step.js";
import { GATE_INPUTS } from "./gate-inputs.js";
import { INPUTS, type InputSpec, type ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";
import { RUN_FOLDER_STATE } from "./post.js";
import { hideWorkspacePrograms } from "./search-path.js";
import { newRunFolder, openRun, temporaryFolder } from "./session.js";
import type { Folders } from "./settings.js";
import { readSetupStep } from "./setup-step.js";
import { TOTAL_INPUTS } from "./total-inputs.js";

/**
 * Runs the main step of the action that `_internal-action` names. Never rejects: an error fails the step and
 * sets its output `error-code`.
 */
export async function runMain(): Promise<void> {
  const runFolder = newRunFolder();
  // Save the state before creating anything, so that post cleans up even if this step is killed.
  core.saveState(RUN_FOLDER_STATE, runFolder);
  try {
    const perform = await readStep({
      workspace: process.env["GITHUB_WORKSPACE"] ?? process.cwd(),
      report: temporaryFolder(),
    });
    // The parent process is the runner's worker, which starts main and post and lives as long as the job. In
    // a job container it is outside of the PID namespace, which ends with the container's first process.
    const event = await readWorkflowEvent(process.env);
    hideWorkspacePrograms(event, process.env);
    const context = await openRun({
      runFolder,
      ownerPid: process.ppid === 0 ? 1 : process.ppid,
      event,
      log: actionLog,
      cacheClient: process.argv[1],
    });
    try {
      await perform(context);
    } catch (error) {
      throw toRunError(error, context);
    }
  } catch (error) {
    failStep(error);
  }
}

/**
 * Reads the inputs of the action, and returns what it does with them. Loads the parts of the bundle that only
 * this action needs: a setup starts without images and reports. Rejects with `INPUT_INVALID`.
 */
async function readStep(folders: Folders): Promise<(context: RunContext) => Promise<void>> {
  const action = core.getInput("_internal-action");
  // The doctor has no default for it: without it, there may be no checkout to look at.
  const isFlakeExamined = core.getInput("installables") !== "";
  const inputs: Readonly<Record<string, readonly InputSpec[]>> = { gate: GATE_INPUTS, total: TOTAL_INPUTS };
  const read = takeInputs(inputs[action] ?? INPUTS);
  switch (action) {
    case "setup":
      return readSetupStep(read, folders);
    case "gate":
      return (await import("./gate-step.js")).readGateStep(read, folders);
    case "doctor":
      return (await import("./doctor-step.js")).readDoctorStep(read, folders, { isFlakeExamined });
    case "total":
      return (await import("./total-step.js")).readTotalStep(read);
    default:
      return (await import("./build-step.js")).readBuildStep(read, folders);
  }
}

/**
 * Reads every input from the runner. Masks the secrets before anything can be logged, and removes all inputs
 * from the environment, so that no child process inherits one.
 */
function takeInputs(inputs: readonly InputSpec[]): ReadInput {
  const texts = new Map<string, string>();
  // Include inputs that this action does not declare: the runner warns about them, but passes them on anyway.
  const others = (INPUTS as readonly InputSpec[]).filter(({ name }) =>
    inputs.every((own) => own.name !== name),
  );
  for (const input of [...inputs, ...others]) {
    const text = core.getInput(input.name);
    texts.set(input.name, text === "" ? input.default : text);
    if (input.isSecret === true && text !== "") {
      actionLog.mask(text);
    }
    Reflect.deleteProperty(process.env, `INPUT_${input.name.toUpperCase()}`);
  }
  return (name) => texts.get(name) ?? "";
}
