import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  isEntryKey,
  nameLane,
  nameTarget,
  type CacheLane,
} from "../../../../src/binary-cache/github/entry-key.js";
import {
  type PackIndex,
  renderPackIndex,
  tryParsePackIndex,
} from "../../../../src/binary-cache/github/pack-index.js";
import type { StorePath } from "../../../../src/model/store-path.js";

const PATH: StorePath = `/nix/store/${"a".repeat(32)}-app`;
const DIGEST = "x".repeat(43);
const LANE: CacheLane = { target: "x86_64-linux", installable: ".#image", folder: "" };
const KEY = `${nameLane("branch", LANE)}nonce-1`;

const INDEX: PackIndex = {
  chain: [{ key: KEY, bytes: 5, hasPaths: true }],
  chunks: [{ digest: DIGEST, frameDigest: "y".repeat(22), frameBytes: 10, bytes: 20 }],
  paths: [
    {
      path: PATH,
      deriver: `${PATH}.drv`,
      narHash: "0".repeat(64),
      narBytes: 1000,
      references: [PATH],
      signatures: ["key:AAAA"],
      contentAddress: "",
      chunks: [DIGEST],
      places: [
        [3, 0],
        [700, 0],
      ],
    },
  ],
};

/** The index as JSON, after a change. */
function change(edit: (index: Record<"chain" | "chunks" | "paths", Record<string, unknown>[]>) => void) {
  const index = JSON.parse(renderPackIndex(INDEX)) as Parameters<typeof edit>[0];
  edit(index);
  return JSON.stringify(index);
}

describe("the index of a pack", () => {
  it("is read as it was rendered", () => {
    expect(tryParsePackIndex(renderPackIndex(INDEX))).toEqual(INDEX);
  });

  it.each<[string, string]>([
    ["with another tool's key", change(({ chain }) => Object.assign(chain[0] ?? {}, { 0: "npm-1" }))],
    ["with a key that is a path", change(({ chain }) => Object.assign(chain[0] ?? {}, { 0: `${KEY}/../x` }))],
    ["with a negative size", change(({ chain }) => Object.assign(chain[0] ?? {}, { 1: -1 }))],
    ["with a huge chunk", change(({ chunks }) => Object.assign(chunks[0] ?? {}, { 3: 2 ** 40 }))],
    ["with an empty chunk", change(({ chunks }) => Object.assign(chunks[0] ?? {}, { 2: 0 }))],
    [
      "with a path outside of the store",
      change(({ paths }) => Object.assign(paths[0] ?? {}, { path: "/etc/passwd" })),
    ],
    [
      "with a hash that is none",
      change(({ paths }) => Object.assign(paths[0] ?? {}, { narHash: "0\nSig: x" })),
    ],
    ["that is truncated", renderPackIndex(INDEX).slice(0, 80)],
  ])("%s is rejected", (_, json) => {
    expect(tryParsePackIndex(json)).toBeUndefined();
  });

  it.each<[string, readonly number[]]>([
    ["behind the end of its path", [1000, 0]],
    ["of a reference that it does not have", [3, 1]],
  ])("with a place %s is read without that path", (_, places) => {
    const json = change(({ paths }) => Object.assign(paths[0] ?? {}, { places }));
    expect(tryParsePackIndex(json)).toEqual({ ...INDEX, paths: [] });
  });

  it("is parsed without throwing", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (json) => {
        expect(tryParsePackIndex(json)).toBeUndefined();
      }),
    );
  });
});

describe("the key of an entry", () => {
  it("begins with the target, and differs if anything else in the lane or the scope differs", () => {
    const own = nameLane("branch", LANE);
    expect(own).toMatch(/^cross-build-nix-2-b-x86_64-linux-[0-9a-f]{16}-$/);
    expect(own.startsWith(nameTarget("branch", LANE.target))).toBe(true);
    for (const other of [{ target: "aarch64-linux" }, { installable: ".#other" }, { folder: "sub" }]) {
      expect(nameLane("branch", { ...LANE, ...other })).not.toBe(own);
    }
    expect(nameLane("pull-request", LANE).startsWith(nameTarget("branch", LANE.target))).toBe(false);
  });

  it("is valid for GitHub and as the name of a file", () => {
    expect(isEntryKey(KEY)).toBe(true);
    expect(KEY.length).toBeLessThan(250);
    expect(KEY).not.toMatch(/[,/]/);
  });
});
