import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { foldStages } from "../../../src/pipeline/fold-stages.js";
import { addToRecord, EMPTY_RECORD } from "../../../src/pipeline/record.js";
import { ready } from "../builders/fake-builders.js";
import { type BuilderStatus, displayName } from "../../../src/model/builder.js";
import { createFakeRun, createPlan, DRV_PATH, OUT_PATH } from "./fake-run.js";

const JOB = { image: undefined, targets: ["x86_64-linux"] } as const;
const SCRIPT = { drvPath: DRV_PATH, outPath: OUT_PATH };

describe("foldStages", () => {
  it("reports what every stage did, also before a failure", async () => {
    const { context, clock } = createFakeRun();
    const failure = new ActionError("BUILD_FAILED", "exit code 2", { hint: "Read the log." });
    const { report, error } = await foldStages(JOB, context, async (fold) => {
      fold.add({ record: { plans: [createPlan("native")] }, output: undefined });
      await fold.phase("build", async () => {
        await clock.advance(20);
        return { record: { built: new Map([["x86_64-linux", [SCRIPT]]]) }, error: failure };
      });
    });
    expect(error).toBe(failure);
    expect(report).toMatchObject({
      outcome: "failure",
      error: { code: "BUILD_FAILED", message: "exit code 2", hint: "Read the log." },
      durationMs: 20,
      plans: [{ strategy: "native" }],
      storePaths: [OUT_PATH],
      phases: [{ name: "build", outcome: "failed", durationMs: 20 }],
    });
  });

  it("adds up what the builds of each builder used, unless it is not known of one", async () => {
    const { context } = createFakeRun();
    const [one, two, idle] = ["one", "two", "idle"].map((name) => ready(name).status);
    if (one === undefined || two === undefined || idle === undefined) throw new Error("no builders");
    const build = ({ builder }: BuilderStatus, cpuMs: number | undefined) =>
      ({
        ...{ drvPath: DRV_PATH, name: "a", startedAtMs: 0, durationMs: 500 },
        target: "x86_64-linux",
        location: { kind: "builder", uri: displayName(builder) },
        outcome: "built",
        ...{ log: [], use: { cpuMs } },
      }) as const;
    const traffic = new Map([[one.builder.alias, { sentBytes: 7, receivedBytes: 8 }]]);
    const { report } = await foldStages(JOB, context, (fold) => {
      const builds = [build(one, 100), build(one, 250), build(two, 100), build(two, undefined)];
      fold.add({ record: { builders: [one, two, idle], builds, traffic }, output: undefined });
      return Promise.resolve();
    });
    expect(report.builds.map(({ use }) => use.cpuMs)).toEqual([100, 250, 100, null]);
    expect(report.builders.map(({ use }) => use)).toEqual([
      { builds: 2, busyMs: 1000, cpuMs: 350, sentBytes: 7, receivedBytes: 8 },
      { builds: 2, busyMs: 1000, cpuMs: null, sentBytes: null, receivedBytes: null },
      { builds: 0, busyMs: 0, cpuMs: null, sentBytes: null, receivedBytes: null },
    ]);
  });

  it("names the commit and the page of the run", async () => {
    const { context } = createFakeRun({
      environment: {
        GITHUB_SERVER_URL: "https://github.example",
        GITHUB_REPOSITORY: "fluo/app",
        GITHUB_RUN_ID: "12",
        GITHUB_RUN_ATTEMPT: "2",
      },
    });
    const event = { ...context.event, commit: "0".repeat(40) };
    const { report } = await foldStages(JOB, { ...context, event }, () => Promise.resolve());
    expect(report).toMatchObject({
      commit: event.commit,
      runUrl: "https://github.example/fluo/app/actions/runs/12/attempts/2",
    });
    const outside = await foldStages(JOB, createFakeRun().context, () => Promise.resolve());
    expect(outside.report).toMatchObject({ commit: null, runUrl: null });
  });

  it("passes the output of one stage to the next, and succeeds", async () => {
    const { context } = createFakeRun();
    const outputs: number[] = [];
    const { report, error } = await foldStages(JOB, context, async (fold) => {
      outputs.push(await fold.phase("prepare", () => Promise.resolve({ record: {}, output: 1 })));
    });
    expect([outputs, error, report.outcome]).toEqual([[1], undefined, "success"]);
  });

  it("hides secrets in the report that a registry repeated in an error", async () => {
    const { context } = createFakeRun();
    context.log.mask("aHVudGVyMg");
    const failure = new ActionError("REGISTRY_FAILED", "status 500: Basic aHVudGVyMg", { hint: "Wait." });
    const { report } = await foldStages(JOB, context, () => Promise.reject(failure));
    expect(report.error?.message).toBe("status 500: Basic ***");
    expect(JSON.stringify(report)).not.toContain("aHVudGVyMg");
  });

  it.each([
    ["CANCELLED", new ActionError("CANCELLED", "cancelled", { hint: "None." }), "cancelled"],
    ["INTERNAL", new TypeError("a defect"), "failure"],
  ])("turns an error that a stage throws into a result: %s", async (code, thrown, outcome) => {
    const { context } = createFakeRun();
    const { report, error } = await foldStages(JOB, context, () => Promise.reject(thrown));
    expect([error?.code, report.outcome]).toEqual([code, outcome]);
  });
});

describe("addToRecord", () => {
  it("appends attempts, builds and substitutions, and replaces the rest", () => {
    const substitution = {
      target: "x86_64-linux",
      storePath: OUT_PATH,
      from: "https://cache",
      durationMs: 1,
      outcome: "failed",
    } as const;
    const first = addToRecord(EMPTY_RECORD, { substitutions: [substitution], smokeTests: [] });
    const second = addToRecord(first, { substitutions: [substitution], pushedDigest: undefined });
    expect(second.substitutions).toHaveLength(2);
    expect(first.substitutions).toHaveLength(1);
    expect(EMPTY_RECORD.substitutions).toHaveLength(0);
  });

  it("keeps the script that was asked for, not the image that it streams later", () => {
    const image = { drvPath: DRV_PATH, outPath: `${OUT_PATH}-2` as const };
    const record = addToRecord(addToRecord(EMPTY_RECORD, { built: new Map([["x86_64-linux", [SCRIPT]]]) }), {
      built: new Map([["x86_64-linux", [image]]]),
    });
    expect(record.built.get("x86_64-linux")).toEqual([SCRIPT]);
  });
});
