import type { System, TargetSystem } from "../../model/system.js";
import { readFlakeOutputs } from "../../nix/flake.js";
import type { Emulation, InspectedInstallable } from "../../plan/strategy.js";
import { type Emulator, readEmulator } from "../../platform/binfmt.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { NixSession } from "../nix-session.js";
import type { StageResult } from "../record.js";

/** What determines how each target can be built, besides the builders. */
export interface Inspection {
  readonly buildSystem: System;
  readonly installables: readonly InspectedInstallable[];
  readonly emulations: ReadonlyMap<TargetSystem, Emulation>;
}

/**
 * Reads the flakes' outputs, and which targets QEMU is registered for. Rejects as `readFlakeOutputs` does.
 */
export async function inspect(
  { system }: RunContext,
  { job, session }: { readonly job: Job; readonly session: Pick<NixSession, "runNix"> },
): Promise<StageResult<Inspection>> {
  const [installables, emulations] = await Promise.all([
    Promise.all(
      job.installables.map(async (installable) => ({
        installable,
        outputs: await readFlakeOutputs(session.runNix, installable.flake, job.workingDirectory),
      })),
    ),
    Promise.all(
      job.targets.map(
        async (target) => [target, describeEmulation(await readEmulator(target), target)] as const,
      ),
    ),
  ]);
  return { record: {}, output: { buildSystem: system, installables, emulations: new Map(emulations) } };
}

function describeEmulation(emulator: Emulator, target: string): Emulation {
  switch (emulator.state) {
    case "ready":
      return { isPossible: true, reason: `QEMU is registered for ${target} on this machine` };
    case "missing":
      return {
        isPossible: false,
        reason:
          `QEMU is not registered for ${target} on this machine ` +
          "(docker/setup-qemu-action can register it)",
      };
    case "unfit":
      return { isPossible: false, reason: `QEMU cannot be used: ${emulator.reason}` };
  }
}
