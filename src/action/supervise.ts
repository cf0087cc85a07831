import { ActionError, toInternalError } from "../errors/action-error.js";

/**
 * Runs the main function of a process. Reports every error that nothing handles, and a main function that
 * waits for something that never happens. Without this, Node ends the process with a stack trace, or with
 * exit code 13 and no message. A run that is open reports itself (see `endOnUnexpectedError`); `report` is
 * for everything else. It must be synchronous and set `process.exitCode`.
 */
export async function supervise(
  main: () => Promise<void>,
  report: (error: ActionError) => void,
): Promise<void> {
  let isSettled = false;
  let unexpected: ActionError | undefined;
  const reportUnlessFailed = (error: ActionError) => {
    if ((process.exitCode ?? 0) === 0) report(error);
  };
  onUnexpectedError((error) => {
    unexpected ??= error;
    if (isSettled) reportUnlessFailed(error);
  });
  let isStuck = false;
  process.on("beforeExit", () => {
    if (isSettled) return;
    // The first time, an open run ends itself, which takes more rounds of the event loop.
    if (isStuck) report(unexpected ?? stuck());
    else setImmediate(() => undefined);
    isStuck = true;
  });
  try {
    await main();
  } catch (thrown) {
    unexpected ??= toInternalError(thrown);
  } finally {
    isSettled = true;
  }
  if (unexpected !== undefined) reportUnlessFailed(unexpected);
}

/**
 * Calls `end` with an `INTERNAL` error when an error is not handled, or when the process is about to end
 * although the run has not.
 */
export function endOnUnexpectedError(end: (error: ActionError) => void): void {
  onUnexpectedError(end);
  process.on("beforeExit", () => {
    end(stuck());
  });
}

function onUnexpectedError(handle: (error: ActionError) => void): void {
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (thrown: unknown) => {
      handle(toInternalError(thrown));
    });
  }
}

function stuck(): ActionError {
  return toInternalError("the run waits for something that never happens");
}
