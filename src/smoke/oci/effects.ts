import { join } from "node:path";

import type { System } from "../../model/system.js";
import type { Clock } from "../../platform/clock.js";
import type { RunCommand } from "../../platform/command.js";
import { ociFolder, type OverlayEffects } from "./overlay.js";

/** In the order in which they are tried: crun refuses a machine with both versions of cgroups in use. */
export const OCI_RUNTIMES = ["runc", "crun"] as const;
export type OciRuntimeName = (typeof OCI_RUNTIMES)[number];

/** Where a runtime keeps the state of a run's containers. */
export function stateFolder(runFolder: string, runtime: OciRuntimeName): string {
  return join(ociFolder(runFolder), `state-${runtime}`);
}

export interface OciEffects extends OverlayEffects {
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly canBecomeRoot: boolean;
  readonly system: System;
  readonly nonce: string;
  /** Starts this program: it is also the relay of a container's ports. */
  readonly program: readonly string[];
  readonly isForkCode: boolean;
}
