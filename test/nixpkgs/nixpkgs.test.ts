import { resolve } from "node:path";
import { performance } from "node:perf_hooks";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { installNix, runNix } from "../nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("nixpkgs-eval");
const NIXPKGS = resolve(process.env["NIXPKGS"] ?? ".");
// For a nixpkgs that needs a change to evaluate at all.
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

/** The text that an expression of the library and the given nixpkgs evaluates to, and how long that took. */
function evaluate(expression: string): string {
  const text = `let
    lib = import ${resolve("nix/lib")};
    nixpkgs = ${NIXPKGS};
    set = buildSystem: targetSystem: lib.mkCrossPkgs { inherit nixpkgs buildSystem targetSystem; overlays = ${OVERLAYS}; };
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
    "describes an image from %s for %s, built on the former",
    (build, target) => {
      const image = (stream: boolean) =>
        `(lib.mkImage { pkgs = set "${build}" "${target}"; name = "web"; contents = [ (set "${build}" "${target}").bash ];
         healthcheck.command = [ "/bin/bash" ]; ports = [ 80 "53/udp" ]; maxSize = "100MiB"; stream = ${String(stream)}; })`;
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
    "has from %s for %s the derivations of %s",
    (build, target, attribute) => {
      const own = evaluate(`(set "${build}" "${target}").bash.drvPath`);
      expect(own).toBe(evaluate(`(set "${build}" "${build}").${attribute}.bash.drvPath`));
    },
    LIMIT_MS,
  );
});
