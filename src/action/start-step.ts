import { failStep } from "./fail-step.js";
import { runMain } from "./main.js";
import { isPost, runPost, warnOfPost } from "./post.js";
import { supervise } from "./supervise.js";

/** Runs the step that the runner has started. Never rejects: it sets the exit code. */
export function startStep(): Promise<void> {
  return isPost() ? supervise(runPost, warnOfPost) : supervise(runMain, failStep);
}
