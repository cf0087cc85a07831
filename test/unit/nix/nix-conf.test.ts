import { describe, expect, it } from "@jest/globals";

import { isOurConf, renderNixConf } from "../../../src/nix/nix-conf.js";

function settingsOf(text: string): Readonly<Record<string, string>> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(lines.map((line) => line.split(/ = ?/) as [string, string]));
}

describe("renderNixConf", () => {
  it("insists on the sandbox, and takes no settings from flakes", () => {
    expect(settingsOf(renderNixConf("runner"))).toMatchObject({
      sandbox: "true",
      "sandbox-fallback": "false",
      "accept-flake-config": "false",
    });
  });

  it("needs no group of build users", () => {
    const settings = settingsOf(renderNixConf("runner"));
    expect(settings["build-users-group"]).toBe("");
    expect(settings["auto-allocate-uids"]).toBe("true");
    expect(settings["experimental-features"]).toContain("auto-allocate-uids");
  });

  it.each([
    ["runner", "root runner"],
    ["root", "root"],
  ])("trusts root and %s", (userName, expected) => {
    expect(settingsOf(renderNixConf(userName))["trusted-users"]).toBe(expected);
  });

  it("names the certificates only where the system has none", () => {
    expect(settingsOf(renderNixConf("runner"))).not.toHaveProperty("ssl-cert-file");
    expect(settingsOf(renderNixConf("runner", "/nix/store/x/ca.crt"))["ssl-cert-file"]).toBe(
      "/nix/store/x/ca.crt",
    );
  });

  it("is recognised as ours, and an administrator's is not", () => {
    expect(isOurConf(renderNixConf("runner"))).toBe(true);
    expect(isOurConf("")).toBe(false);
    expect(isOurConf(`sandbox = true\n${renderNixConf("runner")}`)).toBe(false);
  });
});
