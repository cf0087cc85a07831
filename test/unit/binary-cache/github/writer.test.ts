import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { openCompressor } from "../../../../src/binary-cache/github/compress-threads.js";
import type { CacheLane } from "../../../../src/binary-cache/github/entry-key.js";
import { restoreGithubCache, type RestoredCache } from "../../../../src/binary-cache/github/restore.js";
import { GithubCacheWriter, type GithubWriterOptions } from "../../../../src/binary-cache/github/writer.js";
import type { StoredPath } from "../../../../src/binary-cache/cache-writer.js";
import { isStorePath, type StorePath } from "../../../../src/model/store-path.js";
import { decompressZstd } from "../../../../src/platform/zstd.js";
import { FakeClock } from "../../../fake-clock.js";
import { type MemoryRunnerCache, openMemoryRunnerCache } from "../../../memory-runner-cache.js";
import { createSilentLog } from "../../../silent-log.js";

const LANE: CacheLane = { target: "x86_64-linux", installable: ".#image", folder: "" };
const OTHER: CacheLane = { ...LANE, target: "aarch64-linux" };
const BOTH = [LANE, OTHER];
const KIB = 1 << 10;

let folder: string;
let cache: MemoryRunnerCache;
let runs = 0;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "packs-"));
  cache = openMemoryRunnerCache();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Bytes that do not compress, the same for each seed. */
