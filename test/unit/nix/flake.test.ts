import { describe, expect, it } from "@jest/globals";

import type { Builder } from "../../../src/model/builder.js";
import {
  type NixBuildMode,
  parseBuildOutput,
  parseMissing,
  renderBuildArguments,
} from "../../../src/nix/build.js";
import { inspectFlake, parseFlakeOutputs, parseUnlockedInputs } from "../../../src/nix/flake.js";
import { createRunNix } from "../../../src/nix/command.js";
import { listConfFiles, renderUserConf } from "../../../src/nix/conf.js";

describe("parseFlakeOutputs", () => {
  it("reads names by system", () => {
    expect(parseFlakeOutputs('{"x86_64-linux":["a","b"]}', ".")).toEqual({ "x86_64-linux": ["a", "b"] });
  });

  it.each(["", "null", "[]", '{"x":1}', '{"x":[1]}', "{"])("rejects %j", (json) => {
    expect(() => parseFlakeOutputs(json, ".")).toThrow(expect.objectContaining({ code: "FLAKE_INVALID" }));
  });
});

describe("inspectFlake", () => {
  const read = (stderr: string) =>
    inspectFlake(() => Promise.resolve({ exitCode: 1, stdout: "", stderr }), ".", "/nonexistent");

  it("keeps Nix's error with its lines of code, and drops its trace", async () => {
    const stderr = [
      "warning: Git tree '/app' is dirty",
      "error:",
      "       … while evaluating the attribute 'packages'",
      "         at /nix/store/x-source/flake.nix:2:3:",
      "       \u001b[31;1merror:\u001b[0m undefined variable 'archiv'",
      "       at /nix/store/x-source/flake.nix:66:17:",
      "           65|",
      "           66|   x = archiv;",
      "             |       ^",
    ].join("\n");
    await expect(read(stderr)).rejects.toMatchObject({
      code: "FLAKE_INVALID",
      message: [
        "the flake . cannot be evaluated: undefined variable 'archiv'",
        "at /nix/store/x-source/flake.nix:66:17:",
        "    65|",
        "    66|   x = archiv;",
        "      |       ^",
      ].join("\n"),
    });
  });

  it("reads the error of Nix 2.8, which comes before its position", async () => {
    const stderr = [
      "error: syntax error, unexpected '=', expecting end of file",
      "",
      "       at /nix/store/x-source/flake.nix:1:3:",
      "",
      "            1| x = 1",
      "             |   ^",
      "(use '--show-trace' to show detailed location information)",
    ].join("\n");
    await expect(read(stderr)).rejects.toMatchObject({
      message: [
        "the flake . cannot be evaluated: syntax error, unexpected '=', expecting end of file",
        "at /nix/store/x-source/flake.nix:1:3:",
        "     1| x = 1",
        "      |   ^",
      ].join("\n"),
    });
  });

  it("says what gives access if an input is refused", async () => {
    const stderr = "error: unable to download 'https://h/api/v3/repos/o/r/commits/HEAD': HTTP error 404";
    await expect(read(stderr)).rejects.toMatchObject({
      code: "FLAKE_INVALID",
      hint: expect.stringContaining("access-tokens") as unknown,
    });
  });

  it.each([
    ["error: cannot connect to socket at '/nix/var/nix/daemon-socket/socket'", "NIX_DAEMON_FAILED"],
    ["error: writing to file: No space left on device", "NIX_DISK_FULL"],
    ["error: flake 'path:/a' does not provide attribute 'packages'", "FLAKE_OUTPUT_MISSING"],
    ["error: NAR hash mismatch in input 'x' (y), expected 'sha256-A=' but got 'sha256-B='", "HASH_MISMATCH"],
    ["error: path '/a' does not contain a 'flake.nix', searching up", "FLAKE_INVALID"],
  ])("%s is %s", async (stderr, code) => {
    await expect(read(stderr)).rejects.toMatchObject({ code });
  });
});

describe("renderBuildArguments", () => {
  const POLL = ["--option", "build-poll-interval", "1"];
  it.each<[string, NixBuildMode, readonly string[]]>([
    ["locally", { kind: "local" }, ["--option", "builders", ""]],
    [
      "under emulation",
      { kind: "emulated", system: "x86_64-linux" },
      ["--option", "builders", "", "--option", "extra-platforms", "x86_64-linux"],
    ],
    [
      "on builders for another system",
      { kind: "build-hook", isTargetLocal: false },
      ["--keep-going", ...POLL],
    ],
    [
      "on builders for this system, and not locally",
      { kind: "build-hook", isTargetLocal: true },
      ["--keep-going", ...POLL, "--max-jobs", "0"],
    ],
    [
      "in a builder's store",
      { kind: "single-store", storeUri: "unix:///r/1.sock", builder: { maxJobs: 4 } as Builder },
      ["--option", "builders", "", "--max-jobs", "4", "--store", "unix:///r/1.sock", "--eval-store", "auto"],
    ],
  ])("builds %s", (_, mode, expected) => {
    const args = renderBuildArguments({ installables: [".#a"], mode });
    expect(args.slice(args.indexOf("internal-json") + 1)).toEqual([...expected, ".#a"]);
  });
});

