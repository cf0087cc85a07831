import { describe, expect, it } from "@jest/globals";

import {
  awaitPool,
  findProblem,
  isRolledOut,
  type LivePod,
  type LiveStatefulSet,
} from "../../../src/kubernetes/await-pool.js";
import type { Cluster } from "../../../src/kubernetes/cluster.js";
import { FakeClock } from "../../fake-clock.js";

const LABELS = {
  "app.kubernetes.io/name": "cross-build-builder",
  "app.kubernetes.io/managed-by": "cross-build",
};

function pod(status: LivePod["status"], metadata: Partial<LivePod["metadata"]> = {}): LivePod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "builders-amd64-0", labels: LABELS, ...metadata },
    ...(status !== undefined && { status }),
  };
}

function set(status: LiveStatefulSet["status"], generation = 1): LiveStatefulSet {
  return {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "builders-amd64", generation, labels: LABELS },
    spec: { replicas: 2 },
    ...(status !== undefined && { status }),
  };
}

const DONE = {
  observedGeneration: 1,
  replicas: 2,
  readyReplicas: 2,
  currentRevision: "a",
  updateRevision: "a",
};
const READY = { conditions: [{ type: "Ready", status: "True" }] };
const waiting = (reason: string, message?: string) => ({
  containerStatuses: [
    {
      name: "builder",
      ready: false,
      state: { waiting: { reason, ...(message !== undefined && { message }) } },
    },
  ],
});

describe("isRolledOut", () => {
  it.each([
    ["all pods are ready", set(DONE), true],
    ["the controller has seen nothing yet", set(undefined), false],
    ["the controller has not seen the last change", set(DONE, 2), false],
    ["a pod is not ready", set({ ...DONE, readyReplicas: 1 }), false],
    ["a pod is left over", set({ ...DONE, replicas: 3, readyReplicas: 3 }), false],
    ["pods are of the last revision", set({ ...DONE, updateRevision: "b", updatedReplicas: 1 }), false],
    ["all pods are of the new revision", set({ ...DONE, updateRevision: "b", updatedReplicas: 2 }), true],
  ])("says whether %s", (_, given, expected) => {
    expect(isRolledOut(given)).toBe(expected);
  });
});

describe("findProblem", () => {
  it.each([
    [READY, undefined],
    [
      waiting("ErrImagePull", "not found"),
      { isFinal: false, reason: "its container builder waits: ErrImagePull: not found" },
    ],
    [
      waiting("ImagePullBackOff", "not found"),
      { isFinal: true, reason: "its container builder waits: ImagePullBackOff: not found" },
    ],
    [
      {
        initContainerStatuses: [
          {
            name: "seed",
            ready: false,
            state: { waiting: { reason: "CrashLoopBackOff", message: "back-off" } },
            lastState: { terminated: { reason: "Error", message: "cp: No space left on device\n" } },
          },
        ],
        ...waiting("PodInitializing"),
      },
      {
        isFinal: true,
        reason: "its container seed waits: CrashLoopBackOff: back-off: Error: cp: No space left on device",
      },
    ],
    [
      { conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes: Insufficient cpu" }] },
      { isFinal: false, reason: "no node takes it: 0/1 nodes: Insufficient cpu" },
    ],
    [waiting("PodInitializing"), { isFinal: false, reason: "its volume gets the image's programs" }],
    [
      { conditions: [{ type: "Initialized", status: "True" }] },
      { isFinal: false, reason: "its Nix daemon does not answer yet" },
    ],
  ])("says what a pod with the status %j waits for", (status, expected) => {
    expect(findProblem(pod(status))).toEqual(expected);
  });
});

/** Waits for a pool whose answers are these, one for each time that it is looked at. */
async function waitFor(...answers: readonly (readonly [LiveStatefulSet, ...LivePod[]])[]) {
  const clock = new FakeClock();
  const said: string[] = [];
  let looks = 0;
  const cluster = {
    list: ({ kind }: { readonly kind: string }) => {
      const [first, ...pods] = answers[Math.min(Math.floor(looks++ / 2), answers.length - 1)] ?? [];
      if (kind === "Event") looks--;
      return Promise.resolve(kind === "StatefulSet" ? [first] : kind === "Pod" ? pods : []);
    },
  } as unknown as Cluster;
  const log = { info: (line: string) => said.push(line) };
  const awaited = awaitPool(cluster, { namespace: "builders", timeoutMs: 10_000, clock, log });
  const result = await clock.run(awaited).catch((error: unknown) => error);
  return { result, said, waitedMs: clock.nowMs() };
}

describe("awaitPool", () => {
  const starting = pod(waiting("ErrImagePull", "not found"));

  it("resolves to the pods when all are ready, and says once what it waited for", async () => {
    const unready = set({ ...DONE, readyReplicas: 1 });
    const { result, said } = await waitFor([unready, starting], [unready, starting], [set(DONE), pod(READY)]);
    expect(result).toEqual(["builders-amd64-0"]);
    expect(said).toEqual([
      "waiting for the pod builders-amd64-0: its container builder waits: ErrImagePull: not found",
    ]);
  });

  it("rejects at once if a pod will not start, even if another one only takes long", async () => {
    const broken = pod(waiting("ImagePullBackOff", "not found"), { name: "builders-amd64-1" });
    const { result, waitedMs } = await waitFor([set({ ...DONE, readyReplicas: 0 }), starting, broken]);
    expect(result).toMatchObject({
      code: "BUILDER_UNFIT",
      message:
        "the pod builders/builders-amd64-1 cannot start: its container builder waits: " +
        "ImagePullBackOff: not found",
      hint: expect.stringContaining("--image") as unknown,
    });
    expect(waitedMs).toBeLessThan(1_000);
  });

  it.each([
    ["before the controller has seen the change", set({ ...DONE, readyReplicas: 0 }, 2), "a"],
    ["of an earlier revision", set({ ...DONE, readyReplicas: 0, updateRevision: "b" }), "a"],
  ])("waits for a pod %s: it is replaced", async (_, changed, revision) => {
    const labels = { ...LABELS, "controller-revision-hash": revision };
    const old = pod(waiting("ImagePullBackOff", "not found"), { labels });
    const { result } = await waitFor([changed, old], [set(DONE), pod(READY)]);
    expect(result).toEqual(["builders-amd64-0"]);
  });

  it("rejects when the time is over, not counting that in which a pod finishes its builds", async () => {
    const draining = pod(READY, { deletionTimestamp: "2026-01-01T00:00:00Z" });
    const unready = set({ ...DONE, readyReplicas: 1 });
    const long = Array.from({ length: 60 }, () => [unready, draining] as const);
    const { result, said, waitedMs } = await waitFor(...long, [unready, starting]);
    expect(result).toMatchObject({
      code: "BUILDER_UNFIT",
      message: expect.stringContaining(
        "was not ready within 10 s; it waits for the pod builders-amd64-0",
      ) as unknown,
    });
    expect(said[0]).toBe("waiting until the builds of builders-amd64-0 have ended");
    expect(waitedMs).toBeGreaterThan(60_000);
  });
});
