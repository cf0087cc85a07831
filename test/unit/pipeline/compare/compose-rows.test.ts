import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../../src/errors/action-error.js";
import type { Candidate } from "../../../../src/pipeline/compare/candidates.js";
import { composeRow, type Measured } from "../../../../src/pipeline/compare/compose-rows.js";
import type { Sample } from "../../../../src/pipeline/compare/measure.js";

const SYSTEM = "x86_64-linux";
const candidate: Candidate = {
  target: "aarch64-linux",
  strategy: "emulate",
  reason: "QEMU",
  plan: undefined,
  isEmulated: true,
};
const build = { roots: [], graph: { drvPaths: [], json: "{}" }, derivations: 2 };

const sample = (wallMs: number, others: Partial<Sample> = {}): Sample => ({
  wallMs,
  cpuMs: 2 * wallMs,
  memoryBytes: wallMs,
  sentBytes: 0,
  receivedBytes: 0,
  ...others,
});

function measured(rounds: Measured["rounds"]): Measured {
  const machines = [{ name: "this machine", cpuModel: null, cpus: 2 }];
  const link = { kind: "local", roundTripMs: null } as const;
  const sessions = { machines, link, sessions: [] };
  return { cold: build, changed: undefined, evaluationMs: 5, machines: sessions, rounds };
}

describe("composeRow", () => {
  it("has the median of the times, and the most memory", () => {
    const rounds = [3, 1, 2, 10].map((wallMs) => ({ cold: sample(wallMs), changed: undefined }));
    expect(composeRow({ candidate, state: "ready", value: measured(rounds) }, SYSTEM)).toMatchObject({
      state: "measured",
      buildCpu: "aarch64-linux",
      isEmulated: true,
      derivations: { cold: 2, changed: null },
      cold: { wallMs: { min: 1, median: 2.5, max: 10 }, cpuMs: 5, memoryBytes: 10, ratio: null },
      changed: null,
    });
  });

  it("has no value that is unknown in one of the rounds", () => {
    const unknown = { cpuMs: undefined, memoryBytes: undefined, sentBytes: undefined };
    const rounds = [sample(1), sample(2, unknown)].map((cold) => ({ cold, changed: cold }));
    expect(composeRow({ candidate, state: "ready", value: measured(rounds) }, SYSTEM)).toMatchObject({
      cold: { cpuMs: null, memoryBytes: null, sentBytes: null, receivedBytes: 0 },
      changed: { cpuMs: null },
    });
  });

  it("has the error of a row that failed, and the reason of one that is impossible", () => {
    const error = new ActionError("BUILD_FAILED", "exit code 1", { hint: "Read its log." });
    expect(composeRow({ candidate, state: "failed", error }, SYSTEM)).toMatchObject({
      state: "failed",
      reason: "exit code 1",
      code: "BUILD_FAILED",
      cold: null,
    });
    const native: Candidate = { ...candidate, strategy: "native", reason: "another CPU", isEmulated: false };
    expect(composeRow({ candidate: native, state: "impossible" }, SYSTEM)).toMatchObject({
      state: "impossible",
      reason: "another CPU",
      isEmulated: false,
    });
  });
});
