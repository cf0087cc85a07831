import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { installNix, runNix } from "../nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("nixpkgs-eval");
const NIXPKGS = resolve(process.env["NIXPKGS"] ?? ".");
// An overlay for a nixpkgs that does not evaluate without it.
const OVERLAY = process.env["NIXPKGS_OVERLAY"];
const OVERLAYS = OVERLAY === undefined ? "[ ]" : `[ (import ${resolve(OVERLAY)}) ]`;
const LIMIT_MS = 120_000;
const times: string[] = [];

beforeAll(() => {
  installNix(machine);
}, LIMIT_MS);
afterAll(() => {
  removeTemporaryFolders();
  process.stdout.write(`${times.join("\n")}\n`);
});

/** Evaluates an expression of the library and the given nixpkgs to its text, and notes how long that took. */
function evaluate(expression: string): string {
  const text = `let
    lib = import ${resolve("nix/lib")};
    nixpkgs = ${NIXPKGS};
    overlays = ${OVERLAYS};
    set = buildSystem: targetSystem:
      lib.mkCrossPkgs { inherit nixpkgs buildSystem targetSystem overlays; };
  in ${expression}`;
  const start = performance.now();
  const output = runNix(machine, ["eval", "--impure", "--raw", "--expr", text]);
  times.push(`${((performance.now() - start) / 1000).toFixed(2)} s  ${expression.slice(0, 110)}`);
  return output;
}

describe("the library on the nixpkgs that NIXPKGS names", () => {
  it.each([
    ["x86_64-linux", "x86_64-linux"],
    ["x86_64-linux", "aarch64-linux"],
    ["aarch64-linux", "x86_64-linux"],
    ["aarch64-linux", "x86_64-linux-musl"],
  ])(
    "describes an image that %s builds for %s",
    (build, target) => {
      const image = (stream: boolean) =>
        `(lib.mkImage {
           pkgs = set "${build}" "${target}"; name = "web"; contents = [ (set "${build}" "${target}").bash ];
           healthcheck.command = [ "/bin/bash" ]; ports = [ 80 "53/udp" ]; maxSize = "100MiB";
           stream = ${String(stream)};
         })`;
      expect(evaluate(`${image(true)}.drvPath`)).toMatch(/-stream-web\.drv$/);
      expect(evaluate(`${image(true)}.system`)).toBe(build);
      expect(evaluate(`${image(false)}.drvPath`)).toMatch(/-web\.tar\.gz\.drv$/);
    },
    LIMIT_MS,
  );

  it.each([
    ["x86_64-linux", "aarch64-linux", "pkgsCross.aarch64-multiplatform"],
    ["aarch64-linux", "x86_64-linux", "pkgsCross.gnu64"],
    ["x86_64-linux", "x86_64-linux-musl", "pkgsStatic"],
    ["aarch64-linux", "aarch64-linux-musl", "pkgsStatic"],
  ])(
    "has, from %s for %s, the same derivations as %s",
    (build, target, attribute) => {
      const own = evaluate(`(set "${build}" "${target}").bash.drvPath`);
      expect(own).toBe(evaluate(`(set "${build}" "${build}").${attribute}.bash.drvPath`));
    },
    LIMIT_MS,
  );
});

describe("the flake of the end-to-end workflow, on the nixpkgs that NIXPKGS names", () => {
  it.each([
    ["x86_64-linux", "image"],
    ["x86_64-linux", "image-aarch64-linux"],
    ["aarch64-linux", "image-x86_64-linux"],
  ])(
    "has a package that %s builds: %s",
    (build, name) => {
      const overlaid = join(makeTemporaryFolder("overlaid"), "default.nix");
      writeFileSync(
        overlaid,
        `arguments: import ${NIXPKGS} (arguments // { overlays = arguments.overlays ++ ${OVERLAYS}; })\n`,
      );
      const flake = `(import ${resolve("test/fixtures/nixpkgs/flake.nix")})`;
      const packages = `(${flake}.outputs { nixpkgs = ${overlaid}; }).packages`;
      expect(evaluate(`${packages}.${build}.${name}.drvPath`)).toMatch(/-stream-hello\.drv$/);
      expect(evaluate(`${packages}.${build}.${name}.system`)).toBe(build);
    },
    LIMIT_MS,
  );
});
