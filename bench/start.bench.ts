import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";

import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type Runner,
  UNPRIVILEGED_ID,
} from "../test/runner.js";
import { createGraph, readNixRelease } from "../test/testbed.js";
import {
  type Measurement,
  measureScenarios,
  type Scenario,
  type Scenarios,
  type Subject,
} from "./measure.js";
import { createMachine, readTimes, runIsolated, timed, TIME_FORMAT } from "./subjects.js";

/**
 * Measures what the action adds to a job that has nothing to build: its start, the installation of Nix, and a
 * run whose result exists. Each time is that of the whole process.
 */

const bed = makeTemporaryFolder("bench");
const NIX = "/nix/var/nix/profiles/default/bin/nix";
const release = readNixRelease("trixie", "xz");
const version = release["nix-version"];

/**
 * The shell commands that run the words after them under GNU time, and write into a file when they began and
 * ended: GNU time counts in hundredths of a second, which is too coarse for a start.
 */
const timing = (file: string) =>
  `began=$EPOCHREALTIME; code=0; ${timed(`${file}.cost`).join(" ")} "$@" || code=$?; ` +
  `echo "$began $EPOCHREALTIME" > ${file}; exit $code`;

function readTiming(file: string): Measurement {
  const [began = 0, ended = 0] = readFileSync(file, "utf8").split(" ").map(Number);
  return { ...readTimes(`${file}.cost`), wallMs: (ended - began) * 1000, bytes: 0 };
}

type Inputs = Readonly<Record<string, string>>;

/** Runs a step of the action and its post step; measures the former. */
async function measureStep(runner: Runner, action: string, inputs: Inputs): Promise<Measurement> {
  const times = join(runner.temp, "times");
  const prelude = timing(times);
  const step = await runner.runStep({ action, inputs, prelude, env: TIME_FORMAT, timeoutMs: 600_000 });
  await runner.runStep({ action, state: step.state });
  if (step.exitCode !== 0) throw new Error(step.log);
  return readTiming(times);
}

