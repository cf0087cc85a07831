import { ActionError } from "../errors/action-error.js";

/**
 * A builder sent something that this client cannot parse or does not expect, or its protocol version is not
 * supported. Unlike after a lost connection, a retry over the same protocol gets the same answer; Nix's own
 * client may still be able to talk to the builder.
 */
export class ProtocolError extends ActionError {}

/** Whether `error`, or any of its causes, is a `ProtocolError`. */
export function isProtocolError(error: unknown): boolean {
  return error instanceof ProtocolError || (error instanceof Error && isProtocolError(error.cause));
}
