import { readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { RunEvent } from "../../src/model/run-event.js";
import type { Report } from "../../src/report/report.js";
import { COMMON, FIXTURE, readEvents, readLayoutTag, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

describe("a native build into an OCI layout", () => {
  const machine = makeTemporaryFolder("native");
  const layout = join(machine, "image");
  const inputs = {
    ...COMMON,
    ...SMOKE_TEST,
    installables: `path:${FIXTURE}#image`,
    image: `oci:${layout}`,
    tags: "latest, v1",
    cache: `file://${join(machine, "cache")}`,
    "events-file": join(machine, "events.jsonl"),
  };
  let first: StepResult;
  let report: Report;
  let events: ReturnType<typeof readEvents>;

  beforeAll(async () => {
    first = await createRunner(machine).runStep({ inputs });
    if (first.exitCode !== 0) throw new Error(first.log);
    report = readReport(first);
    events = readEvents(join(machine, "events.jsonl"));
  }, 240_000);

  it("installs Nix, builds here, and promotes the digest that it tested", () => {
    expect(report.nix).toMatchObject({ origin: "installed" });
    expect(report.plans).toMatchObject([{ target: "x86_64-linux", strategy: "native" }]);
    expect(report.builds.map(({ place, outcome }) => [place, outcome])).toContainEqual(["local", "built"]);
    expect(report.smokeTests).toMatchObject([{ outcome: "passed", isEmulated: false }]);
    expect(report.promotion).toMatchObject({ state: "promoted" });
    expect(report.outcome).toBe("success");
    expect(readLayoutTag(layout, "latest")).toBe(first.outputs["digest"]);
    expect(readLayoutTag(layout, "v1")).toBe(first.outputs["digest"]);
  });

  it("sets every output", () => {
    expect(first.outputs).toMatchObject({
      digest: expect.stringMatching(/^sha256:/) as unknown,
      imageid: expect.stringMatching(/^sha256:/) as unknown,
      image: `oci:${layout}@${first.outputs["digest"] ?? ""}`,
      tags: "latest\nv1",
      "smoke-test": "passed",
      promoted: "true",
      "error-code": "",
    });
    expect(first.outputs["store-paths"]).toMatch(/^\/nix\/store\//);
    expect(first.summary).toContain(first.outputs["digest"] ?? "missing");
  });

  it("writes what happens as events, in the words of the report", () => {
    const of = <K extends RunEvent["event"]>(kind: K) =>
      events.filter((event): event is Extract<(typeof events)[number], { event: K }> => event.event === kind);
    const { system } = report.host;
    expect(events[0]).toEqual({ at: events[0]?.at, event: "run-started", version: 1, system });
    expect(events.at(-1)).toMatchObject({ event: "run-ended", outcome: "success", error: null });
    expect(of("phase-ended").map(({ name, durationMs }) => [name, durationMs])).toEqual(
      report.phases.map(({ name, durationMs }) => [name, durationMs]),
    );
    expect(of("phase-started").length).toBe(report.phases.length);
    const pick = ({ drvPath, name, place, durationMs, outcome }: (typeof report.builds)[number]) => ({
      ...{ target: "x86_64-linux", drvPath, name, place, durationMs, outcome },
    });
    expect(of("build-ended")).toMatchObject(report.builds.map(pick));
    expect(of("build-started").length).toBe(report.builds.length);
    expect(of("attempt-started")).toMatchObject([{ strategy: "native", mode: "local" }]);
    expect(of("attempt-ended")).toMatchObject([{ target: "x86_64-linux", error: null }]);
    const [smoke] = report.smokeTests;
    expect(of("check-ended")).toMatchObject(smoke?.checks ?? []);
    expect(of("check-ended").map(({ target }) => target)).toContain("x86_64-linux");
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted());
  });

  it("fills the binary cache, so that a new machine builds and uploads nothing", async () => {
    const second = await createRunner(makeTemporaryFolder("second")).runStep({ inputs });
    expect(second).toMatchObject({ exitCode: 0 });
    const again = readReport(second);
    expect(again.builds).toEqual([]);
    expect(again.substitutions.length).toBeGreaterThan(0);
    expect(again.caches).toMatchObject([{ pathsPushed: 0, hitRate: 1, isTrustedByLocation: true }]);
    expect(again.layers.map(({ state }) => state)).toEqual(again.layers.map(() => "recorded"));
    expect(second.outputs["digest"]).toBe(first.outputs["digest"]);
    expect(again.promotion).toMatchObject({ state: "unchanged" });
    const [before] = readReport(first).image?.platforms ?? [];
    expect(before).toMatchObject({ previousSizeBytes: null });
    expect(again.image?.platforms).toMatchObject([{ previousSizeBytes: before?.sizeBytes }]);
  }, 240_000);

  it("reuses the installed Nix", async () => {
    const third = await createRunner(machine).runStep({ inputs });
    expect(third).toMatchObject({ exitCode: 0 });
    expect(readReport(third).nix).toMatchObject({ origin: "reused" });
  }, 240_000);

  it("builds in the sandbox", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, image: "", tags: "", "smoke-test": "", installables: `path:${FIXTURE}#sandboxed` },
    });
    expect(step).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it("moves no tag to an image that answers 500", async () => {
    const before = readLayoutTag(layout, "latest");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, installables: `path:${FIXTURE}#broken` },
    });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_FAILED", "smoke-test": "failed", promoted: "false" },
    });
    expect(step.log).toContain("500");
    expect(before).toBe(first.outputs["digest"]);
    expect(readLayoutTag(layout, "latest")).toBe(before);
    expect(readReport(step)).toMatchObject({ outcome: "failure", promotion: { state: "withheld" } });
  }, 120_000);

  it("stops at a file for another CPU before anything is pushed", async () => {
    const empty = join(machine, "audited");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, image: `oci:${empty}`, installables: `path:${FIXTURE}#mixed` },
    });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "AUDIT_FAILED", digest: "", promoted: "false" },
    });
    expect(step.log).toMatch(/\/opt\/foreign\/server.*aarch64/s);
    expect(readReport(step).audits[0]?.foreign).toMatchObject([
      { path: "/opt/foreign/server", machine: "aarch64" },
    ]);
  }, 120_000);

  it("allows such a file if audit-allow matches it", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs,
        tags: "",
        image: `oci:${join(machine, "allowed")}`,
        installables: `path:${FIXTURE}#mixed`,
        "audit-allow": "/opt/foreign/**",
      },
    });
    expect(step).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it.each(["gzipped", "streamed", "based", "layout", "packed"])(
    "tests and promotes an image in another form: %s",
    async (form) => {
      const step = await createRunner(machine).runStep({
        inputs: {
          ...inputs,
          image: `oci:${join(machine, "forms")}`,
          installables: `path:${FIXTURE}#${form}`,
          tags: form,
        },
      });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.outputs).toMatchObject({ promoted: "true", "smoke-test": "passed" });
      const { audits, builds } = readReport(step);
      expect(audits[0]?.orphanedScripts.map(({ path }) => path)).toEqual(
        form === "based" ? ["/bin/orphan"] : [],
      );
      if (form === "based") expect(step.log).toContain("/bin/orphan is a script for /usr/bin/env");
      if (form === "streamed") {
        expect(step.log).toMatch(
          /is run to make an archive of the image, since it is not a script of stream/,
        );
        expect(builds.map(({ name }) => name)).toContain("image-stream-x86_64-linux.tar");
      }
      // The same image in another form has the same bytes; a layout keeps its own manifest.
      if (form === "gzipped" || form === "streamed")
        expect(step.outputs["digest"]).toBe(first.outputs["digest"]);
      else expect(step.outputs["digest"]).not.toBe(first.outputs["digest"]);
    },
    120_000,
  );

  it("names a derivation that fails, and shows its last log lines", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, installables: `path:${FIXTURE}#failing` },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILD_FAILED", digest: "" } });
    expect(step.log.split("line 30")).toHaveLength(2);
    const failed = readReport(step);
    expect(failed.builds).toMatchObject([
      { outcome: "failed", log: expect.arrayContaining(["line 30"]) as unknown },
    ]);
    expect(step.summary).toMatch(
      /<details open>.*\n<pre>.*line 30<\/pre>[^]*nix log \/nix\/store\/\S+-failing\.drv/,
    );
    expect(step.summary).toContain("<summary>0 derivations built, 1 failed, ");
    expect(failed.error).toMatchObject({ code: "BUILD_FAILED" });
  }, 120_000);

  it("tests but pushes nothing on pull_request", async () => {
    const untouched = join(machine, "pull-request");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, push: "true", image: `oci:${untouched}` },
      env: { GITHUB_EVENT_NAME: "pull_request" },
    });
    expect(step).toMatchObject({
      exitCode: 0,
      outputs: { digest: "", promoted: "false", "smoke-test": "passed" },
    });
    expect(() => readFileSync(join(untouched, "index.json"))).toThrow();
    expect(step.log).toContain("nothing is pushed on the event pull_request");
  }, 120_000);

  it("leaves no process, no file and no container once post has run", async () => {
    const runner = createRunner(machine);
    const main = await runner.runStep({ inputs });
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    expect(post.log).not.toContain("::warning");
  }, 120_000);
});
