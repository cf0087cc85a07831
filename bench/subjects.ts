import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Report } from "../src/report/report.js";
import { createRunner, makeTemporaryFolder } from "../test/runner.js";
import type { Relay } from "../test/tcp-relay.js";
import { asInputs, type Builder, createGraph, readNixRelease } from "../test/testbed.js";
import type { Measurement, Subject } from "./measure.js";

/** The peer's ssh would wait forever for a dead builder without this limit. The action has its own limits. */
const CONNECT_TIMEOUT_S = 2;

/** Builders as clients reach them, and the relays in between, which count bytes. */
export interface Pool {
  readonly builders: readonly Builder[];
  readonly relays: readonly Relay[];
}

/** A package of test/fixtures/graph. */
export type Graph = "graph" | "chain" | "wide-1000" | "wide-10000";

/** Creates the client of all subjects in `machine`. It has Nix, like a runner with Nix preinstalled. */
export function createMachine(machine: string): void {
  mkdirSync(join(machine, "etc-nix"), { recursive: true });
  execFileSync("script/testbed/install-nix", [machine, fileURLToPath(readNixRelease()["nix-url"])]);
  const conf = "experimental-features = nix-command flakes\nbuild-users-group =\nsubstituters =\n";
  writeFileSync(join(machine, "etc-nix/nix.conf"), conf);
}

const countBytes = ({ relays }: Pool) => relays.reduce((sum, relay) => sum + relay.countBytes(), 0);

/** The words that run the following command under GNU time, which writes into a file. */
export const timed = (file: string) => ["/usr/bin/time", "--quiet", `--output=${file}`];
export const TIME_FORMAT = { TIME: "%e %U %S %M %O" };
/** The unit in which the kernel counts what a process writes to disk. */
const BLOCK_BYTES = 512;

/** `diskBytes` does not count a tmpfs. */
export function readTimes(file: string): Omit<Measurement, "bytes" | "diskBytes"> & { diskBytes: number } {
  const [real = 0, user = 0, system = 0, peakKiB = 0, blocks = 0] = readFileSync(file, "utf8")
    .trim()
    .split(" ")
    .map(Number);
  return { wallMs: real * 1000, cpuMs: (user + system) * 1000, peakKiB, diskBytes: blocks * BLOCK_BYTES };
}

interface ActionOptions {
  readonly name?: string;
  /** The phase whose time is measured. */
  readonly phase?: "build" | "probe";
  /** A flake to use instead of a new copy of the graphs. */
  readonly flake?: string;
}

/**
 * Runs the action's bundle, as the runner does. Its time is that of the build phase, which includes copying
 * outputs back, or of another phase.
 */
export function runAction(
  machine: string,
  pool: Pool,
  graph: Graph,
  { name = "cross-build", phase = "build", flake }: ActionOptions = {},
): Subject {
  return {
    name,
    run: async () => {
      const before = countBytes(pool);
      const copy = makeTemporaryFolder("graph");
      const { report, ...measurement } = await measureAction(machine, [phase], {
        installables: `${flake ?? createGraph(join(copy, "graph"))}#${graph}`,
        strategy: "remote",
        "nix-version": readNixRelease()["nix-version"],
        ...asInputs(pool.builders),
      });
      rmSync(copy, { recursive: true });
      const modes = report.attempts.map(({ mode }) => mode).join(", ");
      const usable = report.builders.filter(({ state }) => state !== "dropped").length;
      const probeMs = durationOf(report, "probe");
      return {
        ...measurement,
        bytes: countBytes(pool) - before,
        note: `${modes}; ${usable} usable; probe ${probeMs} ms`,
      };
    },
  };
}

interface ActionMeasurement extends ReturnType<typeof readTimes> {
  readonly report: Report;
  readonly outputs: Readonly<Record<string, string>>;
}

/**
 * Runs a step of the action. Returns its cost and its report. Its time is that of some phases, or without
 * them that of the whole step.
 */
