import { readFileSync, writeFileSync } from "node:fs";

import { beforeAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments, stringify } from "yaml";

import { type Isolation, renderPool } from "../../src/kubernetes/pool-manifests.js";
import { createNamespace, helm, kubectl } from "./cluster.js";

const CHART = "deploy/chart";
const DIGEST = `sha256:${"a".repeat(64)}`;
/** Each tier, and the Pod Security level that its pods need. */
const TIERS = [
  ["restricted", "restricted"],
  ["user-namespace", "privileged"],
  ["privileged", "privileged"],
] as const;

type Manifest = Record<string, unknown> & {
  readonly metadata: { readonly labels: Record<string, string> };
};

function render(isolation: string, ...options: string[]): string {
  return helm(["template", "builders", CHART, "--set", `isolation=${isolation}`, ...options]);
}

const renderDefault = (isolation: string) => render(isolation, "--set", `image.digest=${DIGEST}`);
const renderFull = (isolation: string) => render(isolation, "--values", "test/kubernetes/values-full.yaml");

/** The same manifests without the comments and labels of Helm, and with an image of the user's choice. */
function withoutHelm(manifests: string): string {
  // Kubernetes and Helm read YAML 1.1, where 0400 is octal.
  const options = { version: "1.1" } as const;
  const texts = parseAllDocuments(manifests.replaceAll(`@${DIGEST}`, ""), options).map((document) => {
    const manifest = document.toJS() as Manifest;
    const labels = Object.entries(manifest.metadata.labels).filter(
      ([name]) => name !== "helm.sh/chart" && name !== "app.kubernetes.io/managed-by",
    );
    const metadata = { ...manifest.metadata, labels: Object.fromEntries(labels) };
    return stringify({ ...manifest, metadata }, { lineWidth: 0 });
  });
  const origin = "# Made from deploy/chart: UPDATE_GOLDEN=1 script/test kubernetes";
  return `${origin}\n${texts.join("---\n")}`;
}

/** Compares a text with a file, or writes the file if the golden files are updated. */
function expectGolden(text: string, file: string): void {
  if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, text);
  expect(text).toBe(readFileSync(file, "utf8"));
}

/** Returns what the API server says to manifests; throws if it refuses them. */
function tryToApply(manifests: string, namespace: string): string[] {
  const args = ["apply", "--dry-run=server", "--validate=strict", "--warnings-as-errors"];
  return kubectl([...args, "--namespace", namespace, "--filename", "-"], { input: manifests })
    .trim()
    .split("\n")
    .sort();
}

/** What the API server makes of manifests, without what it adds to each object. */
function readSpecs(manifests: string, namespace: string): ReadonlyMap<string, unknown> {
  const args = ["apply", "--dry-run=server", "--output=json", "--namespace", namespace, "--filename", "-"];
  const { items } = JSON.parse(kubectl(args, { input: manifests })) as { items: readonly Live[] };
  return new Map(
    items.map((live) => [
      `${live.kind}/${live.metadata.name}`,
      { ...live, metadata: undefined, status: undefined },
    ]),
  );
}

