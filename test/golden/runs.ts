import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { ErrorCode } from "../../src/errors/action-error.js";
import { COMMON as COMMON_INPUTS, FIXTURE, SMOKE_TEST } from "../job.js";
import { createRunner, type Runner, type StepOptions, type StepResult } from "../runner.js";
import { asInputs, type Builder, createGraph, readNixRelease, type startRegistry } from "../testbed.js";
import type { Surroundings } from "./normalise.js";

/** The common inputs, with a release in upstream's format. */
const COMMON = { ...COMMON_INPUTS, ...readNixRelease("trixie", "xz") };

/** The services that the runs share. */
export interface Testbed {
  readonly builders: readonly Builder[];
  readonly registry: Awaited<ReturnType<typeof startRegistry>>;
}

const login = ({ username, password }: Testbed["registry"]) => ({
  "registry-username": username,
  "registry-password": password,
});

/** The inputs of a job with all stages: an image in an OCI layout, a binary cache and a smoke test. */
const image = (machine: string, name = "image") => ({
  ...COMMON,
  ...SMOKE_TEST,
  installables: `path:${FIXTURE}#${name}`,
  image: `oci:${join(machine, "image")}`,
  tags: "latest, v1",
  cache: `file://${join(machine, "cache")}`,
});

/** What a build needs for the other CPU: a shell and tools, from the busybox of that CPU's Nix. */
function unpackUserland(userland: string): void {
  mkdirSync(join(userland, "bin"), { recursive: true });
  const tarball = join(".testbed/nix", readlinkSync(".testbed/nix/trixie-aarch64.latest"));
  const args = ["--strip-components=2", "--wildcards", "*/store/*-busybox-*"];
  execFileSync("tar", ["-xf", tarball, "-C", userland, ...args]);
  const busybox = readdirSync(userland).find((name) => name.includes("-busybox-")) ?? "";
  cpSync(join(userland, busybox, "bin/busybox"), join(userland, "bin/busybox"));
  for (const tool of ["sh", "sort", "uname", "cat"]) symlinkSync("busybox", join(userland, "bin", tool));
}

/** The part of a pull request's payload that the action reads. */
const FORK = {
  repository: { full_name: "fluo/app" },
  pull_request: { head: { repo: { full_name: "eve/app" } } },
};

/** Runs a step that prepares another one, and requires it to succeed. */
export async function perform(runner: Runner, options: StepOptions): Promise<StepResult> {
  const step = await runner.runStep(options);
  if (step.exitCode !== 0) throw new Error(step.log);
  return step;
}

async function cancel(runner: Runner, options: StepOptions): Promise<StepResult> {
  const step = runner.startStep(options);
  while (step.child.exitCode === null && !step.readLog().includes("building slow")) await sleep(20);
  // Wait until everything that it printed has arrived.
  await sleep(2_000);
  step.child.kill("SIGINT");
  return step.result;
}

/** Inputs for the doctor: what works, and a builder, a registry and a substituter that are down. */
export function examined(machine: string, builders: readonly Builder[]): Readonly<Record<string, string>> {
  const { builders: line, "ssh-known-hosts": known, ...key } = asInputs(builders.slice(0, 1));
  return {
    ...SMOKE_TEST,
    ...key,
    installables: `path:${FIXTURE}#image`,
    builders: `${line}\n${line.replace(/:[0-9]+ /, ":1 ")}`,
    "ssh-known-hosts": `${known}\n${known.replace(/\]:[0-9]+/, "]:1")}`,
    cache: `file://${join(machine, "cache")}`,
    image: "127.0.0.1:1/app",
    "extra-conf": "substituters = http://127.0.0.1:1",
  };
}

export interface Run extends Pick<Surroundings, "isDistributed"> {
  readonly name: string;
  /** Returns the options of the main step. `machine` belongs to this run only. */
  readonly prepare: (machine: string, testbed: Testbed) => Promise<StepOptions> | StepOptions;
  /** The expected error code; undefined if the run succeeds. */
  readonly code?: ErrorCode;
  /** True to run on a machine without Nix. */
  readonly isNew?: boolean;
  readonly perform?: (runner: Runner, options: StepOptions) => Promise<StepResult>;
}

