import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
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
  beforeAll(() => {
    binfmt = startBinfmt("aarch64");
  });
  afterAll(async () => {
    await binfmt.stop();
  });

  it("refuses to judge the image on another CPU", async () => {
    const step = await createRunner(machine).runStep({ inputs });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_EMULATED", promoted: "false" },
    });
  }, 240_000);

  it("judges it under QEMU where that is allowed, and says so", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, "allow-emulated-gate": "true" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed (emulated)", promoted: "true" });
    expect(readReport(step)).toMatchObject({
      plan: { strategy: "cross-compile" },
      smoke: { isEmulated: true },
    });
    expect(step.summary).toContain("emulated");
  }, 240_000);
});
