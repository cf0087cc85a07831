import type { System, TargetSystem } from "../../model/system.js";
import { inspectFlake } from "../../nix/flake.js";
import { localFolder } from "../../nix/source-place.js";
import type { Emulation, InspectedInstallable } from "../../plan/strategy.js";
import type { RunContext } from "../context.js";
import { readEmulation } from "../emulation.js";
import type { Job } from "../job.js";
import type { NixSession } from "../nix-session.js";
import type { StageResult } from "../record.js";

/** What determines how each target can be built, besides the builders. */
export interface Inspection {
  readonly buildSystem: System;
  readonly installables: readonly InspectedInstallable[];
  readonly emulations: ReadonlyMap<TargetSystem, Emulation>;
  /** Warnings about flakes that another run may build from other inputs. */
  readonly lockWarnings: readonly LockWarning[];
}

export interface LockWarning {
  readonly flake: string;
  readonly detail: string;
  readonly hint: string;
}

/**
 * Reads the flakes' outputs, and which targets can be emulated. Rejects as `inspectFlake` does.
 */
export async function inspect(
  context: RunContext,
  { job, session }: { readonly job: Job; readonly session: Pick<NixSession, "runNix"> },
): Promise<StageResult<Inspection>> {
  const [installables, emulations] = await Promise.all([
    Promise.all(
      job.installables.map(async (installable) => ({
        installable,
        ...(await inspectFlake(session.runNix, installable.flake, job.workingDirectory)),
      })),
    ),
    Promise.all(
      job.targets.map(async (target) => [target, await readEmulation(target, job, context)] as const),
    ),
  ]);
  const lockWarnings = new Map(
    installables.flatMap(({ installable: { flake }, unlockedInputs }) => {
      // The inputs of another repository can only be locked there.
      if (unlockedInputs.length === 0 || localFolder(flake, job.workingDirectory) === undefined) return [];
      return [[flake, warnAboutLock(flake, unlockedInputs)] as const];
    }),
  );
  return {
    record: {},
    output: {
      buildSystem: context.system,
      installables,
      emulations: new Map(emulations),
      lockWarnings: [...lockWarnings.values()],
    },
  };
}

function warnAboutLock(flake: string, inputs: readonly string[]): LockWarning {
  const detail =
    `no flake.lock of the flake ${flake} locks its ${inputs.length === 1 ? "input" : "inputs"} ` +
    `${inputs.join(", ")}: each run uses the newest version, so runs are not repeatable`;
  return { flake, detail, hint: "Run `nix flake lock` in its folder, and commit flake.lock." };
}
