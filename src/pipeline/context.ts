import type { RunnerCache } from "../binary-cache/github/client.js";
import type { WorkflowEvent } from "../model/event.js";
import type { Emit } from "../model/run-event.js";
import type { System } from "../model/system.js";
import type { Binfmt } from "../platform/binfmt.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { SendHttp } from "../platform/http.js";
import type { MaskingLog } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import type { OpenProcess } from "../platform/process-stream.js";

/** Host facts and side-effect adapters (process runner, clock, log) of one run. */
export interface RunContext {
  readonly system: System;
  readonly isRoot: boolean;
  /** False in a container or on a runner whose user has no sudo. */
  readonly canBecomeRoot: boolean;
  readonly userName: string;
  readonly event: WorkflowEvent;
  /** Part of the name of everything that this run creates. */
  readonly nonce: string;
  /** Identifies the owner process (see `identifyProcess`): the run is over once that process is gone. */
  readonly owner: string;
  /** A folder for this run only, mode 0700; the post step removes it. */
  readonly runFolder: string;
  /** Keeps downloads for later runs on a machine without a runner's tool cache. */
  readonly cacheFolder: string;
  /** The script of this process, which its threads run too. Undefined if there are no threads. */
  readonly script: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The program that is running: Node, and the script of the bundle. */
  readonly program: readonly string[];
  /** GitHub's cache, if the runner offers it. */
  readonly runnerCache: RunnerCache | undefined;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly openProcess: OpenProcess;
  readonly binfmt: Binfmt;
  readonly sendHttp: SendHttp;
  readonly log: MaskingLog;
  /** Takes what happens in this run, for other tools. */
  readonly emit: Emit;
  /** Its sleeps end with `CANCELLED` when the run is cancelled. */
  readonly clock: Clock;
  /** A clock that still works after the run is cancelled, for what must be finished or undone then. */
  readonly steadyClock: Clock;
  /**
   * Fires when the run is cancelled, with a reason that is an ActionError: `CANCELLED`, or `INTERNAL` after
   * an error that nothing handled.
   */
  readonly signal: AbortSignal;
}
