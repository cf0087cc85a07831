import type { RunContext } from "../pipeline/context.js";
import { parseGateSettings } from "./gate-settings.js";
import { withEvents } from "./events-file.js";
import { takeMonitoring } from "./export-run.js";
import type { ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";
import { publish } from "./publish.js";
import { runGateFromInputs } from "./read-job.js";
import type { Folders } from "./settings.js";

/** Reads the inputs of the gate. */
export function readGateStep(read: ReadInput, folders: Folders): (context: RunContext) => Promise<void> {
  const settings = parseGateSettings(read, folders);
  const monitoring = takeMonitoring(settings, process.env, actionLog);
  return async (opened) => {
    const context = withEvents(opened, settings.eventsFile);
    await publish(await runGateFromInputs(settings.inputs, context), settings, { monitoring, context });
  };
}
