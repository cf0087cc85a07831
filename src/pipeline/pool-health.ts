import type { BuilderFacts, BuilderStatus } from "../model/builder.js";
import { countOf } from "../model/count.js";
import type { PoolReference } from "../model/kubernetes-pool.js";

/** What the doctor says of a pool as a whole. */
export interface PoolHealth {
  readonly state: "ok" | "warning";
  readonly detail: string;
  readonly hint: string | undefined;
}

/** The disk of a pod, which only its own Nix keeps from filling up. */
export function describeDisk({ freeBytes, collectedAgoS }: BuilderFacts): readonly string[] {
  const collected =
    collectedAgoS === undefined ? "never" : `${countOf(Math.floor(collectedAgoS / 3600), "hour")} ago`;
  return [
    ...(freeBytes === undefined ? [] : [`${Math.floor(freeBytes / 2 ** 30)} GiB free`]),
    `garbage collected ${collected}`,
  ];
}

/**
 * Whether all pods of a pool run the same image, by its digest: the name may be that of a mirror. Undefined
 * if the pool has no pods.
 */
export function compareImages(
  { namespace }: PoolReference,
  statuses: readonly BuilderStatus[],
): PoolHealth | undefined {
  const pods = statuses.flatMap(({ builder: { host, image } }) =>
    image === undefined ? [] : [{ host, image }],
  );
  const byDigest = Map.groupBy(pods, ({ image }) => image.split("@").at(-1) ?? image);
  const [[first] = []] = byDigest.values();
  if (first === undefined) return undefined;
  if (byDigest.size === 1)
    return { state: "ok", detail: `${countOf(pods.length, "pod")} of ${first.image}`, hint: undefined };
  const groups = [...byDigest].map(
    ([digest, group]) => `${digest} on ${group.map(({ host }) => host.split(".")[0]).join(", ")}`,
  );
  return {
    state: "warning",
    detail: `its pods run different images: ${groups.sort().join("; ")}`,
    hint: `Finish the upgrade: kubectl --namespace ${namespace} rollout status statefulset`,
  };
}
