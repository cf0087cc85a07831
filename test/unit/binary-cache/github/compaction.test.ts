import { describe, expect, it } from "@jest/globals";

import { type CacheInventory, planCompaction } from "../../../../src/binary-cache/github/compaction.js";
import type { PackedPath } from "../../../../src/binary-cache/github/pack-index.js";
import type { LocatedChunk } from "../../../../src/binary-cache/github/packs.js";

const MIB = 1 << 20;

/**
 * A cache of entries with one chunk and one path for each size in MiB. Those with a negative size are of no
 * use any more.
 */
function makeUse(...entries: readonly (readonly number[])[]): CacheInventory {
  const chunks = new Map<string, LocatedChunk>();
  const paths: (PackedPath & { readonly isUsable: boolean })[] = [];
  const chain = entries.map((sizes, entry) => {
    let offset = 0;
    for (const [index, size] of sizes.entries()) {
      const bytes = Math.abs(size) * MIB;
      const digest = `${entry}.${index}`;
      const at = { packFile: `pack-${entry}`, offset };
      chunks.set(digest, { digest, frameDigest: "", frameBytes: bytes, bytes, ...at });
      offset += bytes;
      paths.push({
        path: `/nix/store/${digest}`,
        deriver: "",
        narHash: "",
        narBytes: bytes,
        references: [],
        signatures: [],
        contentAddress: "",
        chunks: [digest],
        places: [],
        isUsable: size > 0,
      });
    }
    return { key: `key-${entry}`, bytes: offset, hasPaths: true };
  });
  return {
    chain,
    packFiles: new Map(entries.map((_, entry) => [`key-${entry}`, `pack-${entry}`])),
    paths,
    usable: paths.filter(({ isUsable }) => isUsable),
    find: (digest) => chunks.get(digest),
  };
}

const summarize = (plan: ReturnType<typeof planCompaction>) =>
  plan && {
    kept: plan.kept.map(({ key }) => key),
    moved: plan.moved.map(({ digest }) => digest),
    paths: plan.paths.length,
  };

describe("making GitHub's cache smaller", () => {
  it.each<[string, CacheInventory]>([
    ["nothing is there", makeUse()],
    ["all of it is of use", makeUse([500], [500], [500])],
    ["there is little waste", makeUse([500, -100], [300])],
    ["there are few small entries", makeUse([1], [1], [1], [1], [1], [1], [1], [1])],
    ["all of it is small, whatever is of use", makeUse([-10], [-10, 1])],
  ])("is not due if %s", (_, use) => {
    expect(planCompaction(use, "when-due")).toBeUndefined();
  });

  it("leaves out what is of no use, and moves the rest of what mostly is not", () => {
    const use = makeUse([-600], [-500, 100], [300, -100], [200]);
    expect(summarize(planCompaction(use, "when-due"))).toEqual({
      kept: ["key-2", "key-3"],
      moved: ["1.1"],
      paths: 3,
    });
    expect(planCompaction(use, "when-due")?.kept.every(({ hasPaths }) => !hasPaths)).toBe(true);
  });

  it("puts many small entries together, and keeps large ones", () => {
    const use = makeUse([500], ...Array.from({ length: 9 }, () => [1]));
    expect(summarize(planCompaction(use, "when-due"))).toMatchObject({ kept: ["key-0"], paths: 10 });
    expect(planCompaction(use, "when-due")?.moved).toHaveLength(9);
  });

  it("moves at most a gibibyte at once", () => {
    const use = makeUse([-900, 700], [-900, 700], [-900, 700]);
    expect(summarize(planCompaction(use, "when-due"))).toEqual({
      kept: ["key-1", "key-2"],
      moved: ["0.1"],
      paths: 3,
    });
  });

  it("happens earlier in a job that only fills the cache", () => {
    expect(planCompaction(makeUse([500], [1], [1]), "thoroughly")?.moved).toHaveLength(2);
    expect(planCompaction(makeUse([500], [1]), "thoroughly")).toBeUndefined();
    expect(planCompaction(makeUse([500, -400]), "thoroughly")).toBeDefined();
  });

  it("forgets a path whose chunks are missing", () => {
    const use = makeUse([-600], [300, 1]);
    const find: CacheInventory["find"] = (digest) => (digest === "1.1" ? undefined : use.find(digest));
    expect(planCompaction({ ...use, find }, "when-due")?.paths.map(({ path }) => path)).toEqual([
      "/nix/store/1.0",
    ]);
  });
});
