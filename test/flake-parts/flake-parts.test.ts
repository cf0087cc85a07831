import { resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { installNix, runNix } from "../nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("flake-parts");
const NIXPKGS = resolve(process.env["NIXPKGS"] ?? ".");
const FLAKE_PARTS = resolve(process.env["FLAKE_PARTS"] ?? ".");
// nixpkgs' own lib, for a package set whose lib is too old for flake-parts.
const LIB = resolve(process.env["NIXPKGS_LIB"] ?? `${NIXPKGS}/lib`);
const LIMIT_MS = 120_000;

beforeAll(() => {
  installNix(machine);
}, LIMIT_MS);
afterAll(() => {
  removeTemporaryFolders();
});

/** The value of an expression, where `flake` makes the outputs of a flake-parts flake with these modules. */
function evaluate(expression: string): unknown {
  const text = `let
    lib = import ${LIB};
    parts = ${FLAKE_PARTS};
    flakeParts = (import (parts + "/flake.nix")).outputs {
      self = flakeParts // { inputs = { }; outPath = parts; };
      nixpkgs-lib = { inherit lib; };
    };
    crossBuild = import ${resolve("nix/lib")};
    module = import ${resolve("nix/flake-module.nix")} { nixpkgs = null; inherit crossBuild; };
    nixpkgs = { outPath = ${NIXPKGS}; legacyPackages = { }; };
    flake = modules:
      let
        self = { inputs = { }; outPath = "/project"; _type = "flake"; } // outputs;
        outputs = flakeParts.lib.mkFlake { inputs = { inherit self nixpkgs; }; } {
          imports = [ module ] ++ modules;
          systems = [ "x86_64-linux" "aarch64-darwin" ];
        };
      in outputs;
    image = name: {
      crossBuild.images = { crossBuild, ... }: { \${name} = crossBuild.mkImage { inherit name; }; };
    };
    namesOf = builtins.mapAttrs (_: builtins.attrNames);
  in ${expression}`;
  return JSON.parse(runNix(machine, ["eval", "--impure", "--json", "--expr", text])) as unknown;
}

function fail(expression: string): string {
  try {
    evaluate(expression);
  } catch (error) {
    return String((error as { stderr?: unknown }).stderr);
  }
  throw new Error(`${expression} evaluates`);
}

describe("the module for the flake-parts of FLAKE_PARTS", () => {
  it(
    "merges the images of several modules, also if it is imported twice",
    () => {
      const modules =
        '[ module (image "one") (image "two") { crossBuild.targetSystems = [ "aarch64-linux" ]; } ]';
      expect(evaluate(`namesOf (flake ${modules}).packages`)).toEqual({
        "aarch64-darwin": ["one-aarch64-linux", "two-aarch64-linux"],
        "aarch64-linux": ["one", "two"],
        "x86_64-linux": ["one", "one-aarch64-linux", "two", "two-aarch64-linux"],
      });
      expect(evaluate(`(flake ${modules}).packages.x86_64-linux.two-aarch64-linux.drvPath`)).toMatch(
        /-stream-two\.drv$/,
      );
      expect(evaluate(`namesOf (flake ${modules}).checks`)).toMatchObject({
        "x86_64-linux": expect.arrayContaining(["one-closure"]) as unknown,
      });
    },
    LIMIT_MS,
  );

  it.each([
    ["two images of one name", '(image "one") (image "one")', "x86_64-linux.one", "defined multiple times"],
    [
      "an image that is no package",
      "{ crossBuild.images = _: { one = 1; }; }",
      "x86_64-linux.one",
      "package",
    ],
    [
      "a system that images cannot be for",
      '{ crossBuild.targetSystems = [ "x86_64-windows" ]; }',
      "x86_64-linux",
      "crossBuild.targetSystems",
    ],
    ["an unknown option", "{ crossBuild.image = _: { }; }", "x86_64-linux", "crossBuild.image"],
  ])(
    "refuses %s",
    (_, modules, attribute, problem) => {
      expect(fail(`(flake [ ${modules} ]).packages.${attribute}.name or ""`)).toContain(problem);
    },
    LIMIT_MS,
  );
});
