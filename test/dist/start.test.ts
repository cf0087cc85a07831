import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, expect, it } from "@jest/globals";

import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

it("a step starts without an HTTP client, which would take a third of its start", () => {
  const folder = makeTemporaryFolder("start");
  const hook = join(folder, "hook.cjs");
  const list = join(folder, "loaded.json");
  writeFileSync(
    hook,
    `process.on("exit", () => {
      require("node:fs").writeFileSync("${list}", JSON.stringify(process.moduleLoadList));
    });`,
  );
  const env = { RUNNER_TEMP: folder, "INPUT__INTERNAL-ACTION": "setup", "INPUT_NIX-VERSION": "none" };
  const { stdout } = spawnSync(process.execPath, ["--require", hook, "dist/index.js"], {
    env,
    encoding: "utf8",
  });
  expect(stdout).toContain("::set-output name=error-code::INPUT_INVALID");
  const loaded = JSON.parse(readFileSync(list, "utf8")) as readonly string[];
  expect(loaded).toContain("NativeModule fs");
  expect(loaded.filter((name) => /^NativeModule (https?2?|tls)$/.test(name))).toEqual([]);
});
