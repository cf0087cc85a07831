import type { Emit } from "../model/run-event.js";
import type { Clock } from "../platform/clock.js";
import type { DiskUse } from "../platform/disk.js";
import type { MachineUse } from "../platform/machine-use.js";
import type { Report } from "./report.js";

/** What a phase used of this machine. */
export interface ResourceUse {
  readonly disks: readonly DiskUse[];
  readonly machine: MachineUse | undefined;
}

/** Records time, outcome and use of resources of each phase of a run. Phases may run in parallel. */
export interface PhaseTimeline {
  readonly phases: Report["phases"];
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Creates an empty timeline. `watch` starts to measure the resources, and returns what ends that. */
export function createPhaseTimeline(
  { clock, emit }: { readonly clock: Clock; readonly emit: Emit },
  watch: () => { stop(): ResourceUse } = () => ({ stop: () => ({ disks: [], machine: undefined }) }),
): PhaseTimeline {
  const phases: Report["phases"] = [];
  return {
    phases,
    run: async (name, work) => {
      const startedAtMs = clock.nowMs();
      const resources = watch();
      emit({ event: "phase-started", name });
      const end = (outcome: "done" | "failed") => {
        const durationMs = clock.nowMs() - startedAtMs;
        const startedAt = new Date(startedAtMs).toISOString();
        const { disks, machine } = resources.stop();
        const used = { disks: [...disks], machine: machine === undefined ? null : { ...machine } };
        emit({ event: "phase-ended", name, durationMs, outcome });
        phases.push({ name, startedAt, durationMs, outcome, ...used });
      };
      try {
        const result = await work();
        end("done");
        return result;
      } catch (error) {
        end("failed");
        throw error;
      }
    },
  };
}
