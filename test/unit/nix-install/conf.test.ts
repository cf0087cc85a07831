import { describe, expect, it } from "@jest/globals";

import { isOurConf, renderNixConf, type NixConfRequest } from "../../../src/nix-install/conf.js";

function settingsOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(/ = ?/) as [string, string]));
}

function render(changes: Partial<NixConfRequest> = {}): string {
  return renderNixConf({ userName: "runner", allocatesUids: true, ...changes });
}

describe("renderNixConf", () => {
  it("requires the sandbox and ignores settings of flakes", () => {
    expect(settingsOf(render())).toMatchObject({
      sandbox: "true",
      "sandbox-fallback": "false",
      "accept-flake-config": "false",
    });
  });

  it("needs no group of build users", () => {
    const settings = settingsOf(render());
    expect(settings["build-users-group"]).toBe("");
    expect(settings["auto-allocate-uids"]).toBe("true");
    expect(settings["experimental-features"]).toContain("auto-allocate-uids");
  });

  it("names a group of build users for a Nix that requires one", () => {
    const settings = settingsOf(render({ allocatesUids: false }));
    expect(settings["build-users-group"]).toBe("nixbld");
    expect(settings).not.toHaveProperty("auto-allocate-uids");
    expect(settings).toMatchObject({ sandbox: "true", "sandbox-fallback": "false" });
  });

  it("sets a sandbox shell only for a Nix that has none", () => {
    expect(settingsOf(render())).not.toHaveProperty("sandbox-paths");
    expect(render({ sandboxShell: "/usr/bin/bash-static" })).toContain(
      "\nsandbox-paths = /bin/sh=/usr/bin/bash-static\n",
    );
  });

  it.each([
    ["runner", "root runner"],
    ["root", "root"],
  ])("trusts root and %s", (userName, expected) => {
    expect(settingsOf(render({ userName }))["trusted-users"]).toBe(expected);
  });

  it("names a certificate file only if the system has none", () => {
    expect(settingsOf(render())).not.toHaveProperty("ssl-cert-file");
    expect(settingsOf(render({ caBundle: "/nix/store/x/ca.crt" }))["ssl-cert-file"]).toBe(
      "/nix/store/x/ca.crt",
    );
  });

  it("is recognized as this action's, unlike an administrator's", () => {
    expect(isOurConf(render())).toBe(true);
    expect(isOurConf("")).toBe(false);
    expect(isOurConf(`sandbox = true\n${render()}`)).toBe(false);
  });
});
