import { readFileSync } from "node:fs";

import { parse, parseAllDocuments } from "yaml";

import { ActionError } from "../errors/action-error.js";

/** The tiers of the chart, and the Pod Security level that the pods of each need. */
export const POD_SECURITY = {
  restricted: "restricted",
  "user-namespace": "privileged",
  privileged: "privileged",
} as const;
export type Isolation = keyof typeof POD_SECURITY;

/** The CPUs that a pool has a StatefulSet for, as Kubernetes names them. */
export type Cpu = "amd64" | "arm64";

/** Quantities of Kubernetes, such as `500m` and `2Gi`. */
export interface Resources {
  readonly cpu: string;
  readonly memory: string;
}

/** The settings of a pool that differ from pool to pool. All others are the defaults of the chart. */
export interface PoolSettings {
  readonly namespace: string;
  readonly isolation: Isolation;
  /** `NAME@sha256:DIGEST` */
  readonly image: string;
  readonly replicas: Readonly<Record<Cpu, number>>;
  readonly requests: Resources;
  readonly limits: Resources;
  readonly storeSize: string;
  /** The cluster's default class, if empty. */
  readonly storageClass: string;
}

/** The name of a pool that this command makes; a namespace has one pool. */
export const POOL_NAME = "builders";
/** The label by which this command knows what it has made. */
export const MANAGED_BY = "app.kubernetes.io/managed-by";
export const MANAGER = "cross-build";
/** The annotation of a pod with the fingerprint of its host key: a new key restarts the pods. */
export const HOST_KEY_ANNOTATION = "cross-build/host-key";

/** A manifest, or an object of the API. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    namespace?: string;
    labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly generation?: number;
    readonly deletionTimestamp?: string;
  };
}

interface PodTemplate {
  readonly metadata: { readonly annotations: Record<string, string> };
  readonly spec: {
    imagePullSecrets?: readonly { readonly name: string }[];
    readonly initContainers: readonly Container[];
    readonly containers: readonly Container[];
  };
}

interface Container {
  image: string;
  resources: { readonly requests: Resources; readonly limits: Resources };
}

interface StatefulSet extends Manifest {
  readonly spec: {
    replicas: number;
    readonly template: PodTemplate;
    readonly volumeClaimTemplates: readonly [
      {
        readonly spec: {
          storageClassName?: string;
          readonly resources: { readonly requests: { storage: string } };
        };
      },
    ];
  };
}

/** The values of the chart that this command uses. */
interface ChartValues {
  readonly image: { readonly repository: string; readonly digest: string };
  readonly maxJobs: number;
  readonly cores: number;
  readonly resources: {
    readonly requests: Readonly<Record<keyof Resources, string | number>>;
    readonly limits: Readonly<Record<keyof Resources, string | number>>;
  };
  readonly store: { readonly size: string };
}

/**
 * The chart's own values. `image` is empty unless a release has written the digest of its image there.
 * `slotCores` is the number of cores that a pod's builds use together.
 */
export function readDefaults(): Pick<PoolSettings, "image" | "requests" | "limits" | "storeSize"> & {
  readonly slotCores: number;
} {
  const { image, resources, store, maxJobs, cores } = parse(
    readFileSync(new URL("../../deploy/chart/values.yaml", import.meta.url), "utf8"),
  ) as ChartValues;
  const toText = ({ cpu, memory }: ChartValues["resources"]["limits"]) => ({
    cpu: String(cpu),
    memory: String(memory),
  });
  return {
    image: image.digest === "" ? "" : `${image.repository}@${image.digest}`,
    requests: toText(resources.requests),
    limits: toText(resources.limits),
    storeSize: store.size,
    slotCores: maxJobs * cores,
  };
}

/** What the pods of a pool need from its Secrets. */
export interface PodSecrets {
  /** The fingerprint of the pool's host key. */
  readonly hostKey: string;
  /** The Secret for pulling the image, if one is needed. */
  readonly pullSecret: string | undefined;
}

/** The objects of a pool, as the chart renders them with the same values. */
export function renderPool(settings: PoolSettings, secrets: PodSecrets): readonly Manifest[] {
  // Kubernetes reads YAML 1.1.
  const manifests = parseAllDocuments(readManifests(settings.isolation), { version: "1.1" }).map(
    (document) => document.toJS() as Manifest,
  );
  for (const manifest of manifests) {
    manifest.metadata.namespace = settings.namespace;
    manifest.metadata.labels = { ...manifest.metadata.labels, [MANAGED_BY]: MANAGER };
    if (isStatefulSet(manifest)) adaptStatefulSet(manifest, settings, secrets);
    if (isRoleBinding(manifest))
      for (const subject of manifest.subjects) subject.namespace = settings.namespace;
  }
  return manifests;
}

/** Each file is named in full, so that the bundler finds it. */
function readManifests(isolation: Isolation): string {
  switch (isolation) {
    case "restricted":
      return readFileSync(new URL("../../deploy/kustomize/restricted/pool.yaml", import.meta.url), "utf8");
    case "user-namespace":
      return readFileSync(
        new URL("../../deploy/kustomize/user-namespace/pool.yaml", import.meta.url),
        "utf8",
      );
    case "privileged":
      return readFileSync(new URL("../../deploy/kustomize/privileged/pool.yaml", import.meta.url), "utf8");
  }
}

function isStatefulSet(manifest: Manifest): manifest is StatefulSet {
  return manifest.kind === "StatefulSet";
}

function isRoleBinding(
  manifest: Manifest,
): manifest is Manifest & { readonly subjects: readonly { namespace: string }[] } {
  return manifest.kind === "RoleBinding";
}

function adaptStatefulSet(
  { metadata, spec }: StatefulSet,
  settings: PoolSettings,
  { hostKey, pullSecret }: PodSecrets,
): void {
  const cpu = metadata.labels?.["app.kubernetes.io/component"];
  if (cpu !== "amd64" && cpu !== "arm64") {
    throw new ActionError("INTERNAL", `the StatefulSet ${metadata.name} is for no known CPU`, {
      hint: "Report this at https://github.com/fluo/cross-build/issues.",
    });
  }
  spec.replicas = settings.replicas[cpu];
  const { template, volumeClaimTemplates } = spec;
  template.metadata.annotations[HOST_KEY_ANNOTATION] = hostKey;
  if (pullSecret !== undefined) template.spec.imagePullSecrets = [{ name: pullSecret }];
  for (const container of [...template.spec.initContainers, ...template.spec.containers]) {
    container.image = settings.image;
    container.resources = { requests: settings.requests, limits: settings.limits };
  }
  const [{ spec: claim }] = volumeClaimTemplates;
  claim.resources.requests.storage = settings.storeSize;
  if (settings.storageClass !== "") claim.storageClassName = settings.storageClass;
}
