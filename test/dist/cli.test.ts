import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, globSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, SMOKE_TEST } from "../job.js";
import { preparePodman } from "../podman.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { startBinfmt, startBuilder } from "../testbed.js";

const CLI = resolve("dist/cli/index.js");
const machine = makeTemporaryFolder("cli");
const temp = join(machine, "temp");
mkdirSync(temp);

afterAll(() => {
  removeTemporaryFolders();
});

const ENVIRONMENT = {
  ...process.env,
  // Outside of a workflow, also where these tests run in one. In CI, Node gives no terminal colours.
  CI: undefined,
  GITHUB_ACTIONS: undefined,
  GITHUB_EVENT_NAME: undefined,
  HOME: machine,
  TMPDIR: temp,
  RUNNER_TEMP: undefined,
  XDG_STATE_HOME: undefined,
  NO_COLOR: undefined,
  FORCE_COLOR: undefined,
};
const COMMAND = [machine, process.execPath, CLI];

function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync("script/testbed/isolated", [...COMMAND, ...args], {
    encoding: "utf8",
    timeout: 180_000,
    env: { ...ENVIRONMENT, ...env },
  });
}

/** The images and containers of the trial, of all runs. */
function findTrials(): readonly string[] {
  const ofRuns = "--filter=label=io.github.fluo.cross-build.run";
  const ids = [
    ["images", "--quiet", ofRuns],
    ["ps", "--all", "--quiet", ofRuns],
  ].map((args) => execFileSync("docker", args, { encoding: "utf8" }));
  return ids.flatMap((text) => text.split("\n")).filter((id) => id !== "");
}

const flags = (inputs: Readonly<Record<string, string>>) =>
  Object.entries(inputs).flatMap(([name, text]) => [`--${name}`, text]);

