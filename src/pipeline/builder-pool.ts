import type { BuilderConfiguration } from "../builders/configuration.js";
import { BuilderPool } from "../builders/pool.js";
import { probeBuilder } from "../builders/probe.js";
import { type Builder, type BuilderStatus, isUsable } from "../model/builder.js";
import type { TargetSystem } from "../model/system.js";
import type { NixInstallation } from "../nix-install/install.js";
import type { Job, RunContext } from "./job.js";

/** The builders of a run, none of them probed yet. */
export function createPool(
  configuration: BuilderConfiguration | undefined,
  nix: Pick<NixInstallation, "isThroughDaemon">,
  job: Job,
  context: RunContext,
): BuilderPool {
  const { run, runAsRoot, clock, log, canBecomeRoot } = context;
  const { targets = [], machinesFile = "", sshOptions } = configuration ?? {};
  const probe = {
    runSsh: nix.isThroughDaemon && canBecomeRoot ? runAsRoot : run,
    sshOptions: sshOptions?.split(" ") ?? [],
    openProcess: context.openProcess,
    clock,
    timeoutMs: job.builderTimeoutMs,
  };
  return new BuilderPool(targets, {
    probe: (target, known) => probeBuilder(target, known, probe),
    machinesFile,
    clock,
    log,
  });
}

/** Tells which builders can be used, and of the others why not. */
export function logBuilders(builders: readonly BuilderStatus[], { log }: RunContext): void {
  for (const status of builders) {
    if (status.state === "ready") log.info(`builder ${status.builder.host} is ready`);
    else if (status.state === "degraded") log.warning(`builder comes last: ${status.reason}. ${status.hint}`);
    else log.warning(`builder dropped: ${status.reason}. ${status.hint}`);
  }
}

/** The name that people gave the builder which Nix calls by `uri`. */
export function displayNameForUri(uri: string, builders: readonly BuilderStatus[]): string {
  const alias = /^[a-z-]+:\/\/(?:[^@/?]*@)?([^/?:]+)/.exec(uri)?.[1];
  const builder = builders.find((status) => status.builder.alias === alias)?.builder;
  return builder === undefined ? uri : displayName(builder);
}

/** A builder's name in logs and reports: no user and no key. */
export function displayName({ protocol, host, port }: Builder): string {
  return `${protocol}://${host}:${port}`;
}

/** How many builders for a target take builds now. */
export function countUsable({ statuses }: Pick<BuilderPool, "statuses">, target: TargetSystem): number {
  return statuses.filter((status) => isUsable(status) && status.builder.systems.includes(target)).length;
}
