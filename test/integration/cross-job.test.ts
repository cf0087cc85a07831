import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startBinfmt } from "../testbed.js";

afterAll(() => {
  removeTemporaryFolders();
});

describe("cross-compiling for aarch64", () => {
  const machine = makeTemporaryFolder("cross");
  const inputs = {
    ...COMMON,
    ...SMOKE_TEST,
    installables: `path:${FIXTURE}#image`,
    systems: "aarch64-linux",
    image: `oci:${join(machine, "image")}`,
    tags: "latest",
  };
  let binfmt: Service;
  beforeAll(async () => {
    binfmt = await startBinfmt("aarch64");
  });
  afterAll(async () => {
    await binfmt.stop();
  });

  it("refuses to test the image on another CPU", async () => {
    const step = await createRunner(machine).runStep({ inputs });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_EMULATED", promoted: "false" },
    });
  }, 240_000);

  it("tests it under QEMU if that is allowed, and reports that it did", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, "allow-emulated-gate": "true" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed (emulated)", promoted: "true" });
    expect(readReport(step)).toMatchObject({
      plans: [{ strategy: "cross-compile" }],
      smokeTests: [{ isEmulated: true }],
    });
    expect(step.summary).toContain("emulated");
  }, 240_000);

  it("makes one image index for several systems, and tests the image of each", async () => {
    const layout = join(machine, "index");
    const several = { ...inputs, systems: "x86_64-linux\naarch64-linux", image: `oci:${layout}` };
    const refused = await createRunner(machine).runStep({ inputs: several });
    expect(refused).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_EMULATED" } });
    // Before anything is built, and so before the image that this engine could test.
    expect(readReport(refused)).toMatchObject({ builds: [], smokeTests: [] });
    expect(existsSync(layout)).toBe(false);

    const step = await createRunner(machine).runStep({
      inputs: { ...several, "allow-emulated-gate": "true" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    const { digest = "" } = step.outputs;
    expect(readLayoutTag(layout, "latest")).toBe(digest);
    expect(step.outputs).toMatchObject({ imageid: "", "smoke-test": "passed (emulated)", promoted: "true" });
    const { plans, image, audits, smokeTests } = readReport(step);
    expect(plans.map(({ target, strategy }) => [target, strategy])).toEqual([
      ["x86_64-linux", "native"],
      ["aarch64-linux", "cross-compile"],
    ]);
    expect(smokeTests.map(({ target, isEmulated }) => [target, isEmulated])).toEqual([
      ["x86_64-linux", false],
      ["aarch64-linux", true],
    ]);
    expect(audits.map(({ target }) => target)).toEqual(["x86_64-linux", "aarch64-linux"]);
    const index = JSON.parse(readFileSync(join(layout, "blobs/sha256", digest.slice(7)), "utf8")) as unknown;
    expect(index).toMatchObject({
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [
        { digest: image?.platforms[0]?.digest, platform: { os: "linux", architecture: "amd64" } },
        { digest: image?.platforms[1]?.digest, platform: { os: "linux", architecture: "arm64" } },
      ],
    });
  }, 240_000);

  it("moves no tag if one of several images fails, and names the failures", async () => {
    const layout = join(machine, "failed");
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs,
        installables: `path:${FIXTURE}#broken`,
        systems: "x86_64-linux,aarch64-linux",
        image: `oci:${layout}`,
        "allow-emulated-gate": "true",
      },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED" } });
    expect(readReport(step).error?.message).toMatch(/x86_64-linux: .*; aarch64-linux: /);
    expect(readLayoutTag(layout, "latest")).toBeUndefined();
  }, 240_000);
});