describe("the command line", () => {
  it("runs the whole job, prints only the result to stdout, and leaves no run folder", () => {
    const layout = join(machine, "image");
    const report = join(machine, "report.json");
    const inputs = {
      ...COMMON,
      ...SMOKE_TEST,
      installables: `path:${FIXTURE}#image`,
      image: `oci:${layout}`,
      tags: "latest",
      report,
    };
    const { status, stdout, stderr } = runCli(["build", ...flags(inputs)]);
    expect({ status, stderr: status === 0 ? "" : stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout.trimEnd().split("\n")).toEqual([
      `oci:${layout}@${readLayoutTag(layout, "latest") ?? ""}`,
      "promoted",
      report,
    ]);
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ outcome: "success" });
    expect(readdirSync(temp)).toEqual([]);
  }, 240_000);

  it.each([
    ["pull_request", "nothing is pushed on the event pull_request"],
    ["push", "nothing is pushed for code from a fork"],
  ])(
    "follows the event of a workflow: on %s without a payload it pushes nothing",
    (name, said) => {
      const layout = join(machine, `pushed-on-${name}`);
      const inputs = {
        ...COMMON,
        installables: `path:${FIXTURE}#image`,
        image: `oci:${layout}`,
        push: "true",
        report: join(machine, "report.json"),
      };
      const env = { GITHUB_ACTIONS: "true", GITHUB_EVENT_NAME: name, GITHUB_EVENT_PATH: undefined };
      const { status, stderr } = runCli(["build", ...flags(inputs)], env);
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(said) as unknown });
      expect(existsSync(layout)).toBe(false);
    },
    240_000,
  );

  it("doctor checks what a job would use, and exits with 1 if a job would fail", async () => {
    const builder = await startBuilder(join(machine, "builder"));
    const binfmt = await startBinfmt("aarch64");
    try {
      const inputs = {
        ...COMMON,
        ...SMOKE_TEST,
        installables: `path:${FIXTURE}#image`,
        systems: "x86_64-linux, aarch64-linux",
        "allow-emulated-gate": "true",
        builders: builder.line,
        "ssh-known-hosts": builder.knownHosts,
        cache: `file://${join(machine, "cache")}`,
        "ssh-private-key": join(builder.folder, "id_ed25519"),
      };
      const healthy = runCli(["doctor", ...flags(inputs)]);
      expect(healthy).toMatchObject({ status: 0 });
      expect(existsSync(join(machine, "cache"))).toBe(false);
      for (const part of [
        /^ok +nix /m,
        /^(?:ok|warning) +builder /m,
        /^ok +flake +path:.*#image for x86_64-linux: native, this machine is x86_64-linux$/m,
        /^ok +flake +path:.*#image for aarch64-linux: cross-compile, /m,
        /^ok +cache /m,
        /^ok +engine .* ran a container for x86_64-linux, aarch64-linux; .* QEMU runs aarch64-linux$/m,
        /\n\nverdict: ready for a build: 6 checks, none failed(?:, with 1 warning)?\n$/,
      ]) {
        expect(healthy.stdout).toMatch(part);
      }
      expect(findTrials()).toEqual([]);
      expect(readdirSync(temp)).toEqual([]);

      const down = {
        builders: `${builder.line}\n${builder.line.replace(/:\d+ /, ":1 ")}`,
        image: "127.0.0.1:1/app",
      };
      const known = `${builder.knownHosts}\n${builder.knownHosts.replace(/\]:\d+/, "]:1")}`;
      const ill = runCli(["doctor", ...flags({ ...inputs, ...down, "ssh-known-hosts": known })]);
      expect(ill).toMatchObject({ status: 1 });
      expect(ill.stdout).toMatch(
        /^failed +builder +ssh-ng:\/\/127\.0\.0\.1:1: .*ECONNREFUSED.*\n.*Check host/m,
      );
      expect(ill.stdout).toMatch(/^failed +registry +127\.0\.0\.1:1\/app: /m);
      expect(ill.stdout).toMatch(
        /\n\nverdict: not ready for a build: 2 of 8 checks failed \(builder, registry\)/,
      );
      expect(readdirSync(temp)).toEqual([]);
    } finally {
      await binfmt.stop();
      await builder.stop();
    }
  }, 120_000);

  const machineInputs = { ...COMMON, systems: "x86_64-linux" };

  it("doctor evaluates the flake as a build would, and says what is wrong with it", () => {
    const flake = join(machine, "flake");
    mkdirSync(flake);
    const drv = `derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; }`;
    const bad = `${drv} // { drvPath = throw "no Java"; }`;
    const packages = `{ good = ${drv}; bad = ${bad}; }`;
    writeFileSync(join(flake, "flake.nix"), `{ outputs = _: { packages.x86_64-linux = ${packages}; }; }`);
    const examine = (name: string) =>
      runCli(["doctor", ...flags({ ...machineInputs, installables: `path:${flake}#${name}` })]);
    expect(examine("good")).toMatchObject({ status: 0 });
    const throwing = examine("bad");
    expect(throwing).toMatchObject({ status: 1 });
    expect(throwing.stdout).toMatch(
      /^failed +flake +.*#bad for x86_64-linux: .*no Java[^]*nix eval[^]*#evaluation_failed$/m,
    );
    const missing = examine("godo");
    expect(missing).toMatchObject({ status: 1 });
    expect(missing.stdout).toMatch(
      /^failed +flake +.*: the flake path:.* has no package "godo" for x86_64-linux$/m,
    );
    expect(missing.stdout).toMatch(/verdict: not ready for a build: 1 of 2 checks failed \(flake\)/);
  }, 120_000);

  it("doctor starts a container, and shows why it does not start", () => {
    const bin = join(machine, "bin");
    mkdirSync(bin);
    const docker = execFileSync("which", ["docker"], { encoding: "utf8" }).trim();
    const broken = '[ "$1" != run ] || { echo "OCI runtime error: no seccomp" >&2; exit 126; }';
    writeFileSync(join(bin, "docker"), `#!/bin/sh\n${broken}\nexec ${docker} "$@"\n`, { mode: 0o755 });
    const env = { PATH: `${bin}:${process.env["PATH"] ?? ""}` };
    const { status, stdout } = runCli(
      ["doctor", ...flags({ ...machineInputs, ...SMOKE_TEST, installables: `path:${FIXTURE}#image` })],
      env,
    );
    expect({ status, stdout }).toMatchObject({ status: 1 });
    expect(stdout).toMatch(
      /^failed +engine .*cannot run a container for x86_64-linux: .*no seccomp[^]*#gate_no_runtime$/m,
    );
    expect(findTrials()).toEqual([]);
  }, 120_000);

  it("doctor starts a container in Podman too", () => {
    const inputs = { ...machineInputs, ...SMOKE_TEST, installables: `path:${FIXTURE}#image` };
    const { status, stdout } = runCli(
      ["doctor", ...flags(inputs)],
      preparePodman(makeTemporaryFolder("podman")),
    );
    expect({ status, stdout }).toMatchObject({ status: 0 });
    expect(stdout).toMatch(/^ok +engine +container engine: podman .* ran a container for x86_64-linux$/m);
  }, 120_000);

  it("keeps its secrets from the programs that it starts, and from its output", () => {
    const bin = join(machine, "spies");
    const seen = join(machine, "environment");
    mkdirSync(bin);
    for (const name of ["docker", "podman"]) {
      writeFileSync(join(bin, name), `#!/bin/sh\nenv >> ${seen}\nexit 1\n`, { mode: 0o755 });
    }
    const env = {
      PATH: `${bin}:${process.env["PATH"] ?? ""}`,
      CROSS_BUILD_SSH_PRIVATE_KEY: "hunter2-key",
      CROSS_BUILD_CACHE_SIGNING_KEY: "hunter2-signing",
      CROSS_BUILD_GITHUB_TOKEN: "hunter2-token",
      CROSS_BUILD_REGISTRY_PASSWORD: "hunter2-password",
    };
    const image = `127.0.0.1:1/app@sha256:${"0".repeat(64)}`;
    const gate = { ...SMOKE_TEST, image, "registry-username": "me" };
    const { status, stdout, stderr } = runCli(["gate", "--debug", ...flags(gate)], env);
    expect({ status, stderr }).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/GATE_NO_RUNTIME|REGISTRY/) as unknown,
    });
    expect(readFileSync(seen, "utf8")).toContain("PATH=");
    expect(readFileSync(seen, "utf8")).not.toContain("hunter2");
    expect(stdout + stderr).not.toContain("hunter2");
  }, 60_000);

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "exits after %s with %i, and leaves no run folder and no new file",
    async (signal, expected) => {
      const state = join(machine, "state");
      const before = readdirSync(".");
      const args = ["build", ...flags({ ...machineInputs, installables: `path:${FIXTURE}#slow` })];
      const env = { ...ENVIRONMENT, XDG_STATE_HOME: state };
      const child = spawn("script/testbed/isolated", [...COMMAND, ...args], {
        env,
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr])
        stream.on("data", (text: Buffer) => (output += text.toString()));
      const ended = once(child, "close");
      while (child.exitCode === null && !output.includes("building slow")) await sleep(20);
      child.kill(signal);
      await ended;
      expect({ code: child.exitCode, output }).toMatchObject({ code: expected });
      expect(output).toContain("CANCELLED");
      expect(readdirSync(temp)).toEqual([]);
      // The report is not in the folder whose flake may be built.
      const [report = ""] = globSync(join(state, "cross-build/*/cross-build-report.json"));
      expect(output).toContain(report);
      expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ error: { code: "CANCELLED" } });
      expect(readFileSync(report.replace(/json$/, "html"), "utf8")).toContain("d3js.org");
      expect(readdirSync(".")).toEqual(before);
    },
    120_000,
  );

  it.each<[readonly string[], number, RegExp, RegExp]>([
    [["help"], 0, /^Usage: cross-build /, /^$/],
    [["-h"], 0, /^Usage: cross-build /, /^$/],
    [["build", "--help"], 0, /--installables <value>/, /^$/],
    [["gate", "-h"], 0, /^Usage: cross-build gate /, /^$/],
    [["--version"], 0, /^[0-9.]+\n$/, /^$/],
    [[], 2, /^$/, /^Usage: cross-build /],
    [["launch"], 2, /^$/, /unknown command 'launch'/],
    [["biuld"], 2, /^$/, /Did you mean build\?/],
    [["build", "--instalables", ".#image"], 2, /^$/, /Did you mean --installables\?/],
    [["build", "--colour", "red"], 2, /^$/, /unknown option '--colour'/],
    [["build", "--systems", "amd64"], 2, /^$/, /input systems/],
    [["build", "--push", "maybe"], 2, /^$/, /input push: "maybe"/],
    [["build", "--registry-password", "hunter2"], 2, /^$/, /^(?![^]*hunter2).*--registry-password/],
  ])("for %j exits with %i and prints %s, and to stderr %s", (args, code, out, error) => {
    const { status, stdout, stderr } = runCli(args);
    expect({ status, stdout, stderr }).toEqual({
      status: code,
      stdout: expect.stringMatching(out) as unknown,
      stderr: expect.stringMatching(error) as unknown,
    });
  });

  it.each<[NodeJS.ProcessEnv, boolean]>([
    [{}, false],
    [{ FORCE_COLOR: "1" }, true],
    [{ FORCE_COLOR: "1", NO_COLOR: "1" }, false],
  ])("outside of a terminal, with %j, colours its output: %j", (env, expected) => {
    const { stdout } = runCli(["--help"], env);
    const { stderr } = runCli(["launch"], env);
    expect([stdout.includes("\u001b["), stderr.includes("\u001b[")]).toEqual([expected, expected]);
  });
});

describe("in a terminal", () => {
  /** Runs the CLI in a pseudo-terminal of a width. */
  function runInTerminal(args: string, columns: number, env: NodeJS.ProcessEnv = {}): string {
    const command = `stty cols ${columns}; ${process.execPath} ${CLI} ${args}`;
    const { stdout } = spawnSync("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      encoding: "utf8",
      env: { ...ENVIRONMENT, TERM: "xterm-256color", ...env },
    });
    return stdout;
  }

  it("is coloured, unless NO_COLOR says no, and wraps at its width", () => {
    expect(runInTerminal("build --help", 100)).toContain("\u001b[1mUsage:");
    const plain = (columns: number) => runInTerminal("build --help", columns, { NO_COLOR: "1" });
    expect(plain(100)).not.toContain("\u001b[");
    for (const columns of [60, 100]) {
      const [flagsOfBuild = ""] = plain(columns).split("Examples:");
      const widest = Math.max(...flagsOfBuild.split(/\r?\n/).map((line) => line.length));
      expect([widest > columns - 15, widest <= columns]).toEqual([true, true]);
    }
  });
});
