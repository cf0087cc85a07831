import { z } from "zod";

import { ActionError } from "../errors/action-error.js";
import { HOST_KEYS, nameHostKeys, type PoolReference } from "../model/kubernetes-pool.js";
import { sanitizeText } from "../platform/log.js";
import { type KnownHostsLine, parseKnownHosts } from "../ssh/known-hosts.js";
import { type ApiAccess, askApi, forbidden, watchApi } from "./api.js";

/** A pod of a pool, as the API server describes it. */
export interface PoolPod {
  readonly name: string;
  /** The system of its CPU. */
  readonly system: string;
  readonly port: number;
  readonly ip: string | undefined;
  /** The digest or name of its image. */
  readonly image: string;
  /** The host keys that its ConfigMap lists for it, as `TYPE BASE64`. */
  readonly hostKeys: readonly string[];
  readonly isReady: boolean;
  /** Why it cannot be used now. */
  readonly refusal: ActionError | undefined;
}

/** What the Role `NAME-use` of the chart allows, and a run needs. */
const RIGHTS = [
  ["get", "pods"],
  ["list", "pods"],
  ["watch", "pods"],
  ["get", "pods/portforward"],
  ["create", "pods/portforward"],
  ["get", "configmaps"],
] as const;

const SYSTEMS: Readonly<Record<string, string>> = { amd64: "x86_64-linux", arm64: "aarch64-linux" };
const SSH_PORT = 2222;
const WATCH_SECONDS = 300;

const Terminated = z.object({
  reason: z.string().optional(),
  message: z.string().optional(),
  exitCode: z.number(),
});
const State = z.object({
  waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
  terminated: Terminated.optional(),
});
const Container = z.object({ state: State.optional(), lastState: State.optional() });
const Pod = z.object({
  metadata: z.object({
    name: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    deletionTimestamp: z.string().optional(),
  }),
  spec: z.object({
    nodeSelector: z.record(z.string(), z.string()).default({}),
    containers: z.array(
      z.object({
        image: z.string().default(""),
        ports: z.array(z.object({ name: z.string().optional(), containerPort: z.number() })).default([]),
      }),
    ),
  }),
  status: z.object({
    podIP: z.string().optional(),
    conditions: z
      .array(z.object({ type: z.string(), status: z.string(), message: z.string().optional() }))
      .default([]),
    initContainerStatuses: z.array(Container).default([]),
    containerStatuses: z.array(Container).default([]),
  }),
});
const Pods = z.object({ items: z.array(Pod) });
const HostKeys = z.object({ data: z.record(z.string(), z.string()).default({}) });
const Review = z.object({ status: z.object({ allowed: z.boolean() }) });

/**
 * Checks that the user has every right that a run needs, and not only those that are used first. Rejects with
 * `BUILDER_DENIED`, naming what is missing, and with the codes of `askApi`.
 */
export async function checkRights(
  access: ApiAccess,
  pool: PoolReference,
  signal: AbortSignal,
): Promise<void> {
  const { namespace } = pool;
  const missing = await Promise.all(
    RIGHTS.map(async ([verb, what]) => {
      const [resource, subresource] = what.split("/");
      const name = resource === "configmaps" ? nameHostKeys(pool) : undefined;
      const answer = await askApi(access, {
        method: "POST",
        path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        signal,
        body: {
          apiVersion: "authorization.k8s.io/v1",
          kind: "SelfSubjectAccessReview",
          spec: { resourceAttributes: { namespace, verb, resource, subresource, name } },
        },
      });
      const isAllowed = Review.parse(answer).status.allowed;
      return isAllowed ? [] : [`${verb} ${what}${name === undefined ? "" : ` ${name}`}`];
    }),
  );
  if (missing.flat().length === 0) return;
  throw forbidden(
    `the user of kubeconfig may not ${missing.flat().join(", ")} in the namespace ${namespace}`,
  );
}

/** Lists the pods of a pool. Rejects with the codes of `askApi`. */
export async function listPods(
  access: ApiAccess,
  pool: PoolReference,
  signal: AbortSignal,
): Promise<readonly PoolPod[]> {
  const keysPath = `/api/v1/namespaces/${pool.namespace}/configmaps/${nameHostKeys(pool)}`;
  const [pods, keys] = await Promise.all([
    askApi(access, { method: "GET", path: renderPodsPath(pool), signal }),
    askApi(access, { method: "GET", path: keysPath, signal }),
  ]);
  return parsePods(pods, keys, pool);
}

function renderPodsPath({ namespace, name }: PoolReference): string {
  const labels = `app.kubernetes.io/name=cross-build-builder,app.kubernetes.io/instance=${name}`;
  return `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(labels)}`;
}

const PodEvent = z.object({ type: z.string(), object: z.unknown() });

/**
 * Waits until a pod of the pool is not what it was in `known`, or until the API server ends the answer.
 * Rejects as `watchApi` does.
 */
