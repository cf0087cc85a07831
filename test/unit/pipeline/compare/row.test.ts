import { describe, expect, it } from "@jest/globals";

import { ActionError, runCancelled } from "../../../../src/errors/action-error.js";
import type { Candidate } from "../../../../src/pipeline/compare/candidates.js";
import { advanceRows, type Row } from "../../../../src/pipeline/compare/row.js";

const candidate: Candidate = {
  ...{ target: "x86_64-linux", strategy: "native", reason: "", plan: undefined, isEmulated: false },
};
const ready = (value: number): Row<number> => ({ candidate, state: "ready", value });

describe("advanceRows", () => {
  it("fails a row with the error of its work, and goes on with the others", async () => {
    const error = new ActionError("BUILD_FAILED", "exit code 1", { hint: "Read its log." });
    const rows = await advanceRows<number, number>(
      [ready(1), ready(2), { candidate, state: "impossible" }, ready(3)],
      (value) => (value === 2 ? Promise.reject(error) : Promise.resolve(10 * value)),
    );
    expect(rows).toEqual([
      { candidate, state: "ready", value: 10 },
      { candidate, state: "failed", error },
      { candidate, state: "impossible" },
      { candidate, state: "ready", value: 30 },
    ]);
    const again = await advanceRows(rows, (value) => Promise.resolve(value + 1));
    expect(again.map(({ state }) => state)).toEqual(["ready", "failed", "impossible", "ready"]);
  });

  it("ends when the run is cancelled", async () => {
    const seen: number[] = [];
    const advancing = advanceRows([ready(1), ready(2)], (value) => {
      seen.push(value);
      return Promise.reject(runCancelled());
    });
    await expect(advancing).rejects.toMatchObject({ code: "CANCELLED" });
    expect(seen).toEqual([1]);
  });
});
