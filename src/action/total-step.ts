import * as core from "@actions/core";

import { composeTotal } from "../report/total.js";
import type { ReadInput } from "./inputs.js";
import { actionLog } from "./log.js";

/** Reads the input of the total, which writes one job summary for all jobs that its job needs. */
export function readTotalStep(read: ReadInput): () => Promise<void> {
  const { summary, lines } = composeTotal(read("needs"));
  return async () => {
    for (const line of lines) actionLog.info(line);
    if (process.env["GITHUB_STEP_SUMMARY"] !== undefined) {
      await core.summary.addRaw(`${summary}\n`).write();
    }
  };
}
