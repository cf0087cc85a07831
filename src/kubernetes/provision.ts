import { isDeepStrictEqual } from "node:util";

import { ActionError } from "../errors/action-error.js";
import { HOST_KEYS, nameHostKeys } from "../model/kubernetes-pool.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { describeHostKey } from "../ssh/host-key.js";
import { awaitNoPods, awaitPool } from "./await-pool.js";
import { type AccountToken, type Cluster, nameObject, type Reference } from "./cluster.js";
import {
  CLIENT_KEY,
  completeKeys,
  type KeyEffects,
  POD_KEYS,
  type PoolKeys,
  rotateKeys,
  type StoredKeys,
  storeKeys,
} from "./pool-keys.js";
import {
  type Manifest,
  MANAGED_BY,
  MANAGER,
  type PodSecrets,
  POOL_NAME,
  type PoolSettings,
  renderPool,
} from "./pool-manifests.js";
import {
  checkPodSecurity,
  checkWorkloads,
  isOfPool,
  isOwn,
  NAMESPACE,
  type NamespaceState,
  readNamespace,
  renderNamespace,
  STATEFUL_SET,
} from "./pool-namespace.js";

/** The Secret for pulling the image. */
const PULL_SECRET = "cross-build-pull";
const ACCOUNT = `${POOL_NAME}-ci`;
const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" } as const;
const CLAIM = { apiVersion: "v1", kind: "PersistentVolumeClaim" } as const;

export interface ProvisionRequest {
  readonly settings: PoolSettings;
  /** A config.json of Docker for pulling the image. Undefined: the one that the pool has, if any. */
  readonly pullConfig: string | undefined;
  readonly isDryRun: boolean;
  /** Whether jobs and pods get new keys. Those in use stay accepted. */
  readonly rotatesKeys: boolean;
  /** Whether earlier client keys are no longer accepted. */
  readonly retiresKeys: boolean;
  readonly tokenLifetimeSeconds: number;
  readonly timeoutMs: number;
}

export interface ProvisionEffects extends KeyEffects {
  readonly clock: Clock;
  readonly log: Log;
  /** Has each pod build something, with the rights and the key of a job. */
  readonly tryPods: (pods: readonly string[], access: PoolAccess) => Promise<void>;
}

/** What a job needs to use a pool. */
export interface PoolAccess {
  readonly account: AccountToken;
  readonly privateKey: string;
  /** The public host keys that a pod may present. */
  readonly hostKeys: readonly string[];
}

/** What this command does to an object. */
export interface Change {
  readonly verb: "create" | "change" | "keep";
  readonly object: string;
}

/** The pool `NAMESPACE/NAME`, as the input `kubernetes-pool` names it. */
export function namePool(namespace: string): string {
  return `${namespace}/${POOL_NAME}`;
}

/**
 * Makes a pool, or changes one to these settings, and waits until a build has run on each of its pods.
 * Resolves to what a job needs; in a dry run, to undefined. Calls `onChange` for each object. Rejects with
 * `INPUT_INVALID` for a namespace or settings that a pool cannot have, and with `BUILDER_UNFIT`.
 */
