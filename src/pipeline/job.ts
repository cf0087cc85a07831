import type { WorkflowEvent } from "../model/event.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { Log } from "../platform/log.js";
import type { OpenProcess } from "../platform/process-stream.js";
import type { RunnerCache } from "../binary-cache/github/client.js";
import type { RunAsRoot } from "../platform/privileged.js";
import type { Installable } from "../model/flake.js";
import type { Digest } from "../model/digest.js";
import type { ImageReference } from "../model/image-reference.js";
import type { Strategy } from "../model/strategy.js";
import type { System, TargetSystem } from "../model/system.js";

/** What the user asked for: every input, read and checked as far as it can be without looking at the outside. */
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
  readonly builders: string;
  readonly sshPrivateKey: string | undefined;
  readonly sshKnownHosts: string;
  readonly sshConfig: string;
  readonly builderTimeoutMs: number;
  /** A build of which nothing is heard for so long is ended. */
  readonly maxSilentMs: number;
  /** Undefined leaves it to the run: GitHub's own where there is one. */
  readonly cache: string | undefined;
  readonly cacheSigningKey: string | undefined;
  readonly trustedPublicKeys: readonly string[];
  readonly onCacheFailure: "warn" | "fail";
  readonly cachePush: "auto" | "always" | "never";
  readonly image: ImageReference | undefined;
  readonly tags: readonly string[];
  /** False leaves the tags, and what cannot be judged here, to a gate that comes later. */
  readonly isPromoted: boolean;
  /** Moved to the image before its smoke test. */
  readonly candidateTag: string | undefined;
  readonly push: "auto" | "always" | "never";
  readonly registryUsername: string | undefined;
  readonly registryPassword: string | undefined;
  readonly auditAllow: readonly string[];
  /** A file or inline YAML. */
  readonly smokeTest: string | undefined;
  readonly isEmulatedGateAllowed: boolean;
}

/** What the gate alone is asked to do. */
export interface GateJob extends Pick<
  Job,
  | "tags"
  | "isPromoted"
  | "smokeTest"
  | "isEmulatedGateAllowed"
  | "workingDirectory"
  | "registryUsername"
  | "registryPassword"
> {
  readonly image: ImageReference;
  /** Of an image, or of an image index. */
  readonly digest: Digest;
  /** Undefined is the CPU of the container engine. */
  readonly targets: readonly TargetSystem[] | undefined;
}

/** The machine and the moment in which a job runs, and its ways to act on them. */
export interface RunContext {
  readonly system: System;
  readonly isRoot: boolean;
  /** False in a container or on a runner whose user has no sudo. */
  readonly canBecomeRoot: boolean;
  readonly userName: string;
  readonly event: WorkflowEvent;
  /** Names everything that this run creates. */
  readonly nonce: string;
  /** A folder of this run alone, 0700; the post step removes it. */
  readonly runFolder: string;
  /** Where what is fetched is kept for later runs, when there is no tool cache of a runner. */
  readonly cacheFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** GitHub's cache, where the runner offers it. */
  readonly runnerCache: RunnerCache | undefined;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly openProcess: OpenProcess;
  readonly log: Log;
  readonly clock: Clock;
}
