import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { renderCommand } from "../../../src/platform/render-command.js";

describe("renderCommand", () => {
  it("quotes what a shell would change", () => {
    expect(renderCommand("/bin/nix", ["build", ".#a b", "it's", "", "--json"])).toBe(
      "/bin/nix build '.#a b' 'it'\\''s' '' --json",
    );
  });

  it.each([
    ["curl", ["https://me:hunter2@example.org/x"], "curl https://me:***@example.org/x"],
    ["curl", ["https://example.org/?token=hunter2&a=1"], "curl 'https://example.org/?token=***&a=1'"],
    ["x", ["--password", "hunter2", "rest"], "x --password *** rest"],
    ["x", ["--registry-password=hunter2"], "x --registry-password=***"],
    ["sudo", ["-n", "--", "env", "GITHUB_TOKEN=hunter2", "nix"], "sudo -n -- env GITHUB_TOKEN=*** nix"],
    ["sudo", ["env", "KEY=first\nhunter2"], "sudo env KEY=***"],
    ["docker", ["run", "--env=TOKEN=hunter2"], "docker run --env=TOKEN=***"],
    ["nix", ["copy", "--to=https://me:hunter2@host/"], "nix copy --to=https://me:***@host/"],
    ["nix", ["--option", "access-tokens", "github.com=hunter2"], "nix --option access-tokens ***"],
  ])("masks the secret of %s %j", (tool, args, expected) => {
    expect(renderCommand(tool, args)).toBe(expected);
  });

  it.each([
    ["docker", ["login", "--password-stdin", "ghcr.io"]],
    ["nix", ["copy", "--to", "file:///cache?secret-key=/run/key"]],
    ["nix", ["copy", "--to", "ssh-ng://nix@host"]],
    ["x", ["--password", "--verbose"]],
  ])("keeps %s %j, which has no secret", (tool, args) => {
    expect(renderCommand(tool, args)).not.toContain("***");
  });

  it("is short, whatever the arguments", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string({ maxLength: 300 })), (tool, args) => {
        expect(renderCommand(tool, args).length).toBeLessThan(510);
      }),
    );
  });
});
