import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { planDistribution } from "../../../src/nix-install/distribution.js";

describe("planDistribution", () => {
  it.each([
    ['PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', "apt-get", "nix-bin"],
    ['PRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\nID_LIKE=debian\n', "apt-get", "nix-bin"],
    ["ID='linuxmint'\nID_LIKE='ubuntu debian'\n", "apt-get", "nix-bin"],
    ["NAME=Fedora\nID=fedora\n", "dnf", "nix"],
    ["ID=alpine\n", "apk", "nix"],
    ["ID=arch\n", "pacman", "nix"],
  ])("finds the package for %j", (osRelease, tool, packageName) => {
    const [command = [""]] = planDistribution(osRelease).commands.slice(-1);
    expect(command[0]).toBe(tool);
    expect(command).toContain(packageName);
  });

  it("uses the name by which users know the system", () => {
    expect(planDistribution('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n').name).toBe(
      "Debian GNU/Linux 12 (bookworm)",
    );
    expect(planDistribution("ID=debian\n").name).toBe("debian");
  });

  it.each(["ID=nixos\n", "ID=constructor\n", "ID_LIKE=\n", ""])("rejects %j with a hint", (osRelease) => {
    expect(() => planDistribution(osRelease)).toThrow(
      expect.objectContaining({ code: "HOST_UNSUPPORTED", hint: expect.stringContaining("nix-source") }),
    );
  });

  it("fails only with an ActionError", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          planDistribution(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
