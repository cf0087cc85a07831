import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, SMOKE_TEST } from "../job.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { startBuilder } from "../testbed.js";

const CLI = resolve("dist/cli/index.js");
const machine = makeTemporaryFolder("cli");
const temp = join(machine, "temp");
mkdirSync(temp);

afterAll(() => {
  removeTemporaryFolders();
});

/** Outside of a workflow, also where these tests run in one. */
const OUTSIDE = { GITHUB_ACTIONS: undefined, GITHUB_EVENT_NAME: undefined };

function runCli(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync("script/testbed/isolated", [machine, process.execPath, CLI, ...args], {
    encoding: "utf8",
    timeout: 180_000,
    env: { ...process.env, ...OUTSIDE, HOME: machine, TMPDIR: temp, RUNNER_TEMP: undefined, ...env },
  });
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
    try {
      const inputs = {
        ...COMMON,
        ...SMOKE_TEST,
        builders: builder.line,
        "ssh-known-hosts": builder.knownHosts,
        cache: `file://${join(machine, "cache")}`,
        "ssh-private-key": join(builder.folder, "id_ed25519"),
      };
      const healthy = runCli(["doctor", ...flags(inputs)]);
      expect(healthy).toMatchObject({ status: 0 });
      expect(existsSync(join(machine, "cache"))).toBe(false);
      for (const part of [/^ok +nix /m, /^(?:ok|warning) +builder /m, /^ok +cache /m, /^ok +engine /m]) {
        expect(healthy.stdout).toMatch(part);
      }
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
      expect(readdirSync(temp)).toEqual([]);
    } finally {
      await builder.stop();
    }
  }, 120_000);

  it.each([
    [["help"], 0, "usage: cross-build build"],
    [["build", "--help"], 0, "--installables VALUE"],
    [[], 2, "usage: cross-build build"],
    [["launch"], 2, 'unknown command "launch"'],
    [["build", "--colour", "red"], 2, "--colour"],
    [["build", "--systems", "amd64"], 2, "input systems"],
  ])("for %j exits with %i and prints %j", (args, code, said) => {
    const { status, stdout, stderr } = runCli(args);
    expect(status).toBe(code);
    expect(stdout + stderr).toContain(said);
  });
});