export async function provisionPool(
  cluster: Cluster,
  request: ProvisionRequest,
  effects: ProvisionEffects,
  onChange: (change: Change) => void,
): Promise<PoolAccess | undefined> {
  const { settings, isDryRun } = request;
  const { namespace } = settings;
  const state = await readNamespace(cluster, namespace);
  checkPodSecurity(state, settings);
  if (state.exists) await checkWorkloads(cluster, namespace);
  await checkVolumes(cluster, settings);
  const keys = await prepareKeys(cluster, request, effects);
  const stored = storeKeys(keys);
  const pull = { ...SECRET, metadata: { namespace, name: PULL_SECRET } };
  const hasPullSecret = request.pullConfig !== undefined || (await cluster.read(pull)) !== undefined;
  for (const key of [stored.privateClient, stored.privateHost]) effects.log.mask(key);
  const manifests = [
    ...(state.exists && !state.isOwn ? [] : [renderNamespace(settings)]),
    // Before the pods present a new key, jobs must know it.
    renderHostKeys(namespace, stored),
    ...renderSecrets(namespace, stored),
    ...(request.pullConfig === undefined ? [] : [renderPullSecret(namespace, request.pullConfig)]),
    ...renderPool(settings, {
      hostKey: fingerprint(keys),
      pullSecret: hasPullSecret ? PULL_SECRET : undefined,
    }),
  ];
  for (const manifest of manifests) {
    onChange({ verb: await apply(cluster, manifest, { isDryRun, state }), object: nameObject(manifest) });
  }
  if (isDryRun) return undefined;
  const { clock, log } = effects;
  const pods = await awaitPool(cluster, { namespace, timeoutMs: request.timeoutMs, clock, log });
  // Now no pod has an earlier host key.
  const current = { ...keys, earlierHosts: [] };
  await cluster.apply(renderHostKeys(namespace, storeKeys(current)), { isDryRun });
  const account = await cluster.createToken(namespace, ACCOUNT, request.tokenLifetimeSeconds);
  log.mask(account.token);
  const access = { account, privateKey: keys.client.privateKey, hostKeys: [keys.host.publicKey] };
  await effects.tryPods(pods, access);
  log.info(`a build has run on ${pods.length === 0 ? "no pod: the pool has none" : pods.join(", ")}`);
  return access;
}

/**
 * Removes a pool, when its builds have ended. With `withData` also its volumes, and the namespace if this
 * command has made it. What others have made stays.
 */
export async function deletePool(
  cluster: Cluster,
  { settings, withData }: { readonly settings: PoolSettings; readonly withData: boolean },
  { clock, log }: Pick<ProvisionEffects, "clock" | "log">,
  onDelete: (object: string) => void,
): Promise<void> {
  const { namespace } = settings;
  const state = await readNamespace(cluster, namespace);
  if (!state.exists) return;
  // The namespace goes with everything in it.
  if (withData && state.isOwn) await checkWorkloads(cluster, namespace);
  const remove = async (reference: Reference) => {
    await cluster.remove(reference);
    onDelete(nameObject(reference));
  };
  const removeOwn = async (references: readonly Reference[]) => {
    for (const reference of references) {
      const found = await cluster.read(reference);
      if (found !== undefined && isOwn(found)) await remove(reference);
    }
  };
  const manifests = [
    ...renderPool(settings, NO_SECRETS),
    ...renderSecrets(namespace, NO_KEYS),
    renderPullSecret(namespace, ""),
    renderHostKeys(namespace, NO_KEYS),
  ];
  const isSet = ({ kind }: Manifest) => kind === "StatefulSet";
  // The pods need their keys until their last build has ended.
  await removeOwn(manifests.filter(isSet));
  await awaitNoPods(cluster, { namespace, clock, log });
  await removeOwn(manifests.filter((manifest) => !isSet(manifest)));
  if (!withData) return;
  for (const { metadata } of await cluster.list(CLAIM, namespace)) {
    if (isOfPool({ ...CLAIM, metadata }))
      await remove({ ...CLAIM, metadata: { name: metadata.name, namespace } });
  }
  if (!state.isOwn) return;
  const own = { ...NAMESPACE, metadata: { name: namespace } };
  await remove(own);
  while ((await cluster.read(own)) !== undefined) await clock.sleep(1_000);
}

const NO_KEYS: StoredKeys = { privateClient: "", authorizedKeys: "", privateHost: "", hostKeys: "" };
const NO_SECRETS: PodSecrets = { hostKey: "", pullSecret: undefined };

/** Another isolation has another user in the pods, who cannot use the files that the volumes have. */
async function checkVolumes(cluster: Cluster, settings: PoolSettings): Promise<void> {
  for (const manifest of renderPool(settings, NO_SECRETS)) {
    if (manifest.kind !== STATEFUL_SET.kind) continue;
    const found = await cluster.read(manifest);
    if (found === undefined || readUser(found) === readUser(manifest)) continue;
    throw new ActionError(
      "INPUT_INVALID",
      `${nameObject(manifest)} has another isolation than ${settings.isolation}, and its volumes belong to ` +
        "the user of that",
      { hint: "Run `cross-build provision kubernetes --delete-data` first, or use another --namespace." },
    );
  }
}

