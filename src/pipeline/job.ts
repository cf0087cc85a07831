import type { CacheUse } from "../binary-cache/binary-cache.js";
import type { KeyedHopChain } from "../builders/configuration.js";
import type { KubeConfig } from "../kubernetes/kube-config.js";
import type { LayerCompression } from "../model/compression.js";
import type { Digest } from "../model/digest.js";
import type { GateResult } from "../model/gate-result.js";
import type { Installable } from "../model/flake.js";
import type { ImageReference } from "../model/image-reference.js";
import type { PoolReference } from "../model/kubernetes-pool.js";
import type { Strategy } from "../model/strategy.js";
import type { TargetSystem } from "../model/system.js";
import type { AccessToken } from "../nix/access-token.js";
import type { SshKey } from "../ssh/key.js";
import type { KnownHostsLine } from "../ssh/known-hosts.js";
import type { SmokeSpec } from "../smoke/spec.js";

/** What the user asked for, with every input parsed. */
export interface Job {
  readonly installables: readonly Installable[];
  /** At least one. Several targets give an image index. */
  readonly targets: readonly TargetSystem[];
  readonly strategy: "auto" | readonly Strategy[];
  /** Whether to register QEMU for the whole machine; `auto`: only if GitHub discards it after the job. */
  readonly registersEmulation: boolean | "auto";
  /** Absolute. All relative paths of the job are resolved against it. */
  readonly workingDirectory: string;
  readonly extraConf: string;
  readonly nixSource: "release" | "distribution";
  readonly nixVersion: string;
  readonly nixUrl: string | undefined;
  readonly nixSha256: string | undefined;
  readonly githubToken: string | undefined;
  /** Empty if what is built may be the code of a fork. */
  readonly accessTokens: readonly AccessToken[];
  /** The key with which git fetches flake inputs; undefined if ssh is used as this machine configures it. */
  readonly gitKey: SshKey | undefined;
  /** How to reach each builder. One without a key is left out if the event provides no secrets. */
  readonly hopChains: readonly KeyedHopChain[];
  readonly knownHosts: readonly KnownHostsLine[];
  /** Pods that build beside those builders. */
  readonly kubernetesPool: KubernetesPoolJob | undefined;
  readonly builderTimeoutMs: number;
  /** Stop a build that has produced no output for this long. */
  readonly maxSilentMs: number;
  /** In the order in which Nix asks them. */
  readonly caches: readonly CacheUse[];
  /** Paths from the caches must be signed by one of `trustedPublicKeys`. */
  readonly isCacheSigned: boolean;
  readonly cacheSigningKey: string | undefined;
  readonly trustedPublicKeys: readonly string[];
  readonly onCacheFailure: "warn" | "fail";
  readonly cachePush: "auto" | "always" | "never";
  /** How long the end of the run waits for what is still being sent to caches. */
  readonly cacheTimeoutMs: number;
  readonly image: ImageReference | undefined;
  readonly tags: readonly string[];
  /** If false, a later gate moves the tags and runs the smoke tests for other CPUs. */
  readonly isPromoted: boolean;
  /** A tag that is moved to the image before its smoke test. */
  readonly candidateTag: string | undefined;
  readonly push: "auto" | "always" | "never";
  /** If undefined, the credentials that `docker login` stored are used. */
  readonly registryLogin: RegistryLogin | undefined;
  /** How uncompressed layers are compressed. */
  readonly compression: LayerCompression;
  readonly auditAllow: readonly string[];
  readonly smokeTest: SmokeSpec | undefined;
  readonly isEmulatedGateAllowed: boolean;
  /** Where the times of earlier runs are; undefined if the run is not compared with them. */
  readonly history: HistoryPlace | undefined;
}

/** GitHub's cache, or a file by its absolute path. */
export type HistoryPlace = { readonly kind: "github" } | { readonly kind: "file"; readonly file: string };

/** A pool of builders in a cluster, and who uses it. */
export interface KubernetesPoolJob {
  readonly pool: PoolReference;
  readonly kubeConfig: KubeConfig;
  readonly sshKey: SshKey;
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** What the user asked for when only the gate runs. */
export interface GateJob extends Pick<
  Job,
  "tags" | "isPromoted" | "smokeTest" | "isEmulatedGateAllowed" | "workingDirectory" | "registryLogin"
> {
  readonly image: ImageReference;
  /** The digest of an image or of an image index. */
  readonly digest: Digest;
  /** If undefined, the system of the container engine. */
  readonly targets: readonly TargetSystem[] | undefined;
  /** What other jobs have tested. */
  readonly gateResults: readonly GateResult[];
}
