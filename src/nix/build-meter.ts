import type { BuildUse } from "../model/build.js";
import { ChildMeter, findByArgument } from "../platform/child-meter.js";
import { type Clock, repeatInBackground } from "../platform/clock.js";

/** Measures what builds use. */
export interface BuildMeter {
  readonly begin: (drvPath: string) => void;
  /** Call it when Nix has waited for the build's processes. */
  readonly end: (drvPath: string) => BuildUse;
}

const SAMPLE_INTERVAL_MS = 500;

/** A meter for the builds of one `nix` on this machine. */
export interface LocalBuildMeter extends BuildMeter {
  /** Call it with the PID of `nix`. */
  readonly attach: (pid: number) => void;
  readonly stop: () => void;
}

/**
 * Creates a meter for builds that run on this machine. Their processes are children of `nix`, or of the
 * daemon's process for it. What they use is not known without /proc, in a PID namespace other than the
 * daemon's, and where the daemon was started without arguments.
 */
export function createLocalBuildMeter(clock: Clock): LocalBuildMeter {
  let client: number | undefined;
  let meter: ChildMeter | undefined;
  const stop = repeatInBackground(clock, SAMPLE_INTERVAL_MS, () => meter?.sample());
  return {
    attach: (pid) => {
      client = pid;
    },
    begin: (drvPath) => {
      if (client === undefined) return;
      meter ??= new ChildMeter(findWorker(client));
      meter.begin(drvPath);
    },
    end: (drvPath) => meter?.end(drvPath) ?? {},
    stop,
  };
}

/**
 * The daemon forks for each client, and writes the client's PID into its first argument.
 * @see NixOS/nix, src/nix/unix/daemon.cc, "stuff the pid into argv[1]"
 */
function findWorker(client: number): number {
  return findByArgument("nix-daemon", String(client))[0] ?? client;
}
