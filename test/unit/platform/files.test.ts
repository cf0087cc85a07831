import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { copyToNewFile, hashFile, openRegularFile, readRegularFile } from "../../../src/platform/files.js";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "files-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const STOPPED = AbortSignal.abort(new Error("stopped"));

describe("hashFile", () => {
  it("returns the digest that sha256sum prints", async () => {
    writeFileSync(join(folder, "empty"), "");
    expect(await hashFile(join(folder, "empty"))).toBe(
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});

describe("a file from someone else", () => {
  it("is read through symbolic links, in chunks", async () => {
    writeFileSync(join(folder, "file"), "x".repeat(300_000));
    symlinkSync("file", join(folder, "link"));
    const sizes: number[] = [];
    for await (const chunk of readRegularFile(join(folder, "link"))) sizes.push(chunk.length);
    expect(sizes).toEqual([262_144, 37_856]);
  });

  it.each(["/dev/zero", "/"])("is refused if it is not a regular file: %s", async (target) => {
    const link = join(folder, target === "/" ? "to-folder" : "to-device");
    symlinkSync(target, link);
    await expect(openRegularFile(link)).rejects.toThrow(`${link} is not a regular file`);
  });

  it("is not read further after a cancellation", async () => {
    writeFileSync(join(folder, "long"), "x".repeat(1_000_000));
    const cancellation = new AbortController();
    const reason = new Error("cancelled");
    let bytes = 0;
    const read = async () => {
      for await (const chunk of readRegularFile(join(folder, "long"), cancellation.signal)) {
        bytes += chunk.length;
        cancellation.abort(reason);
      }
    };
    await expect(read()).rejects.toBe(reason);
    expect(bytes).toBe(262_144);
    await expect(hashFile(join(folder, "long"), STOPPED)).rejects.toBe(STOPPED.reason);
  });
});

describe("copyToNewFile", () => {
  it("copies the content, and never writes through an existing link", async () => {
    const from = join(folder, "from");
    const to = join(folder, "to");
    const precious = join(folder, "precious");
    writeFileSync(from, "content");
    writeFileSync(precious, "precious");
    await copyToNewFile(from, to);
    expect(readFileSync(to, "utf8")).toBe("content");
    symlinkSync(precious, join(folder, "trap"));
    await expect(copyToNewFile(from, join(folder, "trap"))).rejects.toMatchObject({ code: "EEXIST" });
    expect(readFileSync(precious, "utf8")).toBe("precious");
    await expect(copyToNewFile(from, join(folder, "stopped"), STOPPED)).rejects.toBe(STOPPED.reason);
  });
});
