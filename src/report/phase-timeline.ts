import type { Clock } from "../platform/clock.js";
import type { Report } from "./report.js";

/** Records the time and outcome of each phase of a run. Phases may run in parallel. */
export interface PhaseTimeline {
  readonly phases: Report["phases"];
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** Creates an empty timeline. */
export function createPhaseTimeline(clock: Clock): PhaseTimeline {
  const phases: Report["phases"] = [];
  return {
    phases,
    run: async (name, work) => {
      const startedAtMs = clock.nowMs();
      const end = (outcome: "done" | "failed") => {
        const durationMs = clock.nowMs() - startedAtMs;
        phases.push({ name, startedAt: new Date(startedAtMs).toISOString(), durationMs, outcome });
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
