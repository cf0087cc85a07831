import type { Clock } from "../platform/clock.js";
import type { Report } from "./report.js";

/** The phases of a run: each is timed, also when it fails. Phases may run side by side. */
export interface PhaseTimeline {
  readonly phases: Report["phases"];
  run<T>(name: string, work: () => Promise<T>): Promise<T>;
}

/** An empty timeline. */
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
