import { describe, expect, it } from "@jest/globals";

import { planInstaller } from "../../../src/nix-install/darwin.js";
import { renderInstallerConf } from "../../../src/nix-install/conf.js";

describe("planInstaller", () => {
  const { unpack, install } = planInstaller("/run/nix-release.tar", "/run/nix-installer", "/run/nix.conf");

  it("unpacks the verified archive and runs the installer in it", () => {
    expect(unpack).toContain("/run/nix-release.tar");
    expect(unpack).toContain("/run/nix-installer");
    expect(install[0]).toBe("/run/nix-installer/install");
  });

  it("asks no questions, installs a daemon, adds no channel and does not change shell profiles", () => {
    expect(install.slice(1)).toEqual([
      "--daemon",
      "--yes",
      "--no-channel-add",
      "--no-modify-profile",
      "--nix-extra-conf-file",
      "/run/nix.conf",
    ]);
  });
});

describe("renderInstallerConf", () => {
  it("trusts the user, but not the settings of flakes", () => {
    const lines = renderInstallerConf("runner").split("\n");
    expect(lines).toContain("trusted-users = root runner");
    expect(lines).toContain("accept-flake-config = false");
  });
});
