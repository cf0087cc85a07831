import type { InputSpec } from "./inputs.js";

/** The inputs of the action that sums up the jobs of a workflow. */
export const TOTAL_INPUTS = [
  {
    name: "needs",
    group: "report",
    description: "The jobs to sum up, as toJSON(needs).",
    default: "",
  },
] as const satisfies readonly InputSpec[];
