import type { Emit } from "../model/run-event.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import type { RunAsRoot } from "../platform/privileged.js";
import type { OpenProcess } from "../platform/process-stream.js";
import type { BuilderConfiguration } from "./configuration.js";
import { BuilderPool, type PoolEffects } from "./pool.js";
import { probeBuilder } from "./probe.js";

export interface CreatePoolOptions {
  /** Whether builds go through root's Nix daemon, so that root's ssh connects to the builders. */
  readonly isThroughDaemon: boolean;
  readonly timeoutMs: number;
  /** Builders that come and go. */
  readonly changing?: Pick<PoolEffects, "discover" | "awaitChange"> | undefined;
}

export interface CreatePoolEffects {
  readonly canBecomeRoot: boolean;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly openProcess: OpenProcess;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
}

/** The pool of the configured builders, which are not probed yet. It is empty if none are configured. */
export function createPool(
  configuration: BuilderConfiguration | undefined,
  { isThroughDaemon, timeoutMs, changing }: CreatePoolOptions,
  { canBecomeRoot, run, runAsRoot, openProcess, clock, log, emit }: CreatePoolEffects,
): BuilderPool {
  const { targets = [], machinesFile = "", sshOptions } = configuration ?? {};
  const probe = {
    runSsh: isThroughDaemon && canBecomeRoot ? runAsRoot : run,
    sshOptions: sshOptions?.split(" ") ?? [],
    openProcess,
    clock,
    log,
    timeoutMs,
  };
  return new BuilderPool(targets, {
    probe: (target, known) => probeBuilder(target, known, probe),
    ...changing,
    machinesFile,
    clock,
    log,
    emit,
  });
}
