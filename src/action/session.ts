import { homedir, tmpdir } from "node:os";
import { join } from "node:path";

import { runCancelled } from "../errors/action-error.js";
import { systemOfHost } from "../model/system.js";
import { cleanUp } from "../pipeline/clean-up.js";
import type { RunContext } from "../pipeline/context.js";
import type { WorkflowEvent } from "../model/event.js";
import { openBinfmt } from "../platform/binfmt.js";
import { createRunClock, systemClock } from "../platform/clock.js";
import { createRunCommand } from "../platform/command.js";
import { createHttpClient } from "../platform/http.js";
import { logHttpRequests } from "../platform/http-log.js";
import type { Log, MaskingLog } from "../platform/log.js";
import { canBecomeRoot, createRunAsRoot } from "../platform/privileged.js";
import { identifyProcess } from "../platform/process-identity.js";
import { openProcessLedger } from "../platform/process-ledger.js";
import { createOpenProcess } from "../platform/process-stream.js";
import { openRunnerCache } from "../binary-cache/github/client.js";
import { provideHome, readAccount } from "./home.js";
import { removeKilledRuns } from "./killed-runs.js";
import { makeRunFolder, nameRunFolder, nonceOf } from "./run-folder.js";
import { endOnUnexpectedError } from "./supervise.js";

/**
 * The folder that run folders are created in: the runner's temporary folder, which the runner empties between
 * jobs, or the system's.
 */
export function temporaryFolder(): string {
  return process.env["RUNNER_TEMP"] ?? tmpdir();
}

/** Names a new run folder; `openRun` creates it. */
export function newRunFolder(): string {
  return nameRunFolder(temporaryFolder());
}

export interface OpenRunOptions {
  /** A name from `newRunFolder`; `openRun` creates the folder. */
  readonly runFolder: string;
  /** The owner process: the run is over once it is gone. */
  readonly ownerPid: number;
  readonly event: WorkflowEvent;
  readonly log: MaskingLog;
  /** The script that runs as the client of GitHub's cache. Without it, the run does not use that cache. */
  readonly cacheClient?: string | undefined;
}

/**
 * Creates the run folder and the context of a run, and cleans up after earlier runs whose owner process is
 * gone (after a hard kill or a lost machine). SIGINT and SIGTERM cancel the run: its commands are terminated,
 * and the job ends with `CANCELLED`. An error that nothing handles ends it in the same way, with `INTERNAL`.
 */
export async function openRun(options: OpenRunOptions): Promise<RunContext> {
  const { runFolder, ownerPid, event, log, cacheClient } = options;
  const system = systemOfHost(process.platform, process.arch);
  const owner = identifyProcess(ownerPid);
  makeRunFolder(runFolder, owner);
  provideHome(runFolder, process.env);
  const signal = createRunSignal(log);
  const debug = { log, clock: systemClock };
  logHttpRequests(debug);
  const ledger = openProcessLedger(join(runFolder, "processes"));
  const run = createRunCommand(signal, ledger, debug);
  const isRoot = process.getuid?.() === 0;
  const runAsRoot = createRunAsRoot(run, isRoot);
  const context: RunContext = {
    system,
    isRoot,
    canBecomeRoot: await canBecomeRoot(isRoot, signal),
    userName: readAccount().name,
    event,
    nonce: nonceOf(runFolder),
    owner,
    runFolder,
    cacheFolder: join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "cross-build"),
    script: process.argv[1],
    environment: process.env,
    program: [process.execPath, process.argv[1] ?? ""],
    runnerCache:
      cacheClient === undefined
        ? undefined
        : openRunnerCache(process.env, cacheClient, {
            run,
            // What a cancelled run has built is saved in the seconds before the runner ends it.
            runSave: createRunCommand(new AbortController().signal, ledger, debug),
            log,
            folder: join(runFolder, "runner-cache"),
          }),
    run,
    runAsRoot,
    openProcess: createOpenProcess(signal, ledger, debug),
    sendHttp: createHttpClient(process.env),
    binfmt: openBinfmt(runAsRoot),
    log,
    emit: () => undefined,
    clock: createRunClock(signal),
    steadyClock: systemClock,
    signal,
  };
  await removeKilledRuns(context, temporaryFolder(), (dead) => closeRun(dead, log));
  return context;
}

/** The signal of a run: see `RunContext`. */
function createRunSignal(log: Log): AbortSignal {
  const cancellation = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (cancellation.signal.aborted) return;
      log.info(`cancelling the run, since it received ${name}`);
      cancellation.abort(runCancelled());
    });
  }
  endOnUnexpectedError((error) => {
    cancellation.abort(error);
  });
  return cancellation.signal;
}

/** Pushes to caches what the cancelled run with this folder could not. Rejects as `pushLeft` does. */
export async function finishPushing(runFolder: string, log: MaskingLog): Promise<void> {
  const { pushLeft } = await import("../pipeline/push-left.js");
  const ledger = openProcessLedger(join(runFolder, "processes"));
  await pushLeft({
    ...{ runFolder, log, steadyClock: systemClock, sendHttp: createHttpClient(process.env) },
    openProcess: createOpenProcess(new AbortController().signal, ledger, { log, clock: systemClock }),
  });
}

/**
 * Removes everything that a run created on this machine: processes, containers, keys, configuration and
 * files. Never rejects.
 */
export async function closeRun(runFolder: string, log: Log): Promise<void> {
  // Use a new signal: a cancelled run must still be able to clean up.
  const ledger = { started: () => undefined, ended: () => undefined };
  const run = createRunCommand(new AbortController().signal, ledger, { log, clock: systemClock });
  const problems = await cleanUp({
    runFolder,
    nonce: nonceOf(runFolder),
    run,
    runAsRoot: createRunAsRoot(run, process.getuid?.() === 0),
    clock: systemClock,
    log,
  });
  for (const problem of problems) log.warning(problem);
}