describe("parseBuildOutput", () => {
  const outPath = "/nix/store/00000000000000000000000000000000-x";
  const drvPath = `${outPath}.drv`;
  it.each([
    [JSON.stringify([{ drvPath, outputs: { out: outPath } }])],
    [JSON.stringify([{ drvPath, outputs: { bin: outPath }, startTime: 0 }])],
  ])("reads %s", (json) => {
    expect(parseBuildOutput(json)).toEqual([{ drvPath, outPath }]);
  });

  it.each([
    "",
    "[]",
    "{}",
    '[{"outputs":{}}]',
    `[{"drvPath":"${drvPath}","outputs":{"out":"/etc/passwd"}}]`,
    `[{"drvPath":"/etc/passwd","outputs":{"out":"${outPath}"}}]`,
  ])("rejects %j", (json) => {
    expect(() => parseBuildOutput(json)).toThrow(expect.objectContaining({ code: "BUILD_FAILED" }));
  });
});

describe("parseMissing", () => {
  it("reads the derivations that would be built, but not the paths that would be fetched", () => {
    const path = "/nix/store/00000000000000000000000000000000-x";
    const said = [
      "warning: x",
      "these 2 derivations will be built:",
      `  ${path}.drv`,
      `  ${path}y.drv`,
      "these 1 paths will be fetched (0.00 MiB download):",
      `  ${path}`,
      "",
    ].join("\n");
    expect(parseMissing(said)).toEqual([`${path}.drv`, `${path}y.drv`]);
  });
});

describe("renderUserConf", () => {
  const empty = {
    machinesFile: undefined,
    substituters: [],
    trustedPublicKeys: [],
    netrcFile: undefined,
    githubToken: undefined,
    accessTokens: [],
    extraConf: "",
  };

  it("uses builders only if there are any", () => {
    expect(renderUserConf(empty)).toMatch(/^builders =$/m);
    expect(renderUserConf({ ...empty, machinesFile: "/run/m" })).toMatch(/^builders = @\/run\/m$/m);
  });

  it("adds to the lists in the user's lines", () => {
    const conf = renderUserConf({ ...empty, substituters: ["file:///c"], extraConf: "substituters =" });
    expect(conf.indexOf("substituters =")).toBeLessThan(conf.indexOf("extra-substituters = file:///c"));
  });

  it("lists the tokens after the user's lines, and prefers the one that is named github.com", () => {
    const accessTokens = [{ scope: "git.example.org", value: "PAT:a" }];
    const conf = { ...empty, githubToken: "g", accessTokens };
    expect(renderUserConf(conf)).toMatch(/^extra-access-tokens = github.com=g git.example.org=PAT:a$/m);
    const own = [...accessTokens, { scope: "github.com", value: "o" }];
    expect(renderUserConf({ ...conf, accessTokens: own })).toMatch(
      /^extra-access-tokens = git.example.org=PAT:a github.com=o$/m,
    );
  });

  it.each(["t\nsandbox = false", "tok en", "tok#en"])(
    "rejects the token %j, without showing it",
    (githubToken) => {
      expect(() => renderUserConf({ ...empty, githubToken })).toThrow(
        expect.objectContaining({
          code: "INPUT_INVALID",
          message: expect.not.stringContaining(githubToken) as unknown,
        }),
      );
    },
  );
});

describe("createRunNix", () => {
  it("gives the run's configuration precedence over the user's", async () => {
    const seen: (string | undefined)[] = [];
    const runNix = createRunNix(
      (tool, _, { env }) => {
        seen.push(tool, env?.["NIX_USER_CONF_FILES"]);
        return Promise.resolve({ exitCode: 0, stdout: "", stderr: "" });
      },
      {
        binFolder: "/n/bin",
        confFiles: listConfFiles("/r/nix.conf", { HOME: "/h", PATH: "/bin" }),
        sshOptions: undefined,
        gitEnvironment: {},
        environment: { HOME: "/h", PATH: "/bin" },
      },
    );
    await runNix(["--version"], { timeoutMs: 1 });
    expect(seen).toEqual(["/n/bin/nix", "/r/nix.conf:/h/.config/nix/nix.conf:/etc/xdg/nix/nix.conf"]);
  });
});

describe("parseUnlockedInputs", () => {
  it("names the inputs that Nix had to lock for this run", () => {
    const warning = [
      "warning: not writing modified lock file of flake 'path:/x?lastModified=1&narHash=sha256-a%3D':",
      "• Added input 'nixpkgs':",
      "    'github:NixOS/nixpkgs/0123' (2026-01-01)",
      "• Added input 'utils/systems':",
      "    follows 'systems'",
      "• Updated input 'utils':",
      "    'path:/old'",
      "  → 'path:/new'",
      "• Removed input 'gone'",
    ].join("\n");
    expect(parseUnlockedInputs(warning)).toEqual(["nixpkgs", "utils"]);
  });

  it.each(["", "warning: Git tree '/x' is dirty", "• Added input 'nixpkgs':"])(
    "names none for %j",
    (text) => {
      expect(parseUnlockedInputs(text)).toEqual([]);
    },
  );
});
