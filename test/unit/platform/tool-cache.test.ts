import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { digestOfHex } from "../../../src/model/digest.js";
import { openToolCache } from "../../../src/platform/tool-cache.js";

const DIGEST = digestOfHex("0".repeat(64));

let folder: string;
let runnerFolder: string | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "tool-cache-"));
  runnerFolder = process.env["RUNNER_TOOL_CACHE"];
});

afterEach(async () => {
  if (runnerFolder === undefined) delete process.env["RUNNER_TOOL_CACHE"];
  else process.env["RUNNER_TOOL_CACHE"] = runnerFolder;
  await rm(folder, { recursive: true });
});

describe.each(["the runner's tool cache", "a plain folder"])("%s", (kind) => {
  function open() {
    if (kind === "a plain folder") return openToolCache({}, join(folder, "kept"));
    process.env["RUNNER_TOOL_CACHE"] = join(folder, "kept");
    return openToolCache(process.env, join(folder, "unused"));
  }

  it("finds nothing before anything is stored", async () => {
    expect(await open().find(DIGEST)).toBeUndefined();
  });

  it("finds a stored file, and the one that replaces it", async () => {
    const cache = open();
    for (const content of ["first", "second"]) {
      await writeFile(join(folder, "file"), content);
      await cache.keep(join(folder, "file"), DIGEST);
      expect(await readFile((await cache.find(DIGEST)) ?? "", "utf8")).toBe(content);
    }
  });

  it("keeps files of different digests apart", async () => {
    const cache = open();
    await writeFile(join(folder, "file"), "content");
    await cache.keep(join(folder, "file"), DIGEST);
    expect(await cache.find(digestOfHex("1".repeat(64)))).toBeUndefined();
  });
});