function makeBytes(length: number, seed: string): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at * 32 < length; at++) blocks.push(createHash("sha256").update(`${seed}${at}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const DIGITS = "0123456789abcdfghijklmnpqrsvwxyz";

/** A store path, with another hash for each seed. */
function makePath(name: string, seed = name): StorePath {
  const digest = createHash("sha256").update(seed).digest();
  const hash = [...digest].map((byte) => DIGITS[byte % 32]).join("");
  const path = `/nix/store/${hash}-${name}`;
  if (!isStorePath(path)) throw new Error(path);
  return path;
}

function store(path: StorePath, content: Buffer, references: readonly StorePath[] = []): StoredPath {
  return {
    info: {
      path,
      deriver: makePath(`${path.slice(44)}.drv`),
      narHash: createHash("sha256").update(content).digest("hex"),
      narBytes: content.length,
      references,
      signatures: [],
      contentAddress: "",
    },
    openNar: async function* () {
      for (let at = 0; at < content.length; at += 100_000) {
        yield await Promise.resolve(content.subarray(at, at + 100_000));
      }
    },
  };
}

interface Run extends Pick<Partial<GithubWriterOptions>, "isBuilt" | "compaction" | "listDerivations"> {
  readonly lanes?: readonly CacheLane[];
  readonly scope?: "branch" | "pull-request";
}

async function openRun({ lanes = [LANE], scope = "branch", ...options }: Run = {}) {
  const access = {
    runnerCache: cache,
    lanes,
    targets: lanes.map(({ target }) => target),
    scope,
    folder: join(folder, String(++runs)),
    nonce: `nonce${runs}`,
  };
  const restored = await restoreGithubCache(access);
  const clock = new FakeClock();
  const writer = new GithubCacheWriter(
    {
      access,
      restored,
      sign: undefined,
      isBuilt: () => false,
      compaction: "when-due",
      listDerivations: () => Promise.resolve(new Set()),
      ...options,
    },
    { clock, log: createSilentLog(), compressor: openCompressor(undefined) },
  );
  return { restored, clock, writer };
}

/** Runs a job that needs these paths, and sends those that are missing. */
async function run(paths: readonly StoredPath[], options: Run = {}) {
  const { restored, writer } = await openRun(options);
  const present = await writer.findPresent(paths.map(({ info }) => info.path));
  const missing = paths.filter(({ info }) => !present.has(info.path));
  await Promise.all(missing.map((path) => writer.send(path)));
  await writer.close();
  return { restored, writer, sent: missing.map(({ info }) => info.path) };
}

async function readNar({ folder: of, paths }: RestoredCache, path: StorePath): Promise<Buffer | undefined> {
  if (!paths.has(path)) return undefined;
  const text = readFileSync(join(of, `${path.slice(11, 43)}.narinfo`), "utf8");
  const [, url = ""] = /^URL: (.*)$/m.exec(text) ?? [];
  const parts: Uint8Array[] = [];
  const file = readFileSync(join(of, url));
  for await (const part of decompressZstd(
    (async function* () {
      yield await Promise.resolve(file);
    })(),
  )) {
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const [GLIBC, GLIBC_2, APP] = [makePath("glibc"), makePath("glibc", "rebuilt"), makePath("app")];
const appOf = (glibc: StorePath, app = APP, seed = "app") =>
  store(
    app,
    Buffer.concat([
      makeBytes(300 * KIB, seed),
      Buffer.from(`${glibc}/lib ${app}/bin `),
      makeBytes(200 * KIB, `${seed}2`),
      Buffer.from(glibc),
    ]),
    [glibc, app],
  );
const libraryOf = (path: StorePath) => store(path, makeBytes(200 * KIB, path));

describe("GitHub's cache as packs", () => {
  it("gives back what it got, with the hashes of references", async () => {
    const paths = [libraryOf(GLIBC), appOf(GLIBC), store(makePath("small"), Buffer.from("small"))];
    expect((await run(paths)).sent).toHaveLength(3);
    const { restored, sent } = await run(paths);
    expect(sent).toEqual([]);
    expect(restored).toMatchObject({ state: "restored", entries: 1, problem: undefined });
    for (const path of paths) {
      const original: Uint8Array[] = [];
      for await (const part of path.openNar()) original.push(part);
      expect((await readNar(restored, path.info.path))?.equals(Buffer.concat(original))).toBe(true);
    }
    expect(cache.entries.size).toBe(1);
  });

  it("sends only what changed when a dependency gets a new hash", async () => {
    const names = Array.from({ length: 10 }, (_, index) => `package-${index}`);
    const all = (glibc: StorePath, version: string) => [
      libraryOf(glibc),
      ...names.map((name) => appOf(glibc, makePath(name, name + version), name)),
    ];
    await run(all(GLIBC, "1"));
    const before = cache.bytes();
    const bumped = all(GLIBC_2, "2");
    expect((await run(bumped)).sent).toHaveLength(11);
    expect(cache.bytes() - before).toBeLessThan(0.1 * before);
    const { restored, sent } = await run(bumped);
    expect(sent).toEqual([]);
    const { info } = bumped[5] ?? libraryOf(GLIBC);
    const nar = await readNar(restored, info.path);
    expect(
      createHash("sha256")
        .update(nar ?? "")
        .digest("hex"),
    ).toBe(info.narHash);
  });

  it("has what a killed run sent a minute before", async () => {
    const { writer, clock } = await openRun();
    await writer.send(libraryOf(GLIBC));
    await clock.advance(59_000);
    expect(cache.entries.size).toBe(0);
    await clock.advance(1_000);
    await cache.whenSaved(1);
    const next = await openRun();
    expect([...next.restored.paths.keys()]).toEqual([GLIBC]);
  });

  it("refuses a path whose content does not have its hash", async () => {
    const { writer } = await openRun();
    await expect(writer.send({ ...libraryOf(GLIBC_2), info: libraryOf(GLIBC).info })).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: expect.stringContaining(GLIBC) as unknown,
    });
    await writer.close();
    expect((await openRun()).restored.paths.size).toBe(0);
  });

  it("tries again later what it could not save, and waits longer each time", async () => {
    const { writer, clock } = await openRun();
    cache.setFailing(true);
    await writer.send(libraryOf(GLIBC));
    await clock.advance(60_000);
    await cache.whenTried(1);
    await clock.advance(30_000);
    await cache.whenTried(2);
    await clock.advance(59_000);
    expect(cache.attempts()).toBe(2);
    cache.setFailing(false);
    await clock.advance(1_000);
    await cache.whenSaved(1);
    await writer.send(libraryOf(GLIBC_2));
    await writer.close();
    expect((await openRun()).restored.paths.size).toBe(2);
  });

  it("fails when it is closed and still cannot save", async () => {
    const { writer } = await openRun();
    cache.setFailing(true);
    await writer.send(libraryOf(GLIBC));
    await expect(writer.close()).rejects.toMatchObject({ code: "CACHE_FAILED" });
    expect(writer.saved).toBeUndefined();
  });

  it("shares what is built for several targets, and finds all of it from each of them", async () => {
    const lines = [libraryOf(GLIBC), libraryOf(GLIBC_2)];
    await run(lines, { lanes: BOTH });
    for (const lane of BOTH) {
      const { restored, sent } = await run(lines, { lanes: [lane] });
      expect({ sent, paths: restored.paths.size }).toEqual({ sent: [], paths: 2 });
    }
    expect(cache.entries.size).toBe(2);
  });

  it("puts together what was saved for each of several targets", async () => {
    await run([libraryOf(GLIBC)], { lanes: [LANE] });
    await run([libraryOf(GLIBC_2)], { lanes: [OTHER] });
    const { restored, sent } = await run([libraryOf(GLIBC), libraryOf(GLIBC_2)], { lanes: BOTH });
    expect({ sent, paths: restored.paths.size }).toEqual({ sent: [], paths: 2 });
  });

  it("is read by a project that has no entry of its own", async () => {
    await run([libraryOf(GLIBC)]);
    const other = { ...LANE, installable: ".#other" };
    const { sent } = await run([libraryOf(GLIBC)], { lanes: [other] });
    expect(sent).toEqual([]);
    expect((await openRun({ lanes: [other] })).restored.newest).toEqual([
      expect.stringContaining("nonce2") as unknown,
    ]);
  });

  it("lets a pull request see what is new on its base after it has saved something itself", async () => {
    const scope = "pull-request";
    await run([libraryOf(GLIBC)]);
    await run([libraryOf(APP)], { scope });
    await run([libraryOf(GLIBC_2)]);
    const all = [libraryOf(GLIBC), libraryOf(GLIBC_2), libraryOf(APP)];
    expect((await run(all, { scope })).sent).toEqual([]);
    // In this test there are no scopes: the key alone keeps a branch from reading it.
    expect((await run(all)).sent).toEqual([APP]);
  });
});

describe("a pack that is broken", () => {
  const small = store(makePath("small"), makeBytes(20 * KIB, "small"));
  const change = (part: string, edit: (content: Buffer) => Buffer) => {
    for (const files of cache.entries.values()) {
      for (const [name, content] of files) if (name.endsWith(part)) files.set(name, edit(content));
    }
  };
  const flip = (content: Buffer, at: number) => {
    const changed = Buffer.from(content);
    changed[at] = (changed[at] ?? 0) ^ 1;
    return changed;
  };

  it.each<[string, () => void, number]>([
    [
      "in one byte",
      () => {
        change(".pack", (content) => flip(content, 1000));
      },
      2,
    ],
    [
      "since it is truncated",
      () => {
        change(".pack", (content) => content.subarray(0, 100_000));
      },
      1,
    ],
    [
      "since it is empty",
      () => {
        change(".pack", () => Buffer.alloc(0));
      },
      0,
    ],
    [
      "in its index",
      () => {
        change(".json", (content) => content.subarray(0, 100));
      },
      0,
    ],
  ])("%s costs only the paths in it, which are sent again", async (_, damage, left) => {
    const paths = [libraryOf(GLIBC), appOf(GLIBC), small];
    for (const path of paths) await run([path]);
    cache.entries.delete([...cache.entries.keys()][2] ?? "");
    await run([small]);
    damage();
    const { restored } = await run(paths);
    expect(restored.paths.size).toBeLessThanOrEqual(left);
    expect(restored.problem).toBeDefined();
    const next = await run(paths);
    expect(next.restored.paths.size).toBe(3);
    expect(next.sent).toEqual([]);
  });
});
