import { describe, expect, it } from "@jest/globals";

import { parsePods } from "../../../src/kubernetes/pods.js";

const POOL = { namespace: "builders", name: "pool" };
const KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0Lk8FxRWhNuQwRd7nAuFnVhTAWfpK8YUwhnSGrZvzq";
const OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDDBkKqcsGgqXqZ8cZ6yYl5vLJnBf3YRvDsTNNXDJKq1";
const READY = { conditions: [{ type: "Ready", status: "True" }] };

function createPod(status: object = READY, { metadata = {}, spec = {} } = {}) {
  return {
    metadata: { name: "pool-amd64-0", labels: {}, ...metadata },
    spec: { nodeSelector: { "kubernetes.io/arch": "amd64" }, containers: [], ...spec },
    status,
  };
}

const read = (pod: object, knownHosts = KEY) =>
  parsePods({ items: [pod] }, { data: { known_hosts: knownHosts } }, POOL)[0];

describe("a pod of a pool", () => {
  it("is a builder with the CPU, the port and the host keys of its pool", () => {
    const spec = {
      nodeSelector: { "kubernetes.io/arch": "arm64" },
      containers: [
        {
          image: "registry.example.org/builder@sha256:abc",
          ports: [
            { name: "metrics", containerPort: 9090 },
            { name: "ssh", containerPort: 22 },
          ],
        },
      ],
    };
    expect(read(createPod({ ...READY, podIP: "10.0.0.7" }, { spec }), `${KEY}\n${OTHER} old`)).toEqual({
      name: "pool-amd64-0",
      isReady: true,
      system: "aarch64-linux",
      port: 22,
      ip: "10.0.0.7",
      image: "registry.example.org/builder@sha256:abc",
      hostKeys: [KEY, OTHER],
      refusal: undefined,
    });
  });

  it("has only the keys of its own name, and those for all", () => {
    const lines = `pool-amd64-0,pool-amd64-1 ${KEY}\npool-amd64-2 ${OTHER}`;
    expect(read(createPod(), lines)?.hostKeys).toEqual([KEY]);
    expect(read(createPod(), `@revoked pool-amd64-0 ${KEY}`)?.refusal).toMatchObject({
      code: "BUILDER_HOST_KEY",
    });
  });

  it.each([
    [
      createPod(READY, { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } }),
      "BUILDER_UNFIT",
      "the pod is ending: it takes no new builds",
    ],
    [createPod({}), "BUILDER_UNREACHABLE", "the pod is not ready"],
    [
      createPod({
        conditions: [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available" }],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: 0/1 nodes are available",
    ],
    [
      createPod({
        initContainerStatuses: [{ state: { waiting: { reason: "ErrImagePull", message: "not found" } } }],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: ErrImagePull: not found",
    ],
    [
      createPod({
        containerStatuses: [
          {
            state: { waiting: { reason: "CrashLoopBackOff" } },
            lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
          },
        ],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: CrashLoopBackOff; its container ended with OOMKilled",
    ],
    [
      createPod({
        initContainerStatuses: [
          {
            state: {
              terminated: { reason: "Error", exitCode: 1, message: "copies\nNo space left on device\n" },
            },
          },
        ],
        containerStatuses: [{ state: { waiting: { reason: "PodInitializing" } } }],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: PodInitializing; its container ended with exit code 1: No space left on device",
    ],
    [
      createPod({
        initContainerStatuses: [
          { state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 10s" } } },
        ],
        containerStatuses: [{ state: { waiting: { reason: "PodInitializing" } } }],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: CrashLoopBackOff: back-off 10s",
    ],
    [
      createPod({
        initContainerStatuses: [{ state: { terminated: { reason: "Completed", exitCode: 0 } } }],
        containerStatuses: [
          { state: { running: {} }, lastState: { terminated: { exitCode: 137, message: "accepted" } } },
        ],
      }),
      "BUILDER_UNREACHABLE",
      "the pod is not ready: its container ended with exit code 137",
    ],
  ])("is not used when it cannot build, and says why (%#)", (pod, code, message) => {
    expect(read(pod)?.refusal).toMatchObject({ code, message });
  });

  it("is not used without a host key, or without the ConfigMap", () => {
    const error = {
      code: "BUILDER_HOST_KEY",
      message: "the ConfigMap builders/pool-host-keys has no host key of the pod",
    };
    expect(read(createPod(), "")?.refusal).toMatchObject(error);
    expect(parsePods({ items: [createPod()] }, undefined, POOL)[0]?.refusal).toMatchObject(error);
  });

  it("needs a ConfigMap that can be read", () => {
    expect(() => read(createPod(), "nonsense")).toThrow(
      "the ConfigMap builders/pool-host-keys, line 1 is neither a known_hosts line nor a public key",
    );
  });
});
