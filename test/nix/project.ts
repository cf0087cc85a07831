import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { makeTemporaryFolder } from "../runner.js";
import { type NixSuite, readNixRelease } from "../testbed.js";

/** Returns the folder of the tests' package set, or of the nixpkgs that `NIXPKGS` names. */
export function findPackageSet(): string {
  const given = process.env["NIXPKGS"];
  if (given !== undefined && given !== "") return resolve(given);
  return execFileSync("script/testbed/package-set", { encoding: "utf8" }).trim();
}

/**
 * Copies the flake in `source`, and this repository's flake beside it. The inputs on GitHub become folders:
 * `nixpkgs`, and the copy of this repository. Copies the examples beside them. Returns the folder of the
 * project.
 */
export function createProject(source: string, nixpkgs: string): string {
  const folder = makeTemporaryFolder("flake");
  const crossBuild = join(folder, "cross-build");
  for (const part of ["flake.nix", "nix", "package.json", "dist/cli", "templates"]) {
    cpSync(part, join(crossBuild, part), { recursive: true });
  }
  cpSync("examples", join(folder, "examples"), { recursive: true });
  const project = join(folder, "project");
  cpSync(source, project, { recursive: true });
  mkdirSync(join(project, "src"), { recursive: true });
  cpSync("test/fixtures/hello/httpd.c", join(project, "src/httpd.c"));
  for (const flake of [join(crossBuild, "flake.nix"), join(project, "flake.nix")]) {
    const text = readFileSync(flake, "utf8")
      .replaceAll(/github:NixOS\/nixpkgs\/[\w.-]+/g, `path:${nixpkgs}`)
      .replaceAll("github:fluo/cross-build/v1", `path:${crossBuild}`)
      .replaceAll("@EXAMPLES@", join(folder, "examples"))
      .replaceAll("@MAVEN_REPOSITORY@", join(nixpkgs, "../maven/repository"));
    writeFileSync(flake, text);
  }
  return project;
}

/** Runs a command of a machine's Nix, which an earlier job or `script/testbed/install-nix` installed. */
export function runNix(machine: string, args: readonly string[]): string {
  return runIsolated(machine, ["/nix/var/nix/profiles/default/bin/nix", ...args]);
}

/** Runs a command on a machine, with settings for Nix that need no network; returns what it prints. */
export function runIsolated(machine: string, command: readonly string[]): string {
  return execFileSync("script/testbed/isolated", [machine, ...command], {
    encoding: "utf8",
    env: {
      ...process.env,
      NIX_CONFIG: [
        "experimental-features = nix-command flakes",
        "substituters =",
        "build-users-group =",
        "flake-registry =",
        "sandbox = false",
        "warn-dirty = false",
      ].join("\n"),
    },
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 64 * 2 ** 20,
  });
}

/**
 * Fills a folder with native packages of a system, as the public binary cache has them, for images that are
 * cross-compiled for it. Returns the machine that built them.
 */
export function fillCache(cache: string, system: string, names: readonly string[]): string {
  const builder = makeTemporaryFolder("native-builder");
  installNix(builder);
  const packages = ["--file", findPackageSet(), "--argstr", "system", system, ...names];
  runNix(builder, ["build", "--no-link", "--extra-platforms", system, ...packages]);
  runNix(builder, ["copy", "--to", `file://${cache}?compression=none`, ...packages]);
  return builder;
}

/** Installs the test bed's Nix into a machine's folder. */
export function installNix(machine: string, suite?: NixSuite): void {
  const tarball = fileURLToPath(readNixRelease(suite)["nix-url"]);
  execFileSync("script/testbed/install-nix", [machine, tarball], { stdio: ["ignore", "ignore", "pipe"] });
}
