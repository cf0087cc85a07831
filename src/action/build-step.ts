import type { RunContext } from "../pipeline/context.js";
import { withEvents } from "./events-file.js";
import { takeMonitoring } from "./export-run.js";
import type { ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";
import { publish } from "./publish.js";
import { runBuildFromInputs } from "./read-job.js";
import { type Folders, parseSettings } from "./settings.js";

/** Reads the inputs of the action that runs the whole job. */
export function readBuildStep(read: ReadInput, folders: Folders): (context: RunContext) => Promise<void> {
  const settings = parseSettings(read, folders);
  const monitoring = takeMonitoring(settings, process.env, actionLog);
  return async (opened) => {
    const context = withEvents(opened, settings.eventsFile);
    await publish(await runBuildFromInputs(settings.inputs, context), settings, { monitoring, context });
  };
}
