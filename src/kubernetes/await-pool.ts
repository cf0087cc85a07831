import { ActionError } from "../errors/action-error.js";
import type { Clock } from "../platform/clock.js";
import { type Log, sanitizeText } from "../platform/log.js";
import type { Cluster } from "./cluster.js";
import type { Manifest } from "./pool-manifests.js";
import { isOfPool, isOwn, POD, STATEFUL_SET } from "./pool-namespace.js";

interface ContainerStatus {
  readonly name: string;
  readonly ready: boolean;
  readonly state?: {
    readonly waiting?: { readonly reason?: string; readonly message?: string };
  };
  /** How it ended the last time; the message is the end of its log. */
  readonly lastState?: {
    readonly terminated?: { readonly reason?: string; readonly message?: string };
  };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** The fields of a Pod that say what it waits for. */
export interface LivePod extends Manifest {
  readonly status?: {
    readonly conditions?: readonly Condition[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
    readonly containerStatuses?: readonly ContainerStatus[];
  };
}

/** The fields of a StatefulSet that say how far its rollout is. */
export interface LiveStatefulSet extends Manifest {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

interface LiveEvent extends Manifest {
  readonly type?: string;
  readonly message?: string;
  readonly involvedObject: { readonly kind?: string };
}

/** Why a pod is not ready. What is final does not become better by waiting. */
export interface PodProblem {
  readonly reason: string;
  readonly isFinal: boolean;
}

const POLL_MS = 1_000;
/** What the kubelet says of a container that will not start without a change. */
const FINAL = new Set([
  "ImagePullBackOff",
  "ErrImageNeverPull",
  "InvalidImageName",
  "CreateContainerConfigError",
  "CreateContainerError",
  "CrashLoopBackOff",
]);

export interface AwaitOptions {
  readonly namespace: string;
  /** The time without a pod that drains: its builds may take as long as they need. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly log: Pick<Log, "info">;
}

/**
 * Waits until all pods of a pool are ready and of its newest revision. Resolves to their names. Rejects with
 * `BUILDER_UNFIT`, as soon as a pod cannot become ready or when the time is over, and says what the pod
 * waits for.
 */
export async function awaitPool(cluster: Cluster, options: AwaitOptions): Promise<readonly string[]> {
  const { namespace, timeoutMs, clock, log } = options;
  let deadline = clock.nowMs() + timeoutMs;
  let said = "";
  for (;;) {
    const [sets, pods] = await readPool(cluster, namespace);
    if (sets.every(isRolledOut)) return pods.map(({ metadata }) => metadata.name).sort();
    const draining = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
    const problems = pods
      .filter((pod) => !draining.includes(pod))
      .flatMap((pod) => {
        const found = findProblem(pod);
        if (found === undefined) return [];
        const isFinal = found.isFinal && !isOutdated(pod, sets);
        return [{ pod: pod.metadata.name, ...found, isFinal }];
      });
    const problem = problems.find(({ isFinal }) => isFinal) ?? problems[0];
    if (problem?.isFinal === true) throw cannotStart(namespace, problem);
    if (draining.length > 0) deadline = clock.nowMs() + timeoutMs;
    const state =
      draining.length > 0
        ? `until the builds of ${draining.map(({ metadata }) => metadata.name).join(", ")} have ended`
        : problem === undefined
          ? await explainMissing(cluster, namespace)
          : `for the pod ${problem.pod}: ${problem.reason}`;
    if (state !== said) log.info(`waiting ${state}`);
    said = state;
    if (clock.nowMs() >= deadline) {
      throw new ActionError(
        "BUILDER_UNFIT",
        `the pool in ${namespace} was not ready within ${Math.round(timeoutMs / 1000)} s; it waits ${state}`,
        { hint: `Look at its pods: kubectl describe pods --namespace ${namespace}. Or raise --timeout.` },
      );
    }
    await clock.sleep(POLL_MS);
  }
}

/** Waits until a namespace has no pods of a pool; their builds end first. */
export async function awaitNoPods(
  cluster: Cluster,
  { namespace, clock, log }: Omit<AwaitOptions, "timeoutMs">,
): Promise<void> {
  let said = "";
  for (;;) {
    const [, pods] = await readPool(cluster, namespace);
    if (pods.length === 0) return;
    const state = `until the builds of ${pods.map(({ metadata }) => metadata.name).join(", ")} have ended`;
    if (state !== said) log.info(`waiting ${state}`);
    said = state;
    await clock.sleep(POLL_MS);
  }
}

async function readPool(
  cluster: Cluster,
  namespace: string,
): Promise<[readonly LiveStatefulSet[], readonly LivePod[]]> {
  const [sets, pods] = await Promise.all([
    cluster.list(STATEFUL_SET, namespace),
    cluster.list(POD, namespace),
  ]);
  return [sets.filter(isOwn) as LiveStatefulSet[], pods.filter(isOfPool)];
}

/** The label of a pod with the revision of its StatefulSet that it was made from. */
const REVISION = "controller-revision-hash";

/** Whether a pod is of an earlier revision of its StatefulSet, which will replace it. */
function isOutdated({ metadata }: LivePod, sets: readonly LiveStatefulSet[]): boolean {
  if (!sets.every(isObserved)) return true;
  const revision = metadata.labels?.[REVISION];
  return revision !== undefined && sets.every(({ status }) => status?.updateRevision !== revision);
}

/** Whether the controller has seen the last change. */
function isObserved({ metadata, status = {} }: LiveStatefulSet): boolean {
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0);
}

/** Whether all pods of a StatefulSet are ready, and of its newest revision. */
export function isRolledOut(set: LiveStatefulSet): boolean {
  const { spec, status = {} } = set;
  const { replicas = 0, readyReplicas = 0, updatedReplicas = 0 } = status;
  return (
    isObserved(set) &&
    replicas === spec.replicas &&
    readyReplicas === spec.replicas &&
    (status.currentRevision === status.updateRevision || updatedReplicas === spec.replicas)
  );
}

/** What a pod waits for; undefined if it is ready. */
export function findProblem({ status = {} }: LivePod): PodProblem | undefined {
  const { conditions = [], initContainerStatuses = [], containerStatuses = [] } = status;
  const isTrue = (type: string) => conditions.some((one) => one.type === type && one.status === "True");
  if (isTrue("Ready")) return undefined;
  for (const { name, state, lastState } of [...initContainerStatuses, ...containerStatuses]) {
    const { reason = "", message = "" } = state?.waiting ?? {};
    // An init container makes the others wait with this reason.
    if (reason === "" || reason === "PodInitializing") continue;
    const { reason: end = "", message: log = "" } = lastState?.terminated ?? {};
    const said = [reason, message, end, log.trim()].filter((text) => text !== "").join(": ");
    return { reason: `its container ${name} waits: ${said}`, isFinal: FINAL.has(reason) };
  }
  const scheduled = conditions.find(({ type }) => type === "PodScheduled");
  return {
    reason:
      scheduled?.status === "False"
        ? `no node takes it: ${scheduled.message ?? ""}`
        : isTrue("Initialized")
          ? "its Nix daemon does not answer yet"
          : "its volume gets the image's programs",
    isFinal: false,
  };
}

function cannotStart(namespace: string, { pod, reason }: PodProblem & { readonly pod: string }): ActionError {
  return new ActionError(
    "BUILDER_UNFIT",
    `the pod ${namespace}/${pod} cannot start: ${sanitizeText(reason)}`,
    {
      hint: /image/i.test(reason)
        ? "Check --image, and that the nodes may pull it: a private registry needs --pull-config."
        : `See what it says: kubectl logs ${pod} --namespace ${namespace} --all-containers`,
    },
  );
}

/** Why a StatefulSet has no pods: Pod Security, a quota, or a webhook may refuse them. */
async function explainMissing(cluster: Cluster, namespace: string): Promise<string> {
  const events = (await cluster.list({ apiVersion: "v1", kind: "Event" }, namespace)) as readonly LiveEvent[];
  const warning = events.findLast(
    ({ type, involvedObject }) => type === "Warning" && involvedObject.kind === "StatefulSet",
  );
  return warning?.message === undefined ? "for the pods" : sanitizeText(`for the pods: ${warning.message}`);
}