interface Live {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

function fail(...options: string[]): string {
  try {
    helm(["template", "builders", CHART, ...options]);
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
  throw new Error("the chart was rendered");
}

describe.each(TIERS)("the manifests of the tier %s", (isolation, level) => {
  const namespace = `manifests-${isolation}`;
  beforeAll(() => {
    createNamespace(namespace, level);
  }, 60_000);

  it("are the recorded ones, in deploy/kustomize as in the chart", () => {
    const folder = `deploy/kustomize/${isolation}`;
    expectGolden(withoutHelm(renderDefault(isolation)), `${folder}/pool.yaml`);
    expectGolden(renderFull(isolation), `test/kubernetes/golden/${isolation}.yaml`);
    const parse = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as unknown);
    expect(new Set(parse(kubectl(["kustomize", folder])))).toEqual(
      new Set(parse(readFileSync(`${folder}/pool.yaml`, "utf8"))),
    );
  }, 60_000);

  it.each([
    ["the chart", renderDefault],
    ["the chart with all values", renderFull],
    ["kustomize", () => kubectl(["kustomize", `deploy/kustomize/${isolation}`])],
  ])(
    "are accepted by the API server, without a warning: %s",
    (_, from) => {
      expect(tryToApply(from(isolation), namespace)).toEqual([
        "configmap/builders-config created (server dry run)",
        "networkpolicy.networking.k8s.io/builders created (server dry run)",
        "poddisruptionbudget.policy/builders created (server dry run)",
        "role.rbac.authorization.k8s.io/builders-use created (server dry run)",
        "rolebinding.rbac.authorization.k8s.io/builders-use created (server dry run)",
        "service/builders created (server dry run)",
        "serviceaccount/builders-ci created (server dry run)",
        "statefulset.apps/builders-amd64 created (server dry run)",
        "statefulset.apps/builders-arm64 created (server dry run)",
      ]);
    },
    60_000,
  );

  it("are the same objects, whether chart or kustomize makes them", () => {
    expect(readSpecs(kubectl(["kustomize", `deploy/kustomize/${isolation}`]), namespace)).toEqual(
      readSpecs(renderDefault(isolation).replaceAll(`@${DIGEST}`, ""), namespace),
    );
  }, 60_000);
});

describe("the chart", () => {
  it("passes helm lint", () => {
    expect(helm(["lint", "--strict", CHART, "--set", `image.digest=${DIGEST}`])).toContain(
      "0 chart(s) failed",
    );
  }, 60_000);

  it.each([
    [[], "image.digest is empty: set it to the digest of the builder image"],
    [["image.digest=latest"], "at '/image/digest': 'latest' does not match pattern"],
    [
      ["isolation=none"],
      "at '/isolation': value must be one of 'restricted', 'user-namespace', 'privileged'",
    ],
    [["replicas.riscv64=1"], "at '/replicas': additional properties 'riscv64' not allowed"],
    [["maxjobs=2"], "at '': additional properties 'maxjobs' not allowed"],
    [["maxJobs=0"], "at '/maxJobs': minimum: got 0, want 1"],
    [["store.minFree=10Gi"], "at '/store/minFree': '10Gi' does not match pattern"],
    [[`image.digest=${DIGEST}`, "cores=4"], "maxJobs × cores is 8, but resources.limits.cpu is 4"],
  ])("refuses the values %j", (values, said) => {
    expect(fail(...values.flatMap((value) => ["--set", value]))).toContain(said);
  });
});

describe("the manifests of a provisioned pool", () => {
  it.each(["restricted", "user-namespace", "privileged"] as readonly Isolation[])(
    "are those of the chart with the same values: %s",
    (isolation) => {
      const digest = `sha256:${"a".repeat(64)}`;
      const values = {
        isolation,
        image: { repository: "registry.example.org/builder", digest, pullSecrets: [{ name: "pull" }] },
        replicas: { amd64: 3, arm64: 1 },
        resources: { requests: { cpu: "2", memory: "4Gi" }, limits: { cpu: "8", memory: "16Gi" } },
        store: { size: "1Ti", storageClassName: "fast" },
        podAnnotations: { "cross-build/host-key": "SHA256:abc" },
      };
      const args = ["template", "builders", "deploy/chart", "--namespace", "builders", "--values", "-"];
      const ofChart = parseAllDocuments(helm(args, { input: JSON.stringify(values) }), { version: "1.1" });
      const ours = renderPool(
        {
          namespace: "builders",
          isolation,
          image: `registry.example.org/builder@${digest}`,
          replicas: values.replicas,
          requests: values.resources.requests,
          limits: values.resources.limits,
          storeSize: "1Ti",
          storageClass: "fast",
        },
        { hostKey: "SHA256:abc", pullSecret: "pull" },
      );
      const normalise = (manifests: readonly unknown[]) =>
        new Map(
          (manifests as ReturnType<typeof renderPool>).map((manifest) => [
            `${manifest.kind} ${manifest.metadata.name}`,
            {
              ...manifest,
              metadata: {
                ...manifest.metadata,
                namespace: undefined,
                labels: {
                  ...manifest.metadata.labels,
                  "app.kubernetes.io/managed-by": "",
                  "helm.sh/chart": "",
                },
              },
            },
          ]),
        );
      expect(normalise(ours)).toEqual(normalise(ofChart.map((document) => document.toJS() as unknown)));
    },
  );
});
