import { ActionError } from "../errors/action-error.js";
import { type Cluster, type Kind, nameObject } from "./cluster.js";
import { MANAGED_BY, MANAGER, type Manifest, POD_SECURITY, type PoolSettings } from "./pool-manifests.js";

const ENFORCE = "pod-security.kubernetes.io/enforce";
export const NAMESPACE = { apiVersion: "v1", kind: "Namespace" } as const;
export const POD = { apiVersion: "v1", kind: "Pod" } as const;
export const STATEFUL_SET = { apiVersion: "apps/v1", kind: "StatefulSet" } as const;
/** What runs pods. */
const WORKLOADS: readonly Kind[] = [
  POD,
  STATEFUL_SET,
  ...["Deployment", "DaemonSet", "ReplicaSet"].map((kind) => ({ apiVersion: "apps/v1", kind })),
  ...["Job", "CronJob"].map((kind) => ({ apiVersion: "batch/v1", kind })),
];

/** A namespace as it is before this command changes anything. */
export interface NamespaceState {
  readonly exists: boolean;
  /** Whether this command has made it, and may label and delete it. */
  readonly isOwn: boolean;
  /** The Pod Security level that it enforces, if it says one. */
  readonly enforces: string | undefined;
}

/** Looks at a namespace. Rejects with `INPUT_INVALID` if it is being deleted. */
export async function readNamespace(cluster: Cluster, namespace: string): Promise<NamespaceState> {
  const found = await cluster.read({ ...NAMESPACE, metadata: { name: namespace } });
  if (found === undefined) return { exists: false, isOwn: false, enforces: undefined };
  if (found.metadata.deletionTimestamp !== undefined) {
    throw refused(
      `the namespace ${namespace} is being deleted`,
      "Wait until it is gone, and run this again.",
    );
  }
  return { exists: true, isOwn: isOwn(found), enforces: found.metadata.labels?.[ENFORCE] };
}

/**
 * Rejects with `INPUT_INVALID` if a namespace has other workloads, which whoever may forward ports there
 * would reach, or a pool that this command has not made.
 */
export async function checkWorkloads(cluster: Cluster, namespace: string): Promise<void> {
  const workloads = (await Promise.all(WORKLOADS.map((kind) => cluster.list(kind, namespace)))).flatMap(
    (objects, index) => objects.map((object) => ({ ...object, ...WORKLOADS[index] })),
  );
  const others = workloads.filter((object) => !isOfPool(object));
  if (others.length > 0) {
    const [first = ""] = others.map((object) => nameObject(object));
    const more = others.length === 1 ? "" : ` and ${others.length - 1} more`;
    throw refused(
      `the namespace ${namespace} has other workloads: ${first}${more}`,
      "Whoever may use the pool could connect to them. Set --namespace to one that the pool has alone.",
    );
  }
  const foreign = workloads.find((object) => object.kind === "StatefulSet" && !isOwn(object));
  if (foreign !== undefined) {
    const by = foreign.metadata.labels?.[MANAGED_BY];
    throw refused(
      `${nameObject(foreign)} was made by ${by ?? "another program"}, not by this command`,
      by === "Helm"
        ? "Change this pool with helm, or choose another --namespace."
        : "Choose another --namespace.",
    );
  }
}

/**
 * Rejects with `INPUT_INVALID` if somebody else's namespace does not admit the pods of a tier: its owner
 * decides about that, and not this command.
 */
export function checkPodSecurity(
  { exists, isOwn: canLabel, enforces }: NamespaceState,
  { namespace, isolation }: Pick<PoolSettings, "namespace" | "isolation">,
): void {
  if (!exists || canLabel || POD_SECURITY[isolation] === "restricted") return;
  if (enforces === undefined || enforces === "privileged") return;
  throw refused(
    `the namespace ${namespace} enforces the Pod Security level ${enforces}, which does not admit the pods ` +
      `of the isolation ${isolation}`,
    `Set its label ${ENFORCE} to privileged, or provision with --isolation restricted.`,
  );
}

/** The namespace of a pool, as this command makes it. */
export function renderNamespace({
  namespace,
  isolation,
}: Pick<PoolSettings, "namespace" | "isolation">): Manifest {
  const labels = { [MANAGED_BY]: MANAGER, [ENFORCE]: POD_SECURITY[isolation] };
  return { ...NAMESPACE, metadata: { name: namespace, labels } };
}

/** Whether this command has made an object. */
export function isOwn({ metadata }: Manifest): boolean {
  return metadata.labels?.[MANAGED_BY] === MANAGER;
}

/** Whether an object belongs to a pool of builders, whoever has made it. */
export function isOfPool({ metadata }: Manifest): boolean {
  return metadata.labels?.["app.kubernetes.io/name"] === "cross-build-builder";
}

function refused(message: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", message, { hint });
}
