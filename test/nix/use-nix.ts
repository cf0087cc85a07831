import { resolve } from "node:path";

import { afterAll, beforeAll } from "@jest/globals";

import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { findPackageSet, installNix, runNix } from "./project.js";

const LIBRARY = resolve("nix/lib");

/** Gives the tests of a file a machine with Nix, and the package set, until the last of them has ended. */
export function useNix(name: string) {
  const machine = makeTemporaryFolder(name);
  let nixpkgs = "";
  beforeAll(() => {
    installNix(machine);
    nixpkgs = findPackageSet();
  }, 120_000);
  afterAll(() => {
    removeTemporaryFolders();
  });
  const evaluate = (expression: string): unknown => {
    const text = `let lib = import ${LIBRARY}; nixpkgs = ${nixpkgs}; in ${expression}`;
    return JSON.parse(runNix(machine, ["eval", "--impure", "--json", "--expr", text])) as unknown;
  };
  return {
    machine,
    /** The folder of the package set. */
    nixpkgs: () => nixpkgs,
    /** Returns the value of an expression, where `lib` is the library and `nixpkgs` the package set. */
    evaluate,
    /** Returns Nix's error for an expression that does not evaluate; throws if it does. */
    fail: (expression: string): string => {
      try {
        evaluate(`builtins.deepSeq (${expression}) null`);
      } catch (error) {
        return String((error as { stderr?: unknown }).stderr);
      }
      throw new Error(`${expression} evaluates`);
    },
  };
}
