// suites.mjs: runs the tests for script/test. Each test file has its own Jest in a box (script/testbed/box);
// several run at the same time.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import { parseArguments, UsageError } from "./arguments.mjs";

const temporary = process.env["TMPDIR"];
/** More slots than cores, because a test mostly waits for a process or a time limit. */
const SLOTS = availableParallelism() + 2;

/** Boxes need root. Suites without services run without a box, too. */
const isRoot = process.getuid() === 0;

const packages = once(() => run(["script/testbed/packages", "test"]));
const tarball = (...options) =>
  once(() => packages().then(() => run(["script/testbed/nix-tarball.py", ...options])));
const tarballs = [
  ...["trixie", "sid", "bookworm"].map((suite) => tarball("--suite", suite)),
  tarball("--cpu", "aarch64"),
];
/** Without root, what the linters need (Python with venv) has to be there already. */
const linters = once(() => (isRoot ? packages() : Promise.resolve()).then(() => run(["script/linters"])));
const nix2container = once(() => packages().then(() => run(["script/testbed/nix2container"])));
const busybox = once(() => packages().then(() => run(["script/testbed/busybox.py", "s390x"])));
const armUserland = once(() => packages().then(() => run(["script/testbed/arm-userland.py"])));
const otherNode = once(() => run(["script/testbed/node-release", "24.0.0"]));
const packageSet = once(() => packages().then(() => run(["script/testbed/package-set"])));
const kubePrograms = once(() => run(["script/testbed/kube-programs"]));
const registries = once(() => packages().then(() => run(["script/testbed/registry-programs"])));
const collector = once(() => packages().then(() => run(["script/testbed/collector-program"])));

/**
 * The suites: commands that count as one test each, or folders of test files. `needs` are made when the first
 * part of a suite starts.
 */
const SUITES = {
  lint: {
    commands: { types: ["npm", "run", "--silent", "typecheck"], lint: ["npm", "run", "--silent", "lint"] },
    needs: [],
  },
  unit: { folders: ["test/unit"], isOneJest: true, needs: [] },
  contract: { folders: ["test/contract"], isOneJest: true, needs: [linters] },
  bundle: { commands: { bundle: ["script/build", "--check"] }, needs: [] },
  integration: {
    folders: ["test/integration"],
    hasEngine: true,
    needs: [...tarballs, busybox, nix2container, registries],
  },
  fuzz: { folders: ["test/fuzz"], isOneJest: true, needs: [] },
  golden: { folders: ["test/golden"], hasEngine: true, needs: tarballs },
  dist: { folders: ["test/dist"], hasEngine: true, needs: tarballs },
  arm: {
    folders: ["test/arm"],
    hasEngine: true,
    // The builders of its ARM64 runner are for x86_64.
    isOptional: process.arch !== "x64",
    needs: [...tarballs, armUserland, otherNode],
  },
  workflows: { folders: ["test/workflows"], hasEngine: true, needs: [...tarballs, linters] },
  nix: { folders: ["test/nix"], hasEngine: true, needs: [...tarballs, packageSet], printsTable: true },
  kubernetes: {
    folders: ["test/kubernetes"],
    isOneJest: true,
    hasEngine: true,
    hasCluster: true,
    needs: [...tarballs, packageSet, kubePrograms],
    isBuilt: true,
  },
  monitoring: { folders: ["test/monitoring"], isOneJest: true, needs: [collector], isBuilt: true },
  nixpkgs: {
    folders: ["test/nixpkgs", "test/nix/library.test.ts"],
    isOptional: true,
    needs: tarballs,
    printsTable: true,
    variables: { NIXPKGS: "a nixpkgs" },
  },
  "flake-parts": {
    folders: ["test/flake-parts"],
    isOptional: true,
    needs: tarballs,
    variables: { NIXPKGS: "a nixpkgs", FLAKE_PARTS: "a checkout of flake-parts" },
  },
};

/** Files that take minutes start first, so that none of them runs alone at the end. */
const LONG = [
  "arm/arm-runner",
  "workflows/workflows",
  "nix/images",
  "integration/builder-pool",
  "registry/promotion-orders",
  "golden/golden",
  "dist/errors",
  "integration/nix-versions",
  "integration/protocol-error",
  "integration/audit-engines",
  "integration/github-cache-faults",
];

const JEST = "node_modules/jest/bin/jest.js";

const counts = { passed: 0, failed: 0, skipped: 0 };
const times = new Map();
const children = new Set();
/** Commands that remove what killed tests leave on the machine. */
const sweepers = [];

function once(work) {
  let result;
  return () => (result ??= work());
}

