import type { BinaryCache } from "../binary-cache/binary-cache.js";
import type { KeyedHopChain } from "../builders/configuration.js";
import type { Digest } from "../model/digest.js";
import type { Installable } from "../model/flake.js";
import type { ImageReference } from "../model/image-reference.js";
import type { Strategy } from "../model/strategy.js";
import type { TargetSystem } from "../model/system.js";
import type { KnownHostsLine } from "../ssh/known-hosts.js";
import type { SmokeSpec } from "../smoke/spec.js";

/** What the user asked for: every input as the value that it means. */
export interface Job {
  readonly installables: readonly Installable[];
  /** At least one; several make an image index. */
  readonly targets: readonly TargetSystem[];
  readonly strategy: "auto" | readonly Strategy[];
  /** Absolute; every relative path of the job starts here. */
  readonly workingDirectory: string;
  readonly extraConf: string;
  readonly nixSource: "release" | "distribution";
  readonly nixVersion: string;
  readonly nixUrl: string | undefined;
  readonly nixSha256: string | undefined;
  readonly githubToken: string | undefined;
  /** How each builder is reached, with its key. Builders without a key are left out where the event gives no secrets. */
  readonly hopChains: readonly KeyedHopChain[];
  readonly knownHosts: readonly KnownHostsLine[];
  readonly builderTimeoutMs: number;
  /** Stop a build that has produced no output for so long. */
  readonly maxSilentMs: number;
  readonly cache: BinaryCache | undefined;
  /** Paths from the cache must be signed by one of `trustedPublicKeys`. */
  readonly isCacheSigned: boolean;
  readonly cacheSigningKey: string | undefined;
  readonly trustedPublicKeys: readonly string[];
  readonly onCacheFailure: "warn" | "fail";
  readonly cachePush: "auto" | "always" | "never";
  readonly image: ImageReference | undefined;
  readonly tags: readonly string[];
  /** False leaves the tags, and the smoke test of other CPUs, to a later gate. */
  readonly isPromoted: boolean;
  /** Moved to the image before its smoke test. */
  readonly candidateTag: string | undefined;
  readonly push: "auto" | "always" | "never";
  /** Undefined takes what `docker login` has stored. */
  readonly registryLogin: RegistryLogin | undefined;
  readonly auditAllow: readonly string[];
  readonly smokeTest: SmokeSpec | undefined;
  readonly isEmulatedGateAllowed: boolean;
}

export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

/** What the gate alone is asked to do. */
export interface GateJob extends Pick<
  Job,
  "tags" | "isPromoted" | "smokeTest" | "isEmulatedGateAllowed" | "workingDirectory" | "registryLogin"
> {
  readonly image: ImageReference;
  /** Of an image, or of an image index. */
  readonly digest: Digest;
  /** Undefined is the CPU of the container engine. */
  readonly targets: readonly TargetSystem[] | undefined;
}
