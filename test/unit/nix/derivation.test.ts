import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { StorePath } from "../../../src/model/store-path.js";
import { measureGraph, parseDerivation, readClosure } from "../../../src/nix/derivation.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;

function drv(outputs: readonly string[], inputs: readonly string[], sources: readonly string[] = []): string {
  const list = (items: readonly string[]) => `[${items.join(",")}]`;
  return `Derive(${[
    list(outputs.map((name) => `("out","${path(name)}","","")`)),
    list(inputs.map((name) => `("${path(name)}",["dev","out"])`)),
    list(sources.map((name) => `"${path(name)}"`)),
  ].join(",")},"x86_64-linux","/bin/sh",["-c","echo \\"(]\\""],[("a","b")])`;
}

describe("parseDerivation", () => {
  it("reads outputs, inputs and sources", () => {
    expect(parseDerivation(drv(["a"], ["b.drv", "c.drv"], ["src"]))).toEqual({
      outputs: [path("a")],
      inputs: [path("b.drv"), path("c.drv")],
      sources: [path("src")],
    });
  });

  it("reads one with nothing in it", () => {
    expect(parseDerivation("Derive([],[],[],")).toEqual({ outputs: [], inputs: [], sources: [] });
  });

  it("knows no output of a content-addressed derivation", () => {
    expect(parseDerivation('Derive([("out","","r:sha256","")],[],[],').outputs).toEqual([]);
  });

  it("refuses anything else with a code, at any length", () => {
    const text = drv(["a"], ["b.drv"], ["src"]);
    const end = text.indexOf(',"x86_64');
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.nat(end - 1).map((length) => text.slice(0, length)),
        ),
        (broken) => {
          expect(() => parseDerivation(broken)).toThrow(expect.objectContaining({ code: "BUILD_FAILED" }));
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
  const read = (file: string) => Promise.resolve(files[file] ?? "");

  it("counts what is to be built, and its longest chain", async () => {
    const closure = await readClosure([path("top.drv")], read);
    expect([...closure.keys()].toSorted()).toEqual(Object.keys(files).toSorted());
    expect(measureGraph([...closure.keys()], closure)).toEqual({ derivations: 4, depth: 3 });
    expect(measureGraph([path("top.drv"), path("b.drv")], closure)).toEqual({ derivations: 2, depth: 2 });
    expect(measureGraph([], closure)).toEqual({ derivations: 0, depth: 0 });
  });
});
