import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../../src/errors/action-error.js";
import type { TargetImage } from "../../../../src/image/image.js";
import type { Digest } from "../../../../src/model/digest.js";
import type { TargetSystem } from "../../../../src/model/system.js";
import { smokeTestImages } from "../../../../src/pipeline/stages/gate.js";
import type { Container, ContainerRuntime } from "../../../../src/smoke/container.js";
import type { ImageLoad } from "../../../../src/model/smoke.js";
import { parseSmokeSpec } from "../../../../src/smoke/spec.js";
import { createFakeRun } from "../fake-run.js";

const DIGEST: Digest = `sha256:${"0".repeat(64)}`;
const SMOKE_TEST = parseSmokeSpec("checks: [{ exit-code: 0, args: [--version] }]");

/**
 * An engine whose containers exit with the code of the image's target. It cannot load images without a code.
 */
function createRuntime(
  exitCodes: Partial<Record<TargetSystem, number>>,
  way: ImageLoad["way"] = "layers",
): ContainerRuntime {
  const targets = Object.keys(exitCodes);
  let loaded = "";
  return {
    name: "fake",
    system: "x86_64-linux",
    load: ({ manifest }) => {
      loaded = targets.find((target) => manifest.mediaType === target) ?? "";
      if (loaded === "")
        return Promise.reject(new ActionError("GATE_MISMATCH", "another image", { hint: "None." }));
      const load = { way, reason: "the engine is a fake" };
      return Promise.resolve({ id: DIGEST, load, remove: () => Promise.resolve() });
    },
    start: () =>
      Promise.resolve({
        state: "started",
        container: {
          readState: () =>
            Promise.resolve({ exitCode: exitCodes[loaded as TargetSystem], isOutOfMemory: false }),
          readUsers: () => Promise.resolve({ configured: "1000", running: ["1000"] }),
          readLog: () => Promise.resolve("its last line"),
          stop: () => Promise.resolve(),
          remove: () => Promise.resolve(),
        } as unknown as Container,
      }),
  };
}

function imageFor(target: TargetSystem): TargetImage {
  const manifest = { mediaType: target, digest: DIGEST, sizeBytes: 0, source: { bytes: Buffer.alloc(0) } };
  return { target, read: { image: { manifest, layers: [manifest] } } } as unknown as TargetImage;
}

async function runGate(
  exitCodes: Partial<Record<TargetSystem, number>>,
  targets: readonly TargetSystem[],
  job = { isPromoted: true, isEmulatedGateAllowed: true },
) {
  const { context, clock, lines } = createFakeRun();
  const runtime = createRuntime(exitCodes);
  const images = targets.map(imageFor);
  const load = ({ read }: TargetImage) => runtime.load(read.image);
  const input = { job, smokeTest: SMOKE_TEST, images, runtime, origin: "made", load } as const;
  const result = await clock.run(smokeTestImages(context, input));
  return { result, lines };
}

/** Tests an image with a layer that is fetched by `provide`, in an engine that got the image in some way. */
async function testLayer(way: ImageLoad["way"], provide: () => Promise<string>) {
  const { context, clock } = createFakeRun();
  const runtime = createRuntime({ "x86_64-linux": 0 }, way);
  const { target, read } = imageFor("x86_64-linux");
  const layers = read.image.layers.map((layer) => ({ ...layer, source: { provide } }));
  const image: TargetImage = { target, read: { ...read, image: { ...read.image, layers } } };
  const load = () => runtime.load(read.image);
  const job = { isPromoted: true, isEmulatedGateAllowed: true };
  const input = { job, smokeTest: SMOKE_TEST, images: [image], runtime, origin: "made", load } as const;
  return { result: await clock.run(smokeTestImages(context, input)) };
}

describe("the gate stage", () => {
  it("passes if every image passes, and records no promotion", async () => {
    const { result } = await runGate({ "x86_64-linux": 0 }, ["x86_64-linux"]);
    expect(result.error).toBeUndefined();
    expect(result.record).toMatchObject({
      smokeTests: [{ outcome: "passed", layers: [{ digest: DIGEST, origin: "made" }] }],
    });
    expect(result.record).not.toHaveProperty("promotion");
  });

  it.each([
    ["merged", "fetched"],
    ["present", "matched"],
  ] as const)("says of a layer that only the registry has: %s, %s", async (way, origin) => {
    const provide = () => Promise.resolve("/layer");
    const { result } = await testLayer(way, provide);
    expect(result.record).toMatchObject({ smokeTests: [{ layers: [{ origin }] }] });
  });

  it("fails if the registry has another layer than the image that the engine had", async () => {
    const error = new ActionError("GATE_MISMATCH", "another layer", { hint: "None." });
    const { result } = await testLayer("present", () => Promise.reject(error));
    expect(result).toMatchObject({ error, record: { promotion: { state: "withheld" } } });
  });

  it("tests the other images after one has failed, and withholds the tags", async () => {
    const { result, lines } = await runGate({ "x86_64-linux": 7, "aarch64-linux": 0 }, [
      "x86_64-linux",
      "aarch64-linux",
    ]);
    expect(result.error).toMatchObject({ code: "GATE_FAILED" });
    expect(result.record).toMatchObject({
      smokeTests: [{ outcome: "failed" }, { outcome: "passed", isEmulated: true }],
      promotion: { state: "withheld", reason: "the smoke test failed", tags: [] },
    });
    expect(lines.join("\n")).toContain("its last line");
  });

  it("keeps the results before a test that could not run", async () => {
    const { result } = await runGate({ "x86_64-linux": 0 }, ["x86_64-linux", "aarch64-linux"]);
    expect(result.error).toMatchObject({ code: "GATE_MISMATCH" });
    expect(result.record).toMatchObject({
      smokeTests: [{ target: "x86_64-linux", outcome: "passed" }],
      promotion: { state: "withheld" },
    });
  });

  it("refuses an image for another CPU if emulation is not allowed", async () => {
    const { result } = await runGate({ "aarch64-linux": 0 }, ["aarch64-linux"], {
      isPromoted: true,
      isEmulatedGateAllowed: false,
    });
    expect(result.error).toMatchObject({ code: "GATE_EMULATED" });
    expect(result.record).toMatchObject({ smokeTests: [] });
  });
});