/** Runs a command on a machine, and measures it. */
async function measureCommand(
  machine: string,
  command: readonly string[],
  options: readonly string[] = [],
): Promise<Measurement> {
  const folder = makeTemporaryFolder("peer");
  // As that of isolated --rootless; root may write there anyway.
  chownSync(folder, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  const times = join(folder, "times");
  const script = `cd ${folder}; ${timing(times)}`;
  await runIsolated(machine, ["/bin/bash", "--norc", "-ec", script, "bench", ...command], folder, options);
  return readTiming(times);
}

/** A setup on a machine that has Nix; a Node that does nothing; and what the setup asks Nix. */
function openNoopSetup(): Omit<Scenario, "name"> {
  const machine = join(bed, "machine");
  const peer = (name: string, command: readonly string[]): Subject => ({
    name,
    run: () => measureCommand(machine, command),
  });
  return {
    goalWallMs: 60,
    subjects: [
      {
        name: "cross-build",
        run: () => measureStep(createRunner(machine), "setup", { "nix-version": version }),
      },
      peer(`node --eval 0 (${process.versions.node})`, [process.execPath, "--eval", "0"]),
      peer(`nix --version (${version})`, [NIX, "--version"]),
    ],
  };
}

/** A run that finds everything built, and `nix build` of the same. */
function openNoopRun(): Omit<Scenario, "name"> {
  const machine = join(bed, "machine");
  const installable = `${createGraph(join(bed, "graph"))}#chain`;
  const inputs = { installables: installable, strategy: "native", "nix-version": version };
  return {
    goalExtraMs: 1000,
    subjects: [
      { name: "cross-build", run: () => measureStep(createRunner(machine), ".", inputs) },
      {
        name: `nix build (${version})`,
        run: () => measureCommand(machine, [NIX, "build", "--no-link", installable]),
      },
    ],
  };
}

/**
 * The installation of a release on an empty machine, by a user who owns /nix: the mode that upstream's script
 * has without a daemon. `isWarm` leaves the release in the tool cache of the action's machine.
 */
async function openInstall(isWarm: boolean): Promise<Omit<Scenario, "name">> {
  const { tarball, sha256 } = await makeRelease();
  const kept = join(bed, "tool-cache");
  const inputs = { "nix-version": version, "nix-url": `file://${tarball}`, "nix-sha256": sha256 };
  const onEmptyMachine = async (work: (machine: string) => Promise<Measurement>): Promise<Measurement> => {
    const machine = makeTemporaryFolder("machine");
    const measurement = await work(machine);
    execFileSync("rm", ["-rf", machine]);
    return measurement;
  };
  return {
    ...(!isWarm && { goal: 0.5 }),
    subjects: [
      {
        name: "cross-build",
        run: () =>
          onEmptyMachine(async (machine) => {
            const runner = createRunner(machine, { isRootless: true });
            const toolCache = join(runner.folder, "tool-cache");
            if (isWarm && existsSync(kept)) execFileSync("cp", ["-a", kept, toolCache]);
            const measurement = await measureStep(runner, "setup", inputs);
            // The warm-up fills it.
            if (isWarm && !existsSync(kept)) execFileSync("cp", ["-a", toolCache, kept]);
            return measurement;
          }),
      },
      {
        name: `upstream's script (${version})`,
        run: () => onEmptyMachine((machine) => installByScript(machine, tarball, sha256)),
      },
    ],
  };
}

/** What upstream's `install` does after the download: it verifies, unpacks, and runs the release's script. */
function installByScript(machine: string, tarball: string, sha256: string): Promise<Measurement> {
  const script =
    `echo "${sha256}  ${tarball}" | sha256sum --check --quiet && tar -xJf ${tarball} && ` +
    "USER=nobody NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt " +
    `nix-${version}-*/install --no-daemon --no-channel-add --no-modify-profile`;
  return measureCommand(machine, ["/bin/bash", "--norc", "-ec", script], ["--rootless"]);
}

let made: Promise<{ readonly tarball: string; readonly sha256: string }> | undefined;

/** The test bed's release, with upstream's script and the file that the script reads. */
function makeRelease() {
  made ??= (async () => {
    const packed = new URL(release["nix-url"]).pathname;
    const folder = join(bed, "release");
    mkdirSync(folder);
    execFileSync("tar", ["-xJf", packed, "-C", folder]);
    const [root = ""] = globSync(join(folder, "nix-*"));
    const [nix = ""] = globSync(join(root, "store/*-nix-[0-9]*"));
    const script = await readInstaller();
    writeFileSync(
      join(root, "install"),
      script.replaceAll("@nix@", `/nix/store/${basename(nix)}`).replaceAll("@cacert@", ""),
    );
    // It sets the environment of the caller's shell. Debian's Nix comes without it.
    chmodSync(nix, 0o755);
    mkdirSync(join(nix, "etc/profile.d"), { recursive: true });
    writeFileSync(join(nix, "etc/profile.d/nix.sh"), `export PATH="$HOME/.nix-profile/bin:$PATH"\n`);
    const tarball = join(bed, basename(packed));
    execFileSync("tar", ["-cJf", tarball, "-C", folder, basename(root)], {
      env: { ...process.env, XZ_OPT: "-2" },
    });
    chmodSync(bed, 0o755);
    const [sha256 = ""] = execFileSync("sha256sum", [tarball], { encoding: "utf8" }).split(" ");
    return { tarball, sha256 };
  })();
  return made;
}

/** Upstream's script of the same version: the file that `NIX_INSTALLER` names, or from GitHub. */
async function readInstaller(): Promise<string> {
  const file = process.env["NIX_INSTALLER"] ?? "";
  if (file !== "") return readFileSync(file, "utf8");
  const url = `https://raw.githubusercontent.com/NixOS/nix/${version}/scripts/install-nix-from-tarball.sh`;
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}: set NIX_INSTALLER to a copy of it`);
  return answer.text();
}

const SCENARIOS: Scenarios = [
  ["start-setup-noop", openNoopSetup],
  ["install-cold", () => openInstall(false)],
  ["install-warm", () => openInstall(true)],
  ["noop-run", openNoopRun],
];

async function main(): Promise<void> {
  createMachine(join(bed, "machine"));
  appendFileSync(join(bed, "machine/etc-nix/nix.conf"), "sandbox-paths = /bin /usr /lib /lib64\n");
  await measureScenarios("start", SCENARIOS);
}

try {
  await main();
} finally {
  removeTemporaryFolders();
}
