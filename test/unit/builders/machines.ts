import { readMachines, type MachineRun } from "../../../src/builders/machine-line.js";
import type { Builder } from "../../../src/model/builder.js";

/** The builders of machine lines that name no files. */
export function parseMachines(text: string, run: MachineRun): Promise<readonly Builder[]> {
  return readMachines(text, run, "/", () => Promise.reject(new Error("there are no files here")));
}
