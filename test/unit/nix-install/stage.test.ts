import { describe, expect, it } from "@jest/globals";

import type { CommandOutput } from "../../../src/platform/command.js";
import { ActionError } from "../../../src/errors/action-error.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { asRoot } from "../../../src/nix-install/root-command.js";
import { findCaBundle, findNixPath } from "../../../src/nix-install/stage.js";

function path(name: string): StorePath {
  return `/nix/store/${"a".repeat(32)}-${name}`;
}

describe("findNixPath", () => {
  it.each(["nix-2.34.8", "lix-2.93.0", "nix-2.35.0pre20260822_88b09c6", "determinate-nix-2.30.2"])(
    "finds %s",
    (name) => {
      expect(findNixPath([path("nix-2.34.8-man"), path("nix-store-2.34.8"), path(name)])).toBe(path(name));
    },
  );

  it("ignores the parts of Nix", () => {
    expect(findNixPath(["nix-2.34.8-man", "nix-cli-2.34.8", "glibc-2.41"].map(path))).toBeUndefined();
  });
});

describe("findCaBundle", () => {
  it("finds the certificates of a release", () => {
    expect(findCaBundle([path("nix-2.34.8"), path("nss-cacert-3.108")])).toBe(
      `${path("nss-cacert-3.108")}/etc/ssl/certs/ca-bundle.crt`,
    );
    expect(findCaBundle([path("nix-2.34.8")])).toBeUndefined();
  });
});

describe("asRoot", () => {
  it.each([
    ["tar: x: Cannot write: No space left on device", "NIX_DISK_FULL"],
    ["error: database or disk is full", "NIX_DISK_FULL"],
    ["mkdir: cannot create directory ‘/nix’: Read-only file system", "NIX_NOT_WRITABLE"],
    ["mkdir: cannot create directory ‘/nix’: Permission denied", "NIX_NOT_WRITABLE"],
    ["tar: Unexpected EOF in archive", "COMMAND_FAILED"],
  ])("recognizes %j", async (message, code) => {
    const fail = (): Promise<CommandOutput> =>
      Promise.reject(new ActionError("COMMAND_FAILED", message, { hint: "None." }));
    // If there is no /nix, the message has the free space of /.
    await expect(asRoot(fail, "tar", [])).rejects.toMatchObject({ code });
  });
});
