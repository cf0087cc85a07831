import { describe, expect, it } from "@jest/globals";

import type { BuilderFacts, BuilderStatus } from "../../../src/model/builder.js";
import { compareImages, describeDisk } from "../../../src/pipeline/pool-health.js";

const POOL = { namespace: "ci", name: "builders" };
const [OLD, NEW] = [`sha256:${"a".repeat(64)}`, `sha256:${"b".repeat(64)}`];

/** A pod that runs an image, or a builder that is not a pod. */
function createStatus(name: string, image: string | undefined): BuilderStatus {
  return {
    state: "dropped",
    builder: {
      alias: name,
      protocol: "ssh-ng",
      user: "nix",
      host: `${name}.builders.ci`,
      port: 2222,
      query: "",
      systems: ["x86_64-linux"],
      maxJobs: 1,
      speedFactor: 1,
      supportedFeatures: [],
      mandatoryFeatures: [],
      keyFile: undefined,
      hostKey: undefined,
      image,
    },
    code: "BUILDER_UNREACHABLE",
    reason: "the pod is not ready",
    hint: "Wait.",
  };
}

describe("the images of a pool", () => {
  it("are the same if their digests are, whatever registry they came from", () => {
    const statuses = [
      createStatus("builders-amd64-0", `registry.example.org/builder@${OLD}`),
      createStatus("builders-arm64-0", `mirror.example.org/builder:v1@${OLD}`),
      createStatus("machine", undefined),
    ];
    expect(compareImages(POOL, statuses)).toEqual({
      state: "ok",
      detail: `2 pods of registry.example.org/builder@${OLD}`,
      hint: undefined,
    });
  });

  it("are a warning if they differ, which names the pods of each", () => {
    const statuses = [
      createStatus("builders-amd64-1", `registry.example.org/builder@${NEW}`),
      createStatus("builders-amd64-0", `registry.example.org/builder@${OLD}`),
      createStatus("builders-arm64-0", `registry.example.org/builder@${OLD}`),
    ];
    expect(compareImages(POOL, statuses)).toEqual({
      state: "warning",
      detail:
        `its pods run different images: ${OLD} on builders-amd64-0, builders-arm64-0; ` +
        `${NEW} on builders-amd64-1`,
      hint: "Finish the upgrade: kubectl --namespace ci rollout status statefulset",
    });
  });

  it("are not compared without pods", () => {
    expect(compareImages(POOL, [createStatus("machine", undefined)])).toBeUndefined();
  });
});

describe("the disk of a pod", () => {
  it.each([
    [{ freeBytes: 5.9 * 2 ** 30, collectedAgoS: 7300 }, ["5 GiB free", "garbage collected 2 hours ago"]],
    [{ freeBytes: undefined, collectedAgoS: undefined }, ["garbage collected never"]],
  ])("is described: %j", (disk, expected) => {
    expect(describeDisk(disk as BuilderFacts)).toEqual(expected);
  });
});
