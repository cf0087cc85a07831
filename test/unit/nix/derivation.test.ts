import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { StorePath } from "../../../src/model/store-path.js";
import {
  measureGraph,
  needsOf,
  parseDerivation,
  readDependencies,
  readDerivationClosure,
} from "../../../src/nix/derivation.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;

function drv(outputs: readonly string[], inputs: readonly string[], sources: readonly string[] = []): string {
  const list = (items: readonly string[]) => `[${items.join(",")}]`;
  return `Derive(${[
    list(outputs.map((name) => `("out","${path(name)}","","")`)),
    list(inputs.map((name) => `("${path(name)}",["dev","out"])`)),
    list(sources.map((name) => `"${path(name)}"`)),
  ].join(",")},"x86_64-linux","/bin/sh",["-c","echo \\"(]\\""],[("a","b")])`;
}

const parse = (text: string) => parseDerivation(Buffer.from(text, "latin1"), "/nix/store/x.drv");

describe("parseDerivation", () => {
  it("reads all fields", () => {
    expect(parse(drv(["a"], ["b.drv", "c.drv"], ["src"]))).toEqual({
      outputs: [{ name: "out", path: path("a"), hashAlgorithm: "", hash: "" }],
      inputs: new Map([
        [path("b.drv"), ["dev", "out"]],
        [path("c.drv"), ["dev", "out"]],
      ]),
      sources: [path("src")],
      platform: "x86_64-linux",
      builder: Buffer.from("/bin/sh"),
      args: [Buffer.from("-c"), Buffer.from('echo "(]"')],
      environment: [[Buffer.from("a"), Buffer.from("b")]],
    });
  });

  it("preserves all bytes, escaped or not", () => {
    const [variable] = parse(`Derive([],[],[],"builtin","x",[],[("n","\\n\\t\\\\\\"\xff\n")])`).environment;
    expect(variable?.[1]).toEqual(Buffer.from('\n\t\\"\xff\n', "latin1"));
  });

  it("reads a fixed output, and no path for a content-addressed one", () => {
    const of = (tuple: string) => parse(`Derive([${tuple}],[],[],"s","b",[],[])`).outputs;
    expect(of(`("out","${path("a")}","r:sha256","00ff")`)).toEqual([
      { name: "out", path: path("a"), hashAlgorithm: "r:sha256", hash: "00ff" },
    ]);
    expect(of('("out","","r:sha256","")')).toMatchObject([{ path: undefined }]);
  });

  it("rejects anything else with a code, also a truncated derivation", () => {
    const text = drv(["a"], ["b.drv"], ["src"]);
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(text.length - 1).map((length) => text.slice(0, length)),
        ),
        (broken) => {
          expect(() => parse(broken)).toThrow(expect.objectContaining({ code: "BUILD_FAILED" }));
        },
      ),
    );
  });
});

describe("measureGraph", () => {
  const files: Record<string, string> = {
    [path("top.drv")]: drv(["top"], ["a.drv", "b.drv"]),
    [path("a.drv")]: drv(["a"], ["c.drv"]),
    [path("b.drv")]: drv(["b"], []),
    [path("c.drv")]: drv(["c"], []),
  };
  const read = (file: string) => Promise.resolve(Buffer.from(files[file] ?? ""));

  it("counts the derivations to build, and their longest chain", async () => {
    const closure = await readDerivationClosure([path("top.drv")], read);
    expect([...closure.keys()].toSorted()).toEqual(Object.keys(files).toSorted());
    expect(measureGraph([...closure.keys()], closure)).toMatchObject({
      derivations: 4,
      depth: 3,
      isKnown: true,
    });
    expect(measureGraph([path("top.drv"), path("b.drv")], closure)).toMatchObject({
      derivations: 2,
      depth: 2,
    });
    expect(measureGraph([], closure)).toEqual({ derivations: 0, depth: 0, needs: [], isKnown: true });
  });

  it("measures a chain that is longer than the call stack", () => {
    const parsed = parse(drv(["x"], []));
    const paths = Array.from({ length: 20_000 }, (_, number) => path(`${number}.drv`));
    const chain = new Map(
      paths.map((name, i) => {
        const inputs = new Map(paths.slice(Math.max(0, i - 1), i).map((input) => [input, ["out"]]));
        return [name, { ...parsed, inputs }];
      }),
    );
    for (const toBuild of [paths, paths.toReversed()])
      expect(measureGraph(toBuild, chain)).toMatchObject({ derivations: 20_000, depth: 20_000 });
  });
});

describe("readDependencies", () => {
  it("finds which derivations of a list depend on each other, also if one cannot be read", async () => {
    const files = new Map([
      [path("lib"), drv(["lib-out"], [])],
      [path("app"), drv(["app-out"], ["lib", "elsewhere"])],
      [path("bad"), "no derivation"],
    ]);
    const read = (file: string) => Promise.resolve(Buffer.from(files.get(file as StorePath) ?? ""));
    const found = await readDependencies([...files.keys(), path("gone"), path("app")], read);
    expect([...found]).toEqual([
      [path("lib"), []],
      [path("app"), [path("lib")]],
    ]);
  });
});

describe("needsOf", () => {
  const needs = (environment: string) =>
    needsOf(parse(`Derive([],[],[],"aarch64-linux","b",[],[${environment}])`));

  it("reads platform and features, also from structured attributes", () => {
    expect(needs("")).toEqual({ platform: "aarch64-linux", features: [] });
    expect(needs('("requiredSystemFeatures","kvm  big-parallel")').features).toEqual(["kvm", "big-parallel"]);
    expect(needs(String.raw`("__json","{\"requiredSystemFeatures\":[\"kvm\"]}")`).features).toEqual(["kvm"]);
    expect(needs('("__json","{}")').features).toEqual([]);
  });
});
