import * as core from "@actions/core";

import { composeBuilder } from "../pipeline/compose-report.js";
import type { RunContext } from "../pipeline/context.js";
import type { ReadInput } from "./inputs.js";
import { runSetupFromInputs } from "./read-job.js";
import { type Folders, parseSettings } from "./settings.js";

/**
 * Reads the inputs of the setup, which sets up Nix, builders and caches for later steps. Exports paths and
 * options only; secrets are in files.
 */
export function readSetupStep(read: ReadInput, folders: Folders): (context: RunContext) => Promise<void> {
  const { inputs } = parseSettings(read, folders);
  return async (context) => {
    const { binFolder, confFiles, sshOptions, builders } = await runSetupFromInputs(inputs, context);
    core.addPath(binFolder);
    core.exportVariable("NIX_USER_CONF_FILES", confFiles.join(":"));
    if (sshOptions !== undefined) core.exportVariable("NIX_SSHOPTS", sshOptions);
    core.setOutput("builders", JSON.stringify(builders.map(composeBuilder)));
    core.setOutput("error-code", "");
  };
}
