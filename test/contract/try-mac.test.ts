import { spawnSync } from "node:child_process";

import { expect, it } from "@jest/globals";

const elsewhere = process.platform === "darwin" ? it.skip : it;

elsewhere("script/try-mac refuses to run where it would show nothing", () => {
  const { status, stderr } = spawnSync("script/try-mac", { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 2 });
  expect(stderr).toContain("this machine is not a Mac");
});
