import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { isNewEnough, listBinFolders, tryParseVersionOutput } from "../../../src/nix-install/present-nix.js";

describe("tryParseVersionOutput", () => {
  it.each([
    ["nix (Nix) 2.34.8\n", "2.34.8"],
    ["nix (Nix) 2.8.0\n", "2.8.0"],
    ["nix (Nix) 2.35.0pre20260822_88b09c6\n", "2.35.0pre20260822_88b09c6"],
    ["nix (Lix, like Nix) 2.93.0\nSystem type: x86_64-linux\n", "2.93.0"],
    ["nix (Determinate Nix 3.8.5) 2.30.2\n", "2.30.2"],
    ["warning: something\nnix (Nix) 2.26.3\n", "2.26.3"],
  ])("finds the version in %j", (text, version) => {
    expect(tryParseVersionOutput(text)).toBe(version);
  });

  it.each(["", "nix 2.34.8", "command not found: nix", "nix (Nix) latest"])("finds none in %j", (text) => {
    expect(tryParseVersionOutput(text)).toBeUndefined();
  });

  it("never fails, whatever the text", () => {
    fc.assert(fc.property(fc.string(), (text) => tryParseVersionOutput(text) === undefined));
  });
});

describe("isNewEnough", () => {
  it.each([
    ["2.18", true],
    ["2.18.1", true],
    ["2.34.8", true],
    ["2.93.0", true],
    ["3.0.0", true],
    ["10.0", true],
    ["2.35.0pre20260822_88b09c6", true],
    ["2.8.0", true],
    ["2.8.1", true],
    ["2.7.9", false],
    ["2.6.0+dfsg-3", false],
    ["2.3.16", false],
    ["1.99", false],
  ])("returns for %s: %s", (version, expected) => {
    expect(isNewEnough(version)).toBe(expected);
  });
});

describe("listBinFolders", () => {
  it("lists PATH first, then the profiles", () => {
    const folders = listBinFolders({ PATH: "/opt/bin:relative::/usr/bin:/opt/bin", HOME: "/home/runner" });
    expect(folders.slice(0, 4)).toEqual([
      "/opt/bin",
      "/usr/bin",
      "/nix/var/nix/profiles/default/bin",
      "/home/runner/.nix-profile/bin",
    ]);
  });

  it("works without PATH and HOME", () => {
    expect(listBinFolders({})).toContain("/nix/var/nix/profiles/default/bin");
  });
});
