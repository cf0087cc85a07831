import { ActionError } from "../errors/action-error.js";

/** The `INPUT_INVALID` of the input cache; `what` must hold no password. */
export function invalidCache(what: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `input cache: ${what.slice(0, 200)} cannot be used`, { hint });
}
