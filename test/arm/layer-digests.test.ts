import { execFileSync } from "node:child_process";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startBinfmt } from "../testbed.js";

// QEMU is slow, and slower still on a busy machine.
const LIMIT_MS = 300_000;
/** The first release of Node 24: its zlib has another version, and its zstd the same. */
const OTHER_NODE = "24.0.0";

interface WrittenLayer {
  readonly digest: string;
  readonly diffId: string;
  readonly key: string;
  /** Of the compressor. */
  readonly version: string;
}

interface Written {
  readonly node: string;
  readonly cpu: string;
  readonly layers: Readonly<Record<"gzip" | "zstd", WrittenLayer>>;
}

/** Runs write-layers.ts with a command that is a Node, on a machine. */
function write(machine: string, node: readonly [string, ...string[]]): Written {
  const [program, ...args] = [
    ...node,
    ...[
      "--disable-warning=ExperimentalWarning",
      "--import",
      "./script/typescript.ts",
      "test/integration/drivers/write-layers.ts",
    ],
    makeTemporaryFolder("written"),
  ];
  return JSON.parse(
    execFileSync("script/testbed/isolated", [machine, program, ...args], { encoding: "utf8" }),
  ) as Written;
}

let binfmt: Service;
let written: readonly Written[];
beforeAll(async () => {
  binfmt = await startBinfmt("aarch64");
  const machine = makeTemporaryFolder("machine");
  const other = execFileSync("script/testbed/node-release", [OTHER_NODE], { encoding: "utf8" }).trim();
  written = [
    write(machine, [process.execPath]),
    write(machine, [other]),
    write(machine, ["script/testbed/arm-enter", machine, "/usr/bin/node"]),
  ];
}, LIMIT_MS);
afterAll(async () => {
  await binfmt.stop();
  removeTemporaryFolders();
});

describe("the layers that two releases of Node 24 and an ARM64 CPU write", () => {
  it("are written by another release, and on another CPU", () => {
    expect(written.map(({ node, cpu }) => [node, cpu])).toEqual([
      [process.version, "x64"],
      [`v${OTHER_NODE}`, "x64"],
      [expect.stringMatching(/^v24\./), "arm64"],
    ]);
    const versions = written.map(({ layers: { gzip, zstd } }) => [gzip.version, zstd.version]);
    // Otherwise, the test below finds no other key.
    expect(versions[1]?.[0]).not.toBe(versions[0]?.[0]);
  });

  it.each(["gzip", "zstd"] as const)(
    "have the same digest and key if the compressor has the same version, and else another key: %s",
    (format) => {
      const layers = written.map(({ layers }) => layers[format]);
      expect(new Set(layers.map(({ diffId }) => diffId)).size).toBe(1);
      const byVersion = Map.groupBy(layers, ({ version }) => version);
      for (const same of byVersion.values()) {
        expect(new Set(same.map(({ digest, key }) => `${digest} ${key}`)).size).toBe(1);
      }
      expect(new Set(layers.map(({ key }) => key)).size).toBe(byVersion.size);
    },
  );
});
