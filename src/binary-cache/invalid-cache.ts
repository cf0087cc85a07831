import { ActionError } from "../errors/action-error.js";

/** An `INPUT_INVALID` error for the input cache. `what` must not contain a password. */
export function invalidCache(what: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `input cache: ${what.slice(0, 200)} cannot be used`, { hint });
}
