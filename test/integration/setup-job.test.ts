import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, USABLE } from "../job.js";
import { runNix } from "../later-step.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

const machine = makeTemporaryFolder("setup");
let builder: Builder;

beforeAll(async () => {
  builder = await startBuilder(join(machine, "builder"));
}, 120_000);
afterAll(async () => {
  await builder.stop();
  removeTemporaryFolders();
});

describe.each([false, true])("the setup action (user with a daemon: %s)", (isUnprivileged) => {
  it("leaves a nix that builds on the builder and reads the cache, until post", async () => {
    const cache = makeTemporaryFolder("cache");
    const inputs = {
      ...COMMON,
      builders: builder.line,
      "ssh-private-key": builder.key,
      "ssh-known-hosts": builder.knownHosts,
      cache: `file://${cache}`,
    };
    const runner = createRunner(machine, { isUnprivileged });
    const main = await runner.runStep({ action: "setup", inputs });
    if (main.exitCode !== 0) throw new Error(main.log);
    const job = { machine, isUnprivileged };
    expect(JSON.parse(main.outputs["builders"] ?? "")).toMatchObject([USABLE]);
    expect(Object.keys(main.environment)).toEqual(["NIX_USER_CONF_FILES"]);

    const name = isUnprivileged ? "server" : "image";
    const built = runNix(
      main,
      job,
      "build",
      "--no-link",
      "--json",
      "--max-jobs",
      "0",
      `path:${FIXTURE}#${name}`,
    );
    expect(JSON.parse(built)).toHaveLength(1);
    expect(runNix(main, job, "config", "show", "builders")).toContain("machines");

    for (const [, flake = ""] of readFileSync("README.md", "utf8").matchAll(/^```nix\n([^]*?)^```$/gm)) {
      // Check only that each example is a flake: its nixpkgs is not available in tests.
      expect(runNix(main, job, "eval", "--json", "--expr", `builtins.attrNames (${flake})`)).toBe(
        '["inputs","outputs"]\n',
      );
    }

    const post = await runner.runStep({ action: "setup", state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    expect(post.log).not.toContain("::warning");
    expect(readdirSync(runner.temp)).toEqual([]);
    expect(readdirSync(join(machine, "ssh_config.d"))).toEqual([]);
  }, 240_000);

  it("fails with a code", async () => {
    const runner = createRunner(machine, { isUnprivileged });
    const inputs = { ...COMMON, builders: "nonsense nonsense nonsense x" };
    const step = await runner.runStep({ action: "setup", inputs });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "INPUT_INVALID" } });
    await runner.runStep({ action: "setup", state: step.state });
  }, 60_000);
});
