import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  type CacheEntryChain,
  chooseKind,
  nameEntry,
  nameProject,
  tryParseManifest,
  renderManifest,
} from "../../../../src/binary-cache/github/entry.js";

const PROJECT = { system: "x86_64-linux", target: "aarch64-linux", installables: [".#image"], folder: "" };
const MIB = 1 << 20;

function makeChain(baseBytes: number, ...deltas: readonly number[]): CacheEntryChain {
  const [own] = nameProject(PROJECT);
  return [
    { key: nameEntry(own, "base", "0"), bytes: baseBytes },
    ...deltas.map((bytes, index) => ({ key: nameEntry(own, "delta", String(index)), bytes })),
  ];
}

describe("the keys of a project", () => {
  it("begin with the machine's system, and differ if anything else in the project differs", () => {
    const [own, any] = nameProject(PROJECT);
    expect(own).toMatch(/^cross-build-nix-1-x86_64-linux-[0-9a-f]{16}-$/);
    expect(own.startsWith(any)).toBe(true);
    for (const other of [{ target: "x86_64-linux" }, { installables: [".#other"] }, { folder: "sub" }]) {
      expect(nameProject({ ...PROJECT, ...other })[0]).not.toBe(own);
    }
    expect(nameProject({ ...PROJECT })[0]).toBe(own);
  });

  it("are valid for GitHub", () => {
    const key = nameEntry(nameProject(PROJECT)[0], "delta", "0123456789ab");
    expect(key.length).toBeLessThan(512);
    expect(key).not.toContain(",");
  });
});

describe("a new entry", () => {
  it.each([
    ["nothing", undefined, 1, "base"],
    ["a base", makeChain(1000 * MIB), 10 * MIB, "delta"],
    ["a base and 7 deltas", makeChain(1000 * MIB, 1, 1, 1, 1, 1, 1, 1), 1, "delta"],
    ["a base and 8 deltas", makeChain(1000 * MIB, 1, 1, 1, 1, 1, 1, 1, 1), 1, "base"],
    ["deltas that are now larger than their base", makeChain(100 * MIB, 60 * MIB), 50 * MIB, "base"],
    ["a small chain, whatever the sizes in it", makeChain(1, 5 * MIB), 5 * MIB, "delta"],
  ] as const)("after %s has the right kind", (_, chain, bytes, kind) => {
    expect(chooseKind(chain, bytes)).toBe(kind);
  });
});

describe("a manifest", () => {
  const chain = makeChain(5, 1, 2);
  const last = chain.at(-1)?.key ?? "";

  it("is read as it was rendered", () => {
    expect(tryParseManifest(renderManifest(chain), last)).toEqual(chain);
  });

  it.each([
    ["of another entry", renderManifest(chain), chain[0].key],
    ["that names an entry twice", renderManifest([...chain, ...chain] as unknown as CacheEntryChain), last],
    ["without entries", '{"chain":[]}', last],
    ["with another tool's key", '{"chain":[{"key":"npm-cache","bytes":1}]}', "npm-cache"],
    ["with a negative size", renderManifest([{ key: last, bytes: -1 }]), last],
    ["that is truncated", renderManifest(chain).slice(0, 40), last],
  ])("%s is rejected", (_, text, key) => {
    expect(tryParseManifest(text, key)).toBeUndefined();
  });

  it("is parsed without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.string(), (text, key) => {
        expect(tryParseManifest(text, key)).toBeUndefined();
      }),
    );
  });
});
