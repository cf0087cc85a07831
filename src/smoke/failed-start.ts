import { readFile } from "node:fs/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { Digest } from "../model/digest.js";
import type { CommandOutput } from "../platform/command.js";
import { sanitizeText } from "../platform/log.js";
import type { Call } from "./engine-call.js";

/** The exit codes of `run` if the command cannot be executed, or is not found. */
export const NOT_STARTED: readonly number[] = [126, 127];
/** An entrypoint or a command in the config of an image. */
const COMMAND = z.array(z.string()).nullable();

/** The command that the image runs, with the entrypoint first. */
export async function readCommand(
  call: Call,
  image: Digest,
  args: readonly string[],
): Promise<readonly string[]> {
  const format = "{{json .Config.Entrypoint}}\n{{json .Config.Cmd}}";
  const { stdout } = await call(["image", "inspect", "--format", format, image]);
  const [entrypoint = [], cmd = []] = stdout
    .trim()
    .split("\n")
    .map((line) => COMMAND.parse(JSON.parse(line)) ?? []);
  return [...entrypoint, ...(args.length > 0 ? args : cmd)];
}

/**
 * Why the command of an image does not start, by the output of the engine's `run`. Throws `COMMAND_FAILED` if
 * the engine failed for another reason.
 */
export function describeFailedStart(
  engine: string,
  { exitCode, stdout, stderr }: CommandOutput,
  command: readonly string[],
): string {
  if (command.length === 0) return "the image has neither an entrypoint nor a command";
  const said = sanitizeText(stderr.trim() || stdout.trim()).slice(-1_000);
  const shown = JSON.stringify(command).slice(0, 500);
  if (NOT_STARTED.includes(exitCode)) {
    return `exit code ${exitCode}: ${shown} does not start: ${said}`;
  }
  throw new ActionError("COMMAND_FAILED", `${engine} exited with ${exitCode}: ${said}`, {
    hint: "Run the same image by hand with the engine, and see its logs.",
  });
}

/** Removes the container that an ID file names, if the engine got as far as creating it. */
export async function removeUnstarted(call: Call, idFile: string): Promise<void> {
  let id: string;
  try {
    id = (await readFile(idFile, "utf8")).trim();
  } catch (error) {
    if (isErrno(error, "ENOENT")) return;
    throw error;
  }
  if (id !== "") await call(["rm", "--force", "--volumes", id], { expectedExitCodes: "any" });
}
