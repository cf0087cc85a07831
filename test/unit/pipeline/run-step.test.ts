import { describe, expect, it } from "@jest/globals";

import { ActionError, runCancelled } from "../../../src/errors/action-error.js";
import { foldStages } from "../../../src/pipeline/fold-stages.js";
import { toRunError } from "../../../src/pipeline/run-step.js";
import { createFakeRun, OUT_PATH } from "./fake-run.js";

const JOB = { image: undefined, targets: ["x86_64-linux"] } as const;
const CANCELLED = runCancelled();
const INTERNAL = new ActionError("INTERNAL", "unexpected error: x is undefined", { hint: "" });

describe.each([
  ["cancelled", CANCELLED, "cancelled"],
  ["ended by an unexpected error", INTERNAL, "failure"],
])("a run that is %s", (_, reason, outcome) => {
  it("starts no further stage", async () => {
    const cancellation = new AbortController();
    const { context } = createFakeRun({ signal: cancellation.signal });
    let hasPublished = false;
    const { report, error } = await foldStages(JOB, context, async (fold) => {
      await fold.phase("audit", () => {
        cancellation.abort(reason);
        return Promise.resolve({ record: { layers: [] }, output: undefined });
      });
      await fold.phase("publish", () => {
        hasPublished = true;
        return Promise.resolve({ record: {}, output: undefined });
      });
    });
    expect(error).toBe(reason);
    expect(report).toMatchObject({ outcome, error: { code: reason.code }, phases: [{ name: "audit" }, {}] });
    expect(hasPublished).toBe(false);
  });

  it("reports what earlier stages did if a stage never ends", async () => {
    const cancellation = new AbortController();
    const { context, clock } = createFakeRun({ signal: cancellation.signal });
    const startMs = clock.nowMs();
    const ending = foldStages(JOB, context, async (fold) => {
      fold.add({
        record: { built: new Map([["x86_64-linux", [{ drvPath: `${OUT_PATH}.drv`, outPath: OUT_PATH }]]]) },
        output: undefined,
      });
      await fold.phase("audit", () => new Promise(() => undefined));
    });
    cancellation.abort(reason);
    const { report } = await clock.run(ending);
    expect(report).toMatchObject({ outcome, error: { code: reason.code }, storePaths: [OUT_PATH] });
    expect(clock.nowMs() - startMs).toBe(2_500);
  });
});

describe("toRunError", () => {
  const signal = (reason?: Error) => ({
    signal: reason === undefined ? new AbortController().signal : AbortSignal.abort(reason),
    runFolder: "/nonexistent/run",
  });
  const ofNix = runCancelled("the run was cancelled while nix ran");
  const broken = new ActionError("REGISTRY_FAILED", "the connection was closed", { hint: "" });

  it.each<[string, ActionError, Error | undefined, { code: string; message: string }]>([
    ["keeps the error of a run that goes on", broken, undefined, broken],
    ["keeps what was cancelled", ofNix, CANCELLED, ofNix],
    ["calls what fails after a cancellation cancelled", broken, CANCELLED, CANCELLED],
    ["puts an unexpected error before its consequences", ofNix, INTERNAL, INTERNAL],
  ])("%s", (_, thrown, reason, { code, message }) => {
    expect(toRunError(thrown, signal(reason))).toMatchObject({ code, message });
  });
});