export const RUNS: readonly Run[] = [
  { name: "native", isNew: true, prepare: (machine) => ({ inputs: image(machine) }) },
  {
    name: "cross-compile",
    prepare: (machine) => ({
      inputs: { ...image(machine), systems: "aarch64-linux", "allow-emulated-gate": "true" },
    }),
  },
  {
    name: "build-hook",
    // No other mode supports this protocol.
    prepare: (machine, { builders, registry }) => ({
      inputs: {
        ...image(machine),
        ...asInputs(builders.slice(0, 1)),
        ...login(registry),
        builders: builders[0]?.line.replace("ssh-ng:", "ssh:") ?? "",
        strategy: "remote",
        image: `${registry.host}/team/hook`,
      },
    }),
  },
  {
    name: "single-store",
    prepare: (machine, { builders }) => ({
      inputs: {
        ...COMMON,
        ...asInputs(builders.slice(0, 1)),
        installables: `${createGraph(join(machine, "graph"))}#chain`,
        strategy: "remote",
        cache: `file://${join(machine, "cache")}`,
      },
    }),
  },
  {
    name: "distributed",
    isDistributed: true,
    prepare: (machine, { builders }) => ({
      inputs: {
        ...COMMON,
        ...asInputs(builders),
        installables: `${createGraph(join(machine, "graph"))}#parcels`,
        strategy: "remote",
      },
    }),
  },
  {
    name: "emulated",
    isNew: true,
    prepare: (machine) => {
      const userland = join(machine, "userland");
      unpackUserland(userland);
      return {
        inputs: {
          ...COMMON,
          "extra-conf": `sandbox-paths = /bin=${userland}/bin\nsubstituters =\nfilter-syscalls = false`,
          installables: `${createGraph(join(machine, "graph"))}#chain`,
          systems: "aarch64-linux",
        },
      };
    },
  },
  {
    name: "failed-build",
    code: "BUILD_FAILED",
    prepare: (machine) => ({ inputs: image(machine, "failing") }),
  },
  {
    name: "refused-image",
    code: "AUDIT_FAILED",
    prepare: async (machine) => {
      // Build one of the image's two programs in advance, so that the remaining builds run one after the
      // other.
      await perform(createRunner(machine), {
        inputs: { ...COMMON, installables: `path:${FIXTURE}#server` },
      });
      return { inputs: image(machine, "mixed") };
    },
  },
  {
    name: "fork",
    prepare: (machine, { builders }) => {
      const payload = join(machine, "event.json");
      writeFileSync(payload, JSON.stringify(FORK));
      const [builder] = builders;
      return {
        inputs: {
          ...image(machine, "based"),
          builders: builder?.line ?? "",
          "ssh-known-hosts": builder?.knownHosts ?? "",
          push: "true",
        },
        env: { GITHUB_EVENT_NAME: "pull_request", GITHUB_EVENT_PATH: payload },
      };
    },
  },
  {
    name: "cancelled",
    code: "CANCELLED",
    perform: cancel,
    prepare: (machine) => ({ inputs: image(machine, "slow") }),
  },
  {
    name: "gate",
    prepare: async (machine, { registry }) => {
      const systems = { systems: "x86_64-linux, aarch64-linux" };
      const place = { image: `${registry.host}/team/gate`, tags: "", "smoke-test": "", cache: "" };
      const inputs = { ...image(machine), ...login(registry), ...systems, ...place };
      const candidate = await perform(createRunner(machine), { inputs });
      return {
        action: "gate",
        inputs: {
          ...SMOKE_TEST,
          ...login(registry),
          ...systems,
          image: candidate.outputs["image"] ?? "",
          tags: "latest, v1",
          "allow-emulated-gate": "true",
        },
      };
    },
  },
  {
    name: "doctor",
    code: "BUILDER_UNREACHABLE",
    prepare: (machine, { builders }) => ({ action: "doctor", inputs: examined(machine, builders) }),
  },
];
