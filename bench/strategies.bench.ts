import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import type { Comparison, ComparisonRow } from "../src/report/comparison.js";
import { createProject, fillCache, findPackageSet } from "../test/nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { readThrough, startRelay } from "../test/tcp-relay.js";
import { type Builder, readNixRelease, type Service, startBinfmt, startBuilder } from "../test/testbed.js";
import { renderTable, type Row, writeResults } from "./measure.js";
import { createMachine } from "./subjects.js";

/**
 * Runs `cross-build compare` for two apps: how long each strategy takes to build the image, cold and after a
 * change to one source file. The app's build tools (a JDK; Node.js and npm) are the build platform's, so
 * `emulate` runs them under QEMU. The builder is behind a relay that delays what it passes on.
 */

const DELAY_MS = 10;
const TARGETS = ["x86_64-linux", "aarch64-linux"];

const bed = makeTemporaryFolder("bench");
const machine = join(bed, "machine");
const services: Service[] = [];

interface App {
  readonly name: string;
  /** A source file, relative to the folder of examples. */
  readonly source: string;
}

const PUBLIC_PACKAGES = [
  ...["bash", "cacert", "jdk_headless", "maven", "nodejs", "nodejs-slim", "patchelf", "python3", "stdenv.cc"],
  ...["tzdata", "zlib"],
];

const APPS: readonly App[] = [
  { name: "java", source: "backend/src/main/java/Backend.java" },
  { name: "node", source: "bff/src/server.ts" },
];

/** Moves the examples into the flake, where `--change` finds their files. */
function createFlake(): string {
  const project = createProject("test/nix/images", findPackageSet());
  cpSync(join(project, "../examples"), join(project, "examples"), { recursive: true });
  const flake = join(project, "flake.nix");
  const text = readFileSync(flake, "utf8")
    .replace(/^.*inputs\.examples = .*\n/m, "")
    .replace("cross-build, examples, ...", "cross-build, ...")
    .replaceAll("examples +", "./examples +");
  writeFileSync(flake, text);
  return project;
}

async function compare(
  project: string,
  { name, source }: App,
  builder: Builder,
  conf: string,
  rounds: number,
) {
  const flags = {
    change: `examples/${source}`,
    rounds: String(rounds),
    systems: TARGETS.join(","),
    "nix-version": readNixRelease()["nix-version"],
    "extra-conf": conf,
    builders: builder.line,
    "ssh-known-hosts": builder.knownHosts,
    "ssh-private-key": join(builder.folder, "id_ed25519"),
  };
  const given = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const cli = [
    process.execPath,
    resolve("dist/cli/index.js"),
    "compare",
    `path:${project}#${name}`,
    "--json",
  ];
  const child = spawn("script/testbed/isolated", [machine, ...cli, ...given], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", HOME: bed, TMPDIR: bed },
  });
  let said = "";
  child.stdout.on("data", (text: Buffer) => {
    said += text.toString();
  });
  await once(child, "close");
  if (said === "") throw new Error(`cross-build compare ended with ${child.exitCode}`);
  return JSON.parse(said) as Comparison;
}

/** The rows of the table, with ratios to the reference of each target. */
function listRows(name: string, { rows, rounds }: Comparison): readonly Row[] {
  return (["cold", "changed"] as const).flatMap((build) => {
    const results = rows.flatMap((row) => {
      const measured = row[build];
      return measured === null ? [] : [{ row, result: toResult(`${name}-${build}`, row, measured, rounds) }];
    });
    return results.map(({ row, result }) => {
      const reference = results.find((other) => other.row.target === row.target && other.row.isReference);
      const { roundTripMs } = row.link;
      const note = roundTripMs === null ? "" : `round trip ${roundTripMs} ms`;
      return { result, reference: reference?.result ?? result, goal: "", note };
    });
  });
}

function toResult(
  scenario: string,
  { strategy, target }: ComparisonRow,
  { wallMs, cpuMs, memoryBytes, sentBytes, receivedBytes }: NonNullable<ComparisonRow["cold"]>,
  runs: number,
): Row["result"] {
  if (cpuMs === null || memoryBytes === null || sentBytes === null || receivedBytes === null)
    throw new Error(`${scenario}, ${strategy} for ${target}: not everything could be measured`);
  return {
    scenario,
    subject: `${strategy}, for ${target}`,
    runs,
    wallMs,
    cpuMs: { min: cpuMs, median: cpuMs, max: cpuMs },
    peakKiB: memoryBytes / 1024,
    bytes: sentBytes + receivedBytes,
  };
}

async function main(): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? "5");
  const names = process.argv.slice(2);
  createMachine(machine);
  services.push(await startBinfmt("aarch64"));
  const sandbox = ["/bin", "/usr", "/lib", "/lib64", "/etc/maven", join(process.cwd(), ".testbed")].join(" ");
  const builder = await startBuilder(join(bed, "builder"), { sandboxPaths: sandbox });
  services.push(builder);
  const relay = await startRelay(builder.port, DELAY_MS);
  services.push(relay);
  const project = createFlake();
  const cache = join(bed, "cache");
  // What the public binary cache has of nixpkgs: a cold build does not build it.
  for (const system of TARGETS) fillCache(cache, system, PUBLIC_PACKAGES);
  const conf = `sandbox-paths = ${sandbox}\nsubstituters = file://${cache}?trusted=1`;
  const rows: Row[] = [];
  for (const app of APPS.filter(({ name }) => names.length === 0 || names.includes(name))) {
    const comparison = await compare(project, app, readThrough(relay, builder), conf, rounds);
    rows.push(...listRows(app.name, comparison));
    for (const { target, strategy, state, reason } of comparison.rows) {
      if (state === "failed") throw new Error(`${app.name}, ${strategy} for ${target}: ${reason}`);
    }
  }
  const text = renderTable(rows);
  console.log(text);
  if (names.length === 0 && rounds >= 5) writeResults("strategies", rows, text);
}

try {
  await main();
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
