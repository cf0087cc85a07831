import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { hashFile } from "../../../src/platform/files.js";

describe("hashFile", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "files-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it("returns the digest that sha256sum prints", async () => {
    writeFileSync(join(folder, "empty"), "");
    expect(await hashFile(join(folder, "empty"))).toBe(
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});