export async function awaitPodChange(
  access: ApiAccess,
  { pool, known }: { readonly pool: PoolReference; readonly known: readonly PoolPod[] },
  signal: AbortSignal,
): Promise<void> {
  const states = new Map(known.map(({ name, isReady }) => [name, isReady]));
  // It begins with an event for each pod that there is.
  const path = `${renderPodsPath(pool)}&watch=1&timeoutSeconds=${WATCH_SECONDS}`;
  for await (const event of watchApi(access, path, signal)) {
    const { type, object } = PodEvent.parse(event);
    if (type === "ERROR") return;
    const pod = Pod.parse(object);
    const isReady = explainUnready(pod) === undefined;
    if (type === "DELETED" || states.get(pod.metadata.name) !== isReady) return;
  }
}

/** Reads a list of pods, and the ConfigMap with their host keys, if there is one. */
export function parsePods(pods: unknown, keys: unknown, pool: PoolReference): readonly PoolPod[] {
  const { data } = HostKeys.parse(keys ?? {});
  const lines = parseHostKeys(data[HOST_KEYS] ?? "", pool);
  return Pods.parse(pods).items.map((pod) => readPod(pod, lines, pool));
}

function parseHostKeys(text: string, pool: PoolReference): readonly KnownHostsLine[] {
  try {
    return parseKnownHosts(text);
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    throw error.with({ message: error.message.replace("input ssh-known-hosts", describeHostKeys(pool)) });
  }
}

/** Names the ConfigMap with the host keys, for messages. */
export function describeHostKeys(pool: PoolReference): string {
  return `the ConfigMap ${pool.namespace}/${nameHostKeys(pool)}`;
}

function readPod(
  { metadata, spec, status }: z.infer<typeof Pod>,
  lines: readonly KnownHostsLine[],
  pool: PoolReference,
): PoolPod {
  const { name } = metadata;
  const ports = spec.containers.flatMap((container) => container.ports);
  const cpu = spec.nodeSelector["kubernetes.io/arch"] ?? "amd64";
  const own = lines.filter(({ hosts }) => hosts === undefined || hosts.split(",").includes(name));
  const hostKeys = own.filter(({ marker }) => marker === undefined).map(({ key }) => key);
  const unready = explainUnready({ metadata, spec, status });
  return {
    name,
    isReady: unready === undefined,
    system: SYSTEMS[cpu] ?? `${cpu}-linux`,
    port: ports.find((port) => port.name === "ssh")?.containerPort ?? SSH_PORT,
    ip: status.podIP,
    image: spec.containers[0]?.image ?? "",
    hostKeys,
    refusal: unready ?? explainUnknown(hostKeys, pool),
  };
}

function explainUnready({ metadata, status }: z.infer<typeof Pod>): ActionError | undefined {
  if (metadata.deletionTimestamp !== undefined)
    return new ActionError("BUILDER_UNFIT", "the pod is ending: it takes no new builds", {
      hint: "A StatefulSet starts the next one when it has ended.",
    });
  if (status.conditions.some((condition) => condition.type === "Ready" && condition.status === "True"))
    return undefined;
  const states = [...status.initContainerStatuses, ...status.containerStatuses];
  const waits = states.flatMap(({ state }) => state?.waiting ?? []);
  // All others wait for an init container.
  const waiting = waits.find(({ reason }) => reason !== "PodInitializing") ?? waits[0];
  const ended = states
    .flatMap(({ state, lastState }) => state?.terminated ?? lastState?.terminated ?? [])
    .find(({ exitCode }) => exitCode !== 0);
  const condition = status.conditions.find(({ status: value }) => value === "False");
  const why = [
    [waiting?.reason, waiting?.message ?? condition?.message].filter((text) => text !== undefined).join(": "),
    ended === undefined ? "" : `its container ended with ${explainEnd(ended)}`,
  ].filter((text) => text !== "");
  const said = sanitizeText(why.join("; ")).slice(0, 500);
  return new ActionError("BUILDER_UNREACHABLE", `the pod is not ready${said === "" ? "" : `: ${said}`}`, {
    hint: `Look at it with: kubectl describe pod ${metadata.name}`,
  });
}

/** The last line of the log has the reason, unless a signal has killed the container. */
function explainEnd({ reason, message, exitCode }: z.infer<typeof Terminated>): string {
  const end = reason === undefined || reason === "Error" ? `exit code ${exitCode}` : reason;
  const log = message?.trim().split("\n").at(-1) ?? "";
  return log === "" || exitCode > 128 ? end : `${end}: ${log}`;
}

function explainUnknown(hostKeys: readonly string[], pool: PoolReference): ActionError | undefined {
  if (hostKeys.length > 0) return undefined;
  return new ActionError("BUILDER_HOST_KEY", `${describeHostKeys(pool)} has no host key of the pod`, {
    hint: `Add a line to its ${HOST_KEYS}: ssh_host_ed25519_key.pub of the pool's Secret.`,
  });
}
