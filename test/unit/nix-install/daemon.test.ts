import { describe, expect, it } from "@jest/globals";

import { planDaemon } from "../../../src/nix-install/daemon.js";

const BIN = "/nix/var/nix/profiles/default/bin";
const environment = {
  PATH: "/home/runner/bin",
  TMPDIR: "/home/runner/tmp",
  GITHUB_TOKEN: "secret-token",
  https_proxy: "http://user:secret-password@proxy:3128",
};

describe("planDaemon", () => {
  it("runs the daemon directly as root", () => {
    expect(planDaemon(BIN, { isRoot: true, environment })).toMatchObject({
      tool: `${BIN}/nix-daemon`,
      args: ["--daemon"],
    });
  });

  it("runs it through sudo for other users, without asking for a password", () => {
    const { tool, args } = planDaemon(BIN, { isRoot: false, environment });
    expect(tool).toBe("sudo");
    expect(args[0]).toBe("-n");
    expect(args.slice(-2)).toEqual([`${BIN}/nix-daemon`, "--daemon"]);
  });

  it("passes a proxy's password in the environment, not on the command line", () => {
    const { args, env } = planDaemon(BIN, { isRoot: false, environment });
    expect(args.join(" ")).not.toContain("secret");
    expect(args).toContain("--preserve-env=https_proxy");
    expect(env["https_proxy"]).toBe(environment.https_proxy);
  });

  it.each([true, false])("does not inherit secrets, TMPDIR or the user's PATH (root: %s)", (isRoot) => {
    const { env } = planDaemon(BIN, { isRoot, environment });
    expect(env).not.toHaveProperty("GITHUB_TOKEN");
    expect(env).not.toHaveProperty("TMPDIR");
    expect(env["PATH"]).toContain("/usr/bin");
    expect(env["PATH"]).not.toContain("/home/runner");
  });
});
