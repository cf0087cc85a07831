import { describe, expect, it } from "@jest/globals";

import type { Digest } from "../../../src/model/digest.js";
import type { GateResult } from "../../../src/model/gate-result.js";
import type { ListedImage } from "../../../src/model/image.js";
import { findGateGaps, type GateEvidence } from "../../../src/plan/gate-coverage.js";

const digestOf = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
const [AMD64, ARM64] = [
  { digest: digestOf("1"), platform: { os: "linux", architecture: "amd64" } },
  { digest: digestOf("2"), platform: { os: "linux", architecture: "arm64" } },
] as const;
const INDEX: readonly ListedImage[] = [AMD64, ARM64];
const ALONE: readonly ListedImage[] = [{ digest: digestOf("1"), platform: "unlisted" }];

const passed = (digest: Digest, platform: string, given: Partial<GateResult> = {}): GateResult => ({
  run: 7,
  digest,
  platform,
  smokeTest: digestOf("0"),
  engine: platform,
  outcome: "passed",
  ...given,
});
const BOTH = [passed(AMD64.digest, "linux/amd64"), passed(ARM64.digest, "linux/arm64")];
const [ON_AMD64] = BOTH as [GateResult, GateResult];

const find = (images: readonly ListedImage[], given: Partial<GateEvidence>) =>
  findGateGaps(images, { targets: [], results: [], run: 7, isEmulationAllowed: false, ...given });

describe("findGateGaps", () => {
  it.each<[string, readonly ListedImage[], Partial<GateEvidence>]>([
    ["this job tests every image", INDEX, { targets: ["x86_64-linux", "aarch64-linux"] }],
    ["other jobs have", INDEX, { results: BOTH }],
    ["they share the work", INDEX, { targets: ["aarch64-linux"], results: [ON_AMD64] }],
    ["the only image was tested", ALONE, { results: [ON_AMD64] }],
    ["this job tests the only image", ALONE, { targets: ["x86_64-linux"] }],
    ["outside of a workflow there is no run", ALONE, { run: null, results: [{ ...ON_AMD64, run: null }] }],
    [
      "a result is for an image elsewhere",
      INDEX,
      { results: [...BOTH, passed(digestOf("3"), "linux/amd64", { outcome: "failed" })] },
    ],
    [
      "emulation is allowed",
      ALONE,
      { isEmulationAllowed: true, results: [{ ...ON_AMD64, engine: "linux/arm64" }] },
    ],
  ])("finds none if %s", (_, images, evidence) => {
    expect(find(images, evidence)).toEqual([]);
  });

  it.each<[string, readonly ListedImage[], Partial<GateEvidence>, string]>([
    ["nothing was tested", ALONE, {}, `the image ${digestOf("1")} was not tested`],
    ["one image was not", INDEX, { targets: ["x86_64-linux"] }, "the image linux/arm64 was not tested"],
    ["the results lack one", INDEX, { results: [ON_AMD64] }, "the image linux/arm64 was not tested"],
    [
      "another run tested it",
      ALONE,
      { results: [{ ...ON_AMD64, run: 6 }] },
      `the image ${digestOf("1")} was tested in run 6 instead of 7`,
    ],
    [
      "no run tested it",
      ALONE,
      { results: [{ ...ON_AMD64, run: null }] },
      `the image ${digestOf("1")} was tested in run none instead of 7`,
    ],
    [
      "its test failed",
      INDEX,
      { results: [...BOTH, { ...ON_AMD64, outcome: "failed" }] },
      "the image linux/amd64 failed its smoke test",
    ],
    [
      "its test was emulated",
      ALONE,
      { results: [{ ...ON_AMD64, engine: "linux/arm64" }] },
      `the image ${digestOf("1")} was tested under emulation, on linux/arm64`,
    ],
    [
      "its engine is unknown",
      ALONE,
      { results: [{ ...ON_AMD64, engine: null }] },
      `the image ${digestOf("1")} was tested under emulation, on an unknown CPU`,
    ],
    [
      "the index also lists it for another CPU",
      [AMD64, { ...ARM64, digest: AMD64.digest }],
      { results: [ON_AMD64] },
      "the image linux/arm64 was not tested",
    ],
    [
      "another variant was tested",
      [{ ...AMD64, platform: { os: "linux", architecture: "arm", variant: "v6" } }],
      { targets: ["armv7l-linux"], results: [passed(AMD64.digest, "linux/arm/v7")] },
      "the image linux/arm/v6 was not tested",
    ],
    [
      "it has no platform",
      [{ digest: AMD64.digest, platform: undefined }],
      { targets: ["x86_64-linux"], results: [ON_AMD64] },
      `the image ${digestOf("1")} without a platform was not tested`,
    ],
    [
      "it is for another system than Linux",
      [{ ...AMD64, platform: { os: "windows", architecture: "amd64" } }],
      { targets: ["x86_64-linux"], results: [ON_AMD64] },
      "the image windows/amd64 was not tested",
    ],
  ])("finds one if %s", (_, images, evidence, gap) => {
    expect(find(images, evidence)).toEqual([gap]);
  });
});