export async function measureAction(
  machine: string,
  phases: readonly string[] | undefined,
  inputs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<ActionMeasurement> {
  const runner = createRunner(machine);
  const timesFile = join(runner.folder, "times");
  const step = await runner.runStep({
    inputs,
    env: { ...TIME_FORMAT, ...env },
    prelude: `exec ${timed(timesFile).join(" ")} "$@"`,
    timeoutMs: 900_000,
  });
  await runner.runStep({ state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  const report = JSON.parse(readFileSync(step.outputs["report"] ?? "", "utf8")) as Report;
  const times = readTimes(timesFile);
  rmSync(runner.folder, { recursive: true });
  const wallMs = phases?.reduce((sum, phase) => sum + durationOf(report, phase), 0) ?? times.wallMs;
  return { ...times, wallMs, report, outputs: step.outputs };
}

function durationOf(report: Report, phase: string): number {
  return report.phases.find(({ name }) => name === phase)?.durationMs ?? Number.NaN;
}

/** Runs Nix alone, with an ssh configuration and a machines file as in its manual. */
export function runNix(machine: string, pool: Pool, graph: Graph, mode: NixMode): Subject {
  return {
    name: `nix --${mode} (${readNixRelease()["nix-version"]})`,
    run: async () => {
      const folder = makeTemporaryFolder("peer");
      writePeerFiles(folder, pool.builders);
      const times = join(folder, "times");
      const command = renderNix(mode, folder, `${createGraph(join(folder, "graph"))}#${graph}`);
      const before = countBytes(pool);
      await runIsolated(machine, [...timed(times), ...command], folder);
      const bytes = countBytes(pool) - before;
      const measurement = { ...readTimes(times), bytes };
      rmSync(folder, { recursive: true });
      return measurement;
    },
  };
}

/** `builders`: the build hook with a machines file. `store`: the first builder's store. */
type NixMode = "builders" | "store";

function renderNix(mode: NixMode, folder: string, installable: string): readonly string[] {
  const nix = "/nix/var/nix/profiles/default/bin/nix";
  const build = [nix, "build", "--no-link", "--print-out-paths", installable];
  if (mode === "builders") return [...build, "--max-jobs", "0", "--builders", `@${folder}/machines`];
  const store = "ssh-ng://bench-1";
  const script = `path=$("$@") && exec ${nix} copy --no-check-sigs --from ${store} "$path"`;
  return ["/bin/bash", "-c", script, "copy", ...build, "--store", store, "--eval-store", "auto"];
}

function writePeerFiles(folder: string, builders: readonly Builder[]): void {
  const hosts = builders.map(({ line, folder: own }, index) => {
    const port = /:([0-9]+) /.exec(line)?.[1] ?? "";
    return `Host bench-${index + 1}
  HostName 127.0.0.1
  Port ${port}
  User root
  IdentityFile ${join(own, "id_ed25519")}
  IdentitiesOnly yes
  UserKnownHostsFile ${join(folder, "known_hosts")}
  StrictHostKeyChecking yes
  ConnectTimeout ${CONNECT_TIMEOUT_S}
`;
  });
  writeFileSync(join(folder, "ssh_config"), hosts.join(""));
  writeFileSync(join(folder, "known_hosts"), builders.map(({ knownHosts }) => `${knownHosts}\n`).join(""));
  const machines = builders.map(
    ({ line }, index) => `${line.replace(/^\S+/, `ssh-ng://bench-${index + 1}`)}\n`,
  );
  writeFileSync(join(folder, "machines"), machines.join(""));
}

/** Runs a command on a machine, with HOME in `folder`. Rejects with what it printed if it fails. */
export async function runIsolated(
  machine: string,
  command: readonly string[],
  folder: string,
  options: readonly string[] = [],
): Promise<void> {
  const child = spawn("script/testbed/isolated", [...options, machine, ...command], {
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      PATH: "/nix/var/nix/profiles/default/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: folder,
      ...TIME_FORMAT,
      NIX_SSHOPTS: `-F ${join(folder, "ssh_config")}`,
    },
  });
  let said = "";
  child.stderr.on("data", (text: Buffer) => {
    said += text.toString();
  });
  await once(child, "close");
  if (child.exitCode !== 0) throw new Error(said.slice(-2000));
}