function readUser(set: Manifest): number | undefined {
  const { spec } = set as Manifest & {
    readonly spec: {
      readonly template: { readonly spec: { readonly securityContext?: { runAsUser?: number } } };
    };
  };
  return spec.template.spec.securityContext?.runAsUser;
}

/** The keys of the cluster, with those that are missing, and after the rotation that is asked for. */
async function prepareKeys(
  cluster: Cluster,
  { settings: { namespace }, rotatesKeys, retiresKeys }: ProvisionRequest,
  effects: KeyEffects,
): Promise<PoolKeys> {
  const [podKeys, clientKey, hostKeys] = await Promise.all(
    [
      { ...SECRET, metadata: { name: POD_KEYS, namespace } },
      { ...SECRET, metadata: { name: CLIENT_KEY, namespace } },
      { ...CONFIG_MAP, metadata: { name: nameHostKeys({ namespace, name: POOL_NAME }), namespace } },
    ].map((reference) => cluster.read(reference)),
  );
  const stored = {
    privateClient: readData(clientKey, "ssh-privatekey"),
    authorizedKeys: readData(podKeys, "authorized_keys"),
    privateHost: readData(podKeys, "ssh_host_ed25519_key"),
    hostKeys: readData(hostKeys, HOST_KEYS),
  };
  const keys = await completeKeys(stored, effects);
  const rotated = rotatesKeys ? await rotateKeys(keys, effects) : keys;
  return retiresKeys ? { ...rotated, earlierClients: [] } : rotated;
}

function readData(object: Manifest | undefined, key: string): string {
  const { data = {} } = (object ?? {}) as { readonly data?: Readonly<Record<string, string>> };
  const value = data[key] ?? "";
  return object?.kind === SECRET.kind ? Buffer.from(value, "base64").toString("utf8") : value;
}

function renderSecrets(namespace: string, stored: StoredKeys): readonly Manifest[] {
  return [
    renderSecret(namespace, POD_KEYS, {
      authorized_keys: stored.authorizedKeys,
      ssh_host_ed25519_key: stored.privateHost,
    }),
    renderSecret(namespace, CLIENT_KEY, { "ssh-privatekey": stored.privateClient }),
  ];
}

function renderPullSecret(namespace: string, config: string): Manifest {
  const type = "kubernetes.io/dockerconfigjson";
  return { ...renderSecret(namespace, PULL_SECRET, { ".dockerconfigjson": config }), type } as Manifest;
}

function renderSecret(namespace: string, name: string, texts: Readonly<Record<string, string>>): Manifest {
  const data = Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString("base64")]);
  return {
    ...SECRET,
    metadata: ownMetadata(namespace, name),
    data: Object.fromEntries(data) as object,
  } as Manifest;
}

/** What jobs verify the pods by. */
function renderHostKeys(namespace: string, { hostKeys }: StoredKeys): Manifest {
  return {
    ...CONFIG_MAP,
    metadata: ownMetadata(namespace, nameHostKeys({ namespace, name: POOL_NAME })),
    data: { [HOST_KEYS]: hostKeys },
  } as Manifest;
}

function ownMetadata(namespace: string, name: string) {
  return { namespace, name, labels: { [MANAGED_BY]: MANAGER } };
}

function fingerprint({ host }: PoolKeys): string {
  return describeHostKey(Buffer.from(host.publicKey.split(" ")[1] ?? "", "base64")).fingerprint;
}

async function apply(
  cluster: Cluster,
  manifest: Manifest,
  { isDryRun, state }: { readonly isDryRun: boolean; readonly state: NamespaceState },
): Promise<Change["verb"]> {
  const before = await cluster.read(manifest);
  // The server cannot try what is for a namespace that is not there.
  if (isDryRun && !state.exists) return "create";
  const after = await cluster.apply(manifest, { isDryRun });
  if (before === undefined) return "create";
  return isDeepStrictEqual(withoutState(before), withoutState(after)) ? "keep" : "change";
}

/** An object without the fields that the server sets. */
function withoutState(object: Manifest): object {
  const { labels, annotations } = object.metadata;
  return { ...object, status: undefined, metadata: { labels, annotations } };
}
