import { describe, expect, it } from "@jest/globals";

import {
  isThroughDaemon,
  type NixInstallation,
  originOf,
  renderRequiredConf,
} from "../../../src/nix-install/installation.js";

describe("a Nix installation", () => {
  it.each<[Parameters<typeof originOf>[0], string, string]>([
    [{ kind: "preinstalled" }, "reused", "present"],
    [{ kind: "earlier-run" }, "reused", "present"],
    [{ kind: "release", archive: "download" }, "installed", "download"],
    [{ kind: "release", archive: "tool-cache" }, "installed", "tool-cache"],
    [{ kind: "upstream-installer", archive: "download" }, "installed", "download"],
    [{ kind: "distribution" }, "installed", "distribution"],
  ])("%j is reported as %s, %s", (kind, origin, source) => {
    expect(originOf(kind)).toEqual({ origin, source });
  });

  it.each<[NixInstallation["access"], boolean]>([
    ["daemon", true],
    ["direct", false],
    ["single-user", false],
  ])("with the store access %s builds through a daemon: %s", (access, expected) => {
    expect(isThroughDaemon({ access })).toBe(expected);
  });

  it("requires extra settings if its user cannot write to /etc/nix", () => {
    expect(renderRequiredConf({ access: "single-user" })).toMatch(/^sandbox = true$/m);
    expect(renderRequiredConf({ access: "daemon" })).toBe("");
    expect(renderRequiredConf({ access: "direct" })).toBe("");
  });
});
