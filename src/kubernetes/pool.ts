import { join } from "node:path";

import type { BuilderFamily } from "../builders/configuration.js";
import type { ProbeTarget } from "../builders/probe.js";
import { ActionError, isCancelled, toActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import type { PoolReference } from "../model/kubernetes-pool.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import { writeFileAtomically } from "../platform/files.js";
import type { MaskingLog } from "../platform/log.js";
import type { DirectAccess } from "../ssh/connection.js";
import type { SshKey } from "../ssh/key.js";
import type { ApiAccess } from "./api.js";
import { createGetCredential } from "./credential.js";
import type { KubeConfig } from "./kube-config.js";
import { awaitPodChange, checkRights, describeHostKeys, listPods, type PoolPod } from "./pods.js";
import { openPodConnection, type PodAddress } from "./port-forward.js";
import { renderProxyCommand, writeProxyFile } from "./proxy-command.js";

/** The input `kubernetes-pool`, and who uses it. */
export interface KubernetesPoolRequest {
  readonly pool: PoolReference;
  readonly kubeConfig: KubeConfig;
  readonly sshKey: SshKey;
  readonly timeoutMs: number;
}

export interface KubernetesPoolEffects {
  readonly nonce: string;
  readonly runFolder: string;
  /** Part of the bundle's command line: Node, and the script. */
  readonly program: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run: RunCommand;
  readonly readText: (file: string) => Promise<string>;
  readonly clock: Clock;
  readonly log: MaskingLog;
}

/** The pods of a pool, as builders of a run. */
export interface KubernetesPool {
  /** How the system's ssh reaches each pod. */
  readonly family: BuilderFamily;
  /**
   * Lists the pods as builders that can be probed, and writes what ssh needs to reach them. If the API server
   * does not answer, lists those of the last time; if there were none, a builder that stands for the pool
   * and has the reason. Rejects with `CANCELLED` only.
   */
  readonly discover: (identity: DirectAccess["identity"]) => Promise<readonly ProbeTarget[]>;
  /**
   * Waits until a pod appears, disappears, becomes ready or ends. Rejects if the API server does not say.
   */
  readonly awaitChange: (signal: AbortSignal) => Promise<void>;
}

interface Reachable {
  readonly pod: PoolPod;
  readonly address: PodAddress;
  readonly alias: string;
  readonly identity: DirectAccess["identity"];
}

/** The user of the image in deploy/image. */
const USER = "nix";
/** Those of every Nix, unless its nix.conf says otherwise. */
const FEATURES = ["benchmark", "big-parallel"];
/** To find out whether a pod can be reached directly, in the same network or not at all. */
const NEAR_LIMIT_MS = 1_000;

/** Opens a pool; its pods are not listed yet. */
export function openKubernetesPool(
  { pool, kubeConfig, sshKey, timeoutMs }: KubernetesPoolRequest,
  effects: KubernetesPoolEffects,
): KubernetesPool {
  const { nonce, runFolder, program, clock, log } = effects;
  const prefix = `cross-build-${nonce}-pod-`;
  const proxyFile = join(runFolder, "kubernetes.json");
  const knownHostsFile = join(runFolder, "kubernetes_known_hosts");
  const mask = (secret: string) => {
    log.mask(secret);
  };
  const getCredential = createGetCredential(kubeConfig, { ...effects, mask });
  let isAllowed = false;
  let last: readonly ProbeTarget[] | undefined;
  let known: readonly PoolPod[] = [];

  const getAccess = async (): Promise<ApiAccess> => {
    const { server, ca, tlsServerName, proxyUrl } = kubeConfig;
    const proxies = proxyUrl === undefined ? effects.environment : { HTTPS_PROXY: proxyUrl };
    return { server, ca, tlsServerName, proxies: pickProxies(proxies), credential: await getCredential() };
  };

  const list = async (
    identity: DirectAccess["identity"],
    signal: AbortSignal,
  ): Promise<readonly ProbeTarget[]> => {
    const access = await getAccess();
    if (!isAllowed) await checkRights(access, pool, signal);
    isAllowed = true;
    const pods = await listPods(access, pool, signal);
    known = pods;
    if (pods.length === 0) return [createPlaceholder(pool, prefix, explainEmpty(pool))];
    const addressed = await Promise.all(
      pods.map(async (pod) => ({ pod, address: await findAddress(access, pod) })),
    );
    const withAlias = addressed.map((entry) => ({ ...entry, alias: `${prefix}${entry.pod.name}` }));
    await writeFileAtomically(
      knownHostsFile,
      withAlias.flatMap(({ alias, pod }) => pod.hostKeys.map((key) => `${alias} ${key}\n`)).join(""),
    );
    await writeProxyFile(proxyFile, {
      access,
      pods: Object.fromEntries(withAlias.map(({ alias, address }) => [alias, address])),
    });
    return withAlias.map(({ pod, address, alias }) => createTarget({ pod, address, alias, identity }));
  };

  const findAddress = async (access: ApiAccess, { name, port, ip }: PoolPod): Promise<PodAddress> => {
    const address = { namespace: pool.namespace, pod: name, port };
    if (!kubeConfig.isInCluster || ip === undefined) return address;
    try {
      (await openPodConnection(access, { ...address, ip }, NEAR_LIMIT_MS)).destroy();
      return { ...address, ip };
    } catch {
      // A NetworkPolicy keeps us out. The API server does not have to ask it.
      return address;
    }
  };

  const createTarget = ({ pod, address, alias, identity }: Reachable): ProbeTarget => {
    const { name: host, port, system, image } = pod;
    const builder = { ...createBuilder(pool, { alias, host, port, systems: [system] }), image };
    return {
      builder,
      unpinnedHost: undefined,
      revokedKeys: [],
      refusal: pod.refusal,
      direct: {
        host: builder.host,
        port: pod.port,
        username: USER,
        hostKeys: pod.hostKeys,
        revokedKeys: [],
        hostKeySource: describeHostKeys(pool),
        identity,
        openSocket: async (limitMs) => openPodConnection(await getAccess(), address, limitMs),
      },
    };
  };

  return {
    family: {
      sshKey,
      target: {
        alias: `${prefix}*`,
        host: pool.name,
        port: 22,
        user: USER,
        hostKey: undefined,
        knownHostsFile,
        via: { kind: "command", command: renderProxyCommand(program, proxyFile) },
      },
    },
    awaitChange: async (signal) => awaitPodChange(await getAccess(), { pool, known }, signal),
    discover: async (identity) => {
      try {
        last = await withTimeLimit(clock, timeoutMs, (signal) => list(identity, signal));
        return last;
      } catch (thrown) {
        const error = toActionError(thrown);
        if (isCancelled(error)) throw error;
        log.debug(`the pods of ${pool.namespace}/${pool.name} could not be listed: ${error.message}`);
        return last ?? [createPlaceholder(pool, prefix, error)];
      }
    },
  };
}

function explainEmpty({ namespace }: PoolReference): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", "the pool has no pods", {
    hint: `Check its name, and its replicas: kubectl --namespace ${namespace} get statefulsets`,
  });
}

function createPlaceholder(pool: PoolReference, prefix: string, refusal: ActionError): ProbeTarget {
  const systems = ["x86_64-linux", "aarch64-linux"];
  const name = { alias: `${prefix}none`, host: "pods", port: 22, systems };
  return {
    builder: createBuilder(pool, name),
    direct: undefined,
    unpinnedHost: undefined,
    revokedKeys: [],
    refusal,
  };
}

function createBuilder(
  pool: PoolReference,
  { alias, host, port, systems }: Pick<Builder, "alias" | "host" | "port" | "systems">,
): Builder {
  return {
    alias,
    protocol: "ssh-ng",
    user: USER,
    host: `${host}.${pool.name}.${pool.namespace}`,
    port,
    query: "",
    systems,
    // As many as the pod's Nix has.
    maxJobs: undefined,
    speedFactor: 1,
    supportedFeatures: FEATURES,
    mandatoryFeatures: [],
    keyFile: undefined,
    hostKey: undefined,
  };
}

function pickProxies(environment: Readonly<Record<string, string | undefined>>): ApiAccess["proxies"] {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => /^(?:https?|no)_proxy$/i.test(name)),
  );
}
