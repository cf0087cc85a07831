import * as core from "@actions/core";

import { explainUrl, renderError, toActionError } from "../errors/action-error.js";
import { actionLog } from "./log.js";

/** Fails the step, and sets its output `error-code`. */
export function failStep(thrown: unknown): void {
  const error = toActionError(thrown);
  try {
    core.setOutput("error-code", error.code);
  } catch (unwritten) {
    actionLog.warning(`the output error-code could not be written: ${renderError(unwritten)}`);
  }
  const { place } = error;
  const lines = [`${error.code}: ${renderError(error)}`, error.hint, explainUrl(error.code)];
  process.exitCode = core.ExitCode.Failure;
  core.error(
    lines.join("\n"),
    place && { file: place.file, startLine: place.line, startColumn: place.column },
  );
  if (error.code === "INTERNAL" && error.cause instanceof Error) actionLog.debug(error.cause.stack ?? "");
}