/** Runs a command outside of the boxes, where it has a network. Rejects if it fails. */
async function run(command) {
  const { status, output } = await spawnAndRead(command);
  if (status !== 0) throw new Error(`${command.join(" ")} failed: ${output.trim()}`);
}

function spawnAndRead(command, env = {}) {
  const child = spawn(command[0], command.slice(1), {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  children.add(child);
  const streams = { stdout: "", stderr: "" };
  let output = "";
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      output += text;
      streams[name] += text;
    });
  }
  return new Promise((finish, fail) => {
    child.once("error", fail);
    child.once("close", (code, signal) => {
      children.delete(child);
      finish({ status: code, output: signal === null ? output : `${output}\n${signal}`, ...streams });
    });
  });
}

/** The processes of a suite, each with a title and a weight: the heaviest starts first. */
function listItems(name, { files, testName }) {
  const suite = SUITES[name];
  if (suite.commands !== undefined) {
    return Object.entries(suite.commands).map(([title, command]) => ({ name, title, command, weight: 1e9 }));
  }
  const all = files.length > 0 ? files : listFiles(suite);
  const groups = suite.isOneJest === true ? [all] : all.map((file) => [file]);
  return groups.map((group) => ({
    name,
    title: group.length === 1 ? group[0] : name,
    group,
    testName,
    weight: weigh(group),
  }));
}

function listFiles({ folders }) {
  return folders.flatMap((path) => (path.endsWith(".ts") ? [path] : globSync(`${path}/**/*.test.ts`))).sort();
}

function weigh(group) {
  const place = LONG.findIndex((long) => group[0].endsWith(`${long}.test.ts`));
  if (place >= 0) return 1e8 - place;
  return group.reduce((sum, file) => sum + readFileSync(file).length, 0);
}

