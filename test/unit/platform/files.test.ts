import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { hashFile, readOwnFile, writeOwnFile } from "../../../src/platform/files.js";

describe("a file of this user's own", () => {
  let top: string;
  let file: string;
  beforeEach(async () => {
    top = mkdtempSync(join(tmpdir(), "own-"));
    file = join(top, "folder/note");
    await writeOwnFile(file, "mine");
  });
  afterEach(() => {
    rmSync(top, { recursive: true });
  });

  it("is read back, and closed to all others", async () => {
    expect(await readOwnFile(file)).toBe("mine");
    expect([statSync(file).mode & 0o777, statSync(join(top, "folder")).mode & 0o777]).toEqual([0o600, 0o700]);
  });

  const folder = () => join(top, "folder");
  const SPOILS: Readonly<Record<string, () => void>> = {
    "is missing": () => {
      rmSync(file);
    },
    "has no folder": () => {
      rmSync(folder(), { recursive: true });
    },
    "is open to its group": () => {
      chmodSync(file, 0o620);
    },
    "is open to all": () => {
      chmodSync(file, 0o602);
    },
    "is in a folder that is open to all": () => {
      chmodSync(folder(), 0o707);
    },
    "is a link": () => {
      renameSync(file, `${file}2`);
      symlinkSync(`${file}2`, file);
    },
    "is in a folder that is a link": () => {
      renameSync(folder(), join(top, "other"));
      symlinkSync("other", folder());
    },
  };

  it.each(Object.keys(SPOILS))("is not believed when it %s", async (name) => {
    SPOILS[name]?.();
    expect(await readOwnFile(file)).toBeUndefined();
  });

  it("has a digest as sha256sum prints it", async () => {
    mkdirSync(join(top, "x"));
    writeFileSync(join(top, "x/empty"), "");
    expect(await hashFile(join(top, "x/empty"))).toBe(
      "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
  });
});
