import type { Clock } from "../platform/clock.js";
import type { DiskUse } from "../platform/disk.js";
import type { Report } from "./report.js";

/** Records the time, the outcome and the use of disks of each phase of a run. Phases may run in parallel. */
export interface PhaseTimeline {
  readonly phases: Report["phases"];
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Creates an empty timeline. `watch` starts to measure the disks, and returns what ends that. */
export function createPhaseTimeline(
  clock: Clock,
  watch: () => { stop(): readonly DiskUse[] } = () => ({ stop: () => [] }),
): PhaseTimeline {
  const phases: Report["phases"] = [];
  return {
    phases,
    run: async (name, work) => {
      const startedAtMs = clock.nowMs();
      const disks = watch();
      const end = (outcome: "done" | "failed") => {
        const durationMs = clock.nowMs() - startedAtMs;
        const startedAt = new Date(startedAtMs).toISOString();
        phases.push({ name, startedAt, durationMs, outcome, disks: [...disks.stop()] });
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