async function runItem(item, index) {
  const suite = SUITES[item.name];
  try {
    await Promise.all(suite.needs.map((need) => need()));
  } catch (error) {
    // The other suites still run.
    console.log(`== ${item.title}\n${error.message}`);
    counts.failed++;
    return;
  }
  const folder = join(temporary, String(index));
  mkdirSync(folder);
  const began = Date.now();
  const env = { TMPDIR: folder, TIMES: join(temporary, `${index}.times`) };
  const results = join(temporary, `${index}.json`);
  // What `npm test` runs, without the start of npm for every file.
  const jest = ["node", "--experimental-vm-modules", "--disable-warning=ExperimentalWarning", JEST];
  const options = [
    ...(suite.isOneJest === true ? [`--maxWorkers=${availableParallelism()}`] : ["--runInBand"]),
    ...(item.testName === undefined ? [] : ["--testNamePattern", item.testName]),
    ...["--json", `--outputFile=${results}`],
  ];
  const command = item.command ?? [...jest, "--runTestsByPath", ...(item.group ?? []), ...options];
  const needsBox = isRoot || suite.hasEngine === true;
  const services = [suite.hasEngine === true && "--docker", suite.hasCluster === true && "--kube"];
  const box = needsBox ? ["script/testbed/box", ...services.filter((option) => option !== false)] : [];
  const { status, output, stdout, stderr } = await spawnAndRead([...box, ...command], env);
  console.log(`== ${item.title}`);
  if (item.command !== undefined) {
    console.log(output.trim());
    counts[status === 0 ? "passed" : "failed"]++;
  } else {
    console.log(stderr.trim());
    // The tests' own table, without Jest's JSON.
    if (suite.printsTable === true) console.log(stdout.replace(/^\{".*$/m, ""));
    count(results, item.title);
  }
  note(item, began, env.TIMES);
  rmSync(folder, { recursive: true, force: true });
}

function count(file, title) {
  if (!existsSync(file)) {
    console.log(`${title}: Jest wrote no results`);
    counts.failed++;
    return;
  }
  const result = JSON.parse(readFileSync(file, "utf8"));
  counts.passed += result.numPassedTests;
  counts.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
  counts.skipped += result.numPendingTests + result.numTodoTests;
}

/** Adds to the times of a suite. The second line of bash's `times` has the children's: `0m1.2s 0m0.5s`. */
function note({ name, title }, began, file) {
  const [, line = ""] = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  const cpu = [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + 60 * m + Number(s), 0);
  const ended = Date.now();
  const { first = began, last = ended, cpu: before = 0, files = [] } = times.get(name) ?? {};
  files.push({ title, wall: (ended - began) / 1000, cpu });
  times.set(name, { first: Math.min(first, began), last: Math.max(last, ended), cpu: before + cpu, files });
}

function printTimes(began) {
  const row = (...cells) => cells.map((cell, i) => (i === 0 ? cell.padEnd(52) : cell.padStart(9))).join("");
  const seconds = (value) => value.toFixed(1);
  console.log(row("seconds", "wall", "CPU"));
  for (const [name, { first, last, cpu, files }] of times) {
    console.log(row(name, seconds((last - first) / 1000), seconds(cpu)));
    if (files.length === 1) continue;
    for (const file of files.toSorted((a, b) => b.wall - a.wall))
      console.log(row(`  ${file.title}`, seconds(file.wall), seconds(file.cpu)));
  }
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const total = [...times.values()].reduce((sum, { cpu }) => sum + cpu, (userCPUTime + systemCPUTime) / 1e6);
  console.log(row("all", seconds((Date.now() - began) / 1000), seconds(total)));
}

/** The files that git reports as changed or new; undefined outside of a repository. */
function readTree() {
  try {
    const args = ["-c", `safe.directory=${process.cwd()}`, "status", "--porcelain", "--untracked-files=all"];
    return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).split("\n");
  } catch {
    return undefined;
  }
}

function check(title, work) {
  console.log(`== ${title}`);
  const complaint = work();
  if (complaint === undefined) counts.passed++;
  else {
    console.log(complaint);
    counts.failed++;
  }
}

/** Needs a full run, which has the result for every cell of the table. */
function checkCompatibility() {
  const table = execFileSync(process.execPath, [
    "script/compatibility.mjs",
    ...globSync(join(temporary, "*.json")),
  ]);
  if (table.equals(readFileSync("docs/compatibility.md"))) return undefined;
  return `docs/compatibility.md does not match the results; it should be:\n${table.toString()}`;
}

/** The folders that an optional suite reads, as variables of the environment. */
function requireVariables(suite) {
  for (const [variable, what] of Object.entries(SUITES[suite].variables ?? {})) {
    if ((process.env[variable] ?? "") !== "") continue;
    throw new UsageError(`the suite ${suite} needs the variable ${variable}, the folder of ${what}`);
  }
}

async function main() {
  const began = Date.now();
  const known = Object.fromEntries(
    Object.entries(SUITES).map(([name, suite]) => [name, suite.folders ?? []]),
  );
  const order = parseArguments(process.argv.slice(2), known);
  const isWhole = order.suites.length === 0;
  const names = isWhole ? Object.keys(SUITES).filter((name) => !SUITES[name].isOptional) : order.suites;
  for (const name of names) requireVariables(name);
  if (names.includes("arm") && process.arch !== "x64")
    throw new UsageError("the suite arm needs an x86_64 machine, on which it emulates an ARM64 one");
  const tree = readTree();
  const items = names.flatMap((name) => listItems(name, order)).sort((a, b) => b.weight - a.weight);
  if (names.some((name) => SUITES[name].hasEngine))
    sweepers.push(["script/testbed/binfmt", "sweep", "aarch64"], ["script/testbed/binfmt", "sweep", "s390x"]);
  if (names.includes("kubernetes")) sweepers.push(["script/testbed/kube", "sweep"]);
  // Programs that are built take minutes, at the lowest priority. So their suites start first, and wait
  // without a slot.
  const isWaiting = ([, { name }]) => SUITES[name].isBuilt === true;
  const waiting = [...items.entries()].filter(isWaiting);
  const queue = [...items.entries()].filter((item) => !isWaiting(item));
  const work = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await runItem(next[1], next[0]);
  };
  try {
    await Promise.all([
      ...waiting.map(([index, item]) => runItem(item, index)),
      ...Array.from({ length: SLOTS }, work),
    ]);
  } finally {
    for (const sweeper of sweepers) await run(sweeper);
  }

  if (order.testName !== undefined && counts.passed + counts.failed === 0)
    throw new UsageError(`no test name contains ${order.testName}`);
  if (isWhole) check("compatibility", checkCompatibility);
  // An update of the recorded runs changes the checkout on purpose.
  const isUpdate = process.env["UPDATE_GOLDEN"] === "1";
  if (tree !== undefined && !isUpdate) {
    check("a clean checkout", () => {
      const left = (readTree() ?? []).filter((line) => !tree.includes(line));
      return left.length === 0 ? undefined : `the tests left this in the checkout:\n${left.join("\n")}`;
    });
  }
  if (order.hasTimes) printTimes(began);
  if (counts.skipped > 0) console.log(`${counts.skipped} skipped`);
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

function stop() {
  for (const child of children) child.kill("SIGKILL");
  rmSync(temporary, { recursive: true, force: true });
}
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    stop();
    process.kill(process.pid, signal);
  });
}

try {
  await main();
} catch (error) {
  console.error(`script/test: ${error.message}`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
} finally {
  stop();
}
