import { dirname } from "node:path";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { renderMebibytes } from "../model/count.js";
import { readDisks } from "../platform/disk.js";
import type { RunContext } from "./context.js";

/** The folders that a run fills: the store, and the one with the run's own files. */
export function listDiskFolders({ runFolder }: Pick<RunContext, "runFolder">): readonly string[] {
  return ["/nix/store", dirname(runFolder)];
}

const FREE_SPACE_HINT =
  "Free some space in an earlier step, or use a runner with a larger disk. " +
  "The report has what each phase used.";

/** With less, no build and no image fits. */
const LEAST_FREE_BYTES = 100 << 20;
/** With less, few builds fit. */
const SCARCE_FREE_BYTES = 1 << 30;

/** Throws `DISK_FULL` if a disk has no space for any run, and warns of one that has little. */
export function checkDisks({ runFolder, log }: Pick<RunContext, "runFolder" | "log">): void {
  for (const { folder, freeBytes } of readDisks(listDiskFolders({ runFolder }))) {
    const found = `the disk of ${folder} has ${renderMebibytes(freeBytes)} left`;
    const compare = (neededBytes: number) =>
      `${renderMebibytes(neededBytes)}: ${renderMebibytes(neededBytes - freeBytes)} are missing`;
    if (freeBytes < LEAST_FREE_BYTES) {
      const message = `${found}, and a run needs at least ${compare(LEAST_FREE_BYTES)}`;
      throw new ActionError("DISK_FULL", message, { hint: FREE_SPACE_HINT });
    }
    if (freeBytes < SCARCE_FREE_BYTES) {
      log.warning(
        `${found}, and few builds need less than ${compare(SCARCE_FREE_BYTES)}. ${FREE_SPACE_HINT}`,
      );
    }
  }
}

/**
 * The error as `DISK_FULL`, with the space that is left, if a full disk of this machine caused it: otherwise
 * the code would blame what could not be written. `NIX_DISK_FULL` stays, since it may be a builder's disk.
 */
export function explainFullDisk(error: ActionError, context: Pick<RunContext, "runFolder">): ActionError {
  if (["DISK_FULL", "NIX_DISK_FULL"].includes(error.code) || !isDiskFull(error)) return error;
  const left = readDisks(listDiskFolders(context)).map(
    ({ folder, freeBytes }) => `${renderMebibytes(freeBytes)} on the disk of ${folder}`,
  );
  return new ActionError("DISK_FULL", `a disk is full: ${renderError(error)} (left: ${left.join(", ")})`, {
    cause: error,
    hint: FREE_SPACE_HINT,
  });
}

/** Whether a system call or a command failed because a disk is full. */
function isDiskFull(error: unknown): boolean {
  if (isErrno(error, "ENOSPC", "EDQUOT")) return true;
  if (!(error instanceof Error)) return false;
  const isCommand = error instanceof ActionError && error.code === "COMMAND_FAILED";
  if (isCommand && /no space left on device|disk quota exceeded/i.test(error.message)) return true;
  return isDiskFull(error.cause);
}
