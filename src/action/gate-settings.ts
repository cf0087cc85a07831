import { resolve } from "node:path";

import { parseGateResults } from "../model/gate-result.js";
import { parsePinnedImage, parseTag } from "../model/image-reference.js";
import type { GateJob } from "../pipeline/job.js";
import type { ReadInput } from "./inputs.js";
import {
  type Folders,
  invalid,
  listNotices,
  named,
  optional,
  parseBoolean,
  parseLogin,
  parseReporting,
  parseSystems,
  parseWords,
  type Settings,
  type UnreadInputs,
} from "./settings.js";

export type ParsedGateInputs = Omit<GateJob, "smokeTest"> & Pick<UnreadInputs, "smokeTest" | "notices">;

/** The parsed inputs of the gate action. */
export interface GateSettings extends Omit<Settings, "inputs"> {
  readonly inputs: ParsedGateInputs;
}

/**
 * Parses the inputs of the gate action, whose `image` has a digest and whose `systems` may be empty. Pure.
 * Rejects with `INPUT_INVALID`, naming the input and its value.
 */
export function parseGateSettings(read: ReadInput, folders: Folders): GateSettings {
  const workingDirectory = resolve(folders.workspace, read("working-directory"));
  const pinned = read("image");
  const { image, digest } = named("image", parsePinnedImage)(pinned);
  const systems = read("systems");
  const isPromoted = parseBoolean("promote", read("promote"));
  const smokeTest = optional(read("smoke-test"));
  if (smokeTest === undefined && !isPromoted) {
    throw invalid("smoke-test", "", "Set smoke-test or promote: true. With neither, there is nothing to do.");
  }
  return {
    inputs: {
      image,
      notices: listNotices(pinned.slice(0, pinned.lastIndexOf("@")), image),
      digest,
      targets: systems === "" ? undefined : parseSystems(systems),
      tags: [...new Set(parseWords(read("tags")).map(named("tags", parseTag)))],
      isPromoted,
      smokeTest,
      gateResults: parseGateResults(read("gate-results")),
      isEmulatedGateAllowed: parseBoolean("allow-emulated-gate", read("allow-emulated-gate")),
      workingDirectory,
      registryLogin: parseLogin(read),
    },
    ...parseReporting(read, workingDirectory, folders),
  };
}
