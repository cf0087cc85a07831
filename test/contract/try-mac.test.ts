import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { expect, it } from "@jest/globals";

it("script/try-mac refuses to run where it would show nothing", () => {
  // On a Mac, too, the test is about another machine.
  const bin = mkdtempSync(join(tmpdir(), "try-mac-"));
  writeFileSync(join(bin, "uname"), "#!/bin/sh\necho Linux\n");
  chmodSync(join(bin, "uname"), 0o755);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` };
  const { status, stderr } = spawnSync("script/try-mac", { encoding: "utf8", env });
  rmSync(bin, { recursive: true });
  expect({ status, stderr }).toMatchObject({ status: 2 });
  expect(stderr).toContain("this machine is not a Mac");
});
