import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { makeTemporaryFolder } from "../runner.js";
import { runNix } from "./project.js";
import { useNix } from "./use-nix.js";
import { createReadmeProject } from "./readme.js";

const { evaluate, fail, machine, nixpkgs } = useNix("nix-pages");

describe("the flake of README.md", () => {
  it("offers what native, remote, emulate and cross-compile build, on every system", () => {
    const names = "builtins.mapAttrs (_: builtins.attrNames)";
    const flake = `path:${createReadmeProject(nixpkgs())}#packages`;
    const packages = runNix(machine, ["eval", "--json", "--no-write-lock-file", flake, "--apply", names]);
    expect(JSON.parse(packages)).toEqual({
      "aarch64-darwin": ["image-x86_64-linux"],
      "aarch64-linux": ["image", "image-x86_64-linux"],
      "x86_64-linux": ["image"],
    });
  }, 60_000);

  it.each([
    ["x86_64-linux", "image"],
    ["aarch64-linux", "image-x86_64-linux"],
    ["aarch64-darwin", "image-x86_64-linux"],
  ])(
    "gives on %s an image for x86_64-linux, and the script that writes it runs there",
    (build, name) => {
      const image = `path:${createReadmeProject(nixpkgs())}#packages.${build}.${name}`;
      const read = "image: { inherit (image) drvPath system targetSystem text; }";
      const said = runNix(machine, ["eval", "--json", "--no-write-lock-file", image, "--apply", read]);
      const shell = evaluate(`(import nixpkgs { localSystem.system = "${build}"; }).runtimeShell`) as string;
      expect(JSON.parse(said)).toEqual({
        drvPath: expect.stringMatching(/^\/nix\/store\/.*-stream-web\.drv$/) as unknown,
        system: build,
        targetSystem: "x86_64-linux",
        // That of a cross set's own stream script is the target's: NixOS/nixpkgs#536233.
        text: expect.stringContaining(`#!${shell}\n`) as unknown,
      });
    },
    60_000,
  );
});

it("every Nix example of README.md parses", () => {
  const examples = [...readFileSync("README.md", "utf8").matchAll(/^```nix\n([^]*?)^```$/gm)];
  expect(examples.length).toBeGreaterThan(0);
  const files = makeTemporaryFolder("examples");
  const imports = examples.map(([, text = ""], index) => {
    const file = join(files, `${index}.nix`);
    writeFileSync(file, `x: with x;\n${text}`);
    return `(import ${file})`;
  });
  expect(evaluate(`map builtins.isFunction [ ${imports.join(" ")} ]`)).toEqual(examples.map(() => true));
});

describe("the NixOS module for builders", () => {
  const evaluateModule = (settings: string) =>
    `(import ${resolve("test/nix/module-system.nix")} {
      module = ${resolve("nix/module/builder.nix")};
      settings = ${settings};
    })`;
  const KEY = "ssh-ed25519 AAAA ci";

  it("makes a builder that the keys given to it can use", () => {
    const settings = `{ enable = true; authorizedKeys = [ "${KEY}" ]; maxJobs = 8; maxSessions = 10; }`;
    expect(evaluate(`${evaluateModule(settings)}.config`)).toEqual({
      assertions: [expect.objectContaining({ assertion: true })],
      users: {
        groups: { nix: {} },
        users: {
          nix: {
            isSystemUser: true,
            group: "nix",
            useDefaultShell: true,
            openssh: { authorizedKeys: { keys: [`restrict ${KEY}`] } },
          },
        },
      },
      nix: {
        settings: { "trusted-users": ["nix"], "max-jobs": 8, sandbox: true, "sandbox-fallback": false },
      },
      services: {
        openssh: {
          enable: true,
          settings: { MaxStartups: "200:30:400" },
          extraConfig: [
            "Match User nix",
            "  MaxSessions 10",
            "  ClientAliveInterval 30",
            "  ClientAliveCountMax 4",
            "Match All",
            "",
          ].join("\n"),
        },
      },
      systemd: { tmpfiles: { rules: ["d /run/cross-build 0755 root root -"] } },
    });
  });

  it("changes nothing until it is enabled, and asks for keys then", () => {
    expect(evaluate(`${evaluateModule("{ }")}.config`)).toEqual({});
    expect(evaluate(`${evaluateModule("{ enable = true; }")}.config.assertions`)).toMatchObject([
      { assertion: false },
    ]);
  });

  it("refuses what cannot be", () => {
    expect(fail(`${evaluateModule("{ maxJobs = 0; enable = true; }")}.config`)).toContain("maxJobs");
    expect(fail(evaluateModule("{ maxJob = 1; }"))).toContain("there is no option maxJob");
  });

  it("has the options and the defaults of docs/builder-setup.md", () => {
    const { defaults } = evaluate(`{ inherit (${evaluateModule("{ }")}) defaults; }`) as {
      readonly defaults: Readonly<Record<string, unknown>>;
    };
    const page = readFileSync("docs/builder-setup.md", "utf8");
    const rows = [...page.matchAll(/^\| `(\w+)` +\| (\S+) +\|/gm)].map(([, name = "", text = ""]) => [
      name,
      text,
    ]);
    const shown = (value: unknown) => (Array.isArray(value) ? "required" : `\`${JSON.stringify(value)}\``);
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, shown(value)])),
    );
  });

  it("is an output of the flake", () => {
    const flake = `(import ${resolve("flake.nix")}).outputs { self = { }; nixpkgs = { }; }`;
    expect(evaluate(`toString (${flake}).nixosModules.builder`)).toBe(resolve("nix/module/builder.nix"));
  });
});
