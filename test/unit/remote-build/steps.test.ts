import { describe, expect, it } from "@jest/globals";

import type { Derivation } from "../../../src/model/derivation.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { planSteps } from "../../../src/remote-build/steps.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;

function derive(
  name: string,
  inputs: Readonly<Record<string, readonly string[]>> = {},
  sources: readonly string[] = [],
): readonly [StorePath, Derivation] {
  const output = (output: string, suffix: string) => ({
    name: output,
    path: path(`${name}${suffix}`),
    hashAlgorithm: "",
    hash: "",
  });
  return [
    path(`${name}.drv`),
    {
      outputs: [output("out", ""), output("dev", "-dev")],
      inputs: new Map(Object.entries(inputs).map(([input, names]) => [path(`${input}.drv`), names])),
      sources: sources.map(path),
      platform: "x86_64-linux",
      builder: Buffer.from("/bin/sh"),
      args: [],
      environment: [],
    },
  ];
}

const closure = new Map([
  derive("libc", {}, ["libc-source"]),
  derive("zlib", { libc: ["out", "dev"] }, ["zlib-source"]),
  derive("tool", { libc: ["out"] }),
  derive("app", { zlib: ["dev"], tool: ["out"], libc: ["out"] }),
]);
const plan = (...missing: readonly string[]) =>
  planSteps({ wanted: [], missing: missing.map((name) => path(`${name}.drv`)), closure });
const nameOf = (found: string) => found.slice(path("").length).replace(/\.drv$/, "");

describe("planSteps", () => {
  it("puts each step after its dependencies, with the length of the chain that waits for it", () => {
    const steps = plan("app", "tool", "zlib", "libc");
    expect(steps.map(({ drvPath, height }) => [nameOf(drvPath), height])).toEqual([
      ["libc", 3],
      ["tool", 2],
      ["zlib", 2],
      ["app", 1],
    ]);
    expect(steps.at(-1)?.dependencies.map(({ drvPath }) => nameOf(drvPath))).toEqual([
      "zlib",
      "tool",
      "libc",
    ]);
  });

  it("separates inputs that are built from inputs that are present", () => {
    const app = plan("app", "zlib").at(-1);
    expect(app?.inputs.map(nameOf)).toEqual(["zlib-dev", "tool", "libc"]);
    expect(app?.builtInputs.map(nameOf)).toEqual(["zlib-dev"]);
    expect(app?.dependencies.map(({ drvPath }) => nameOf(drvPath))).toEqual(["zlib"]);
  });

  it("is empty if nothing is missing", () => {
    expect(plan()).toEqual([]);
  });
});
