import { spawnSync } from "node:child_process";

import { expect, it } from "@jest/globals";

const LISTED = "there are lint, unit, contract, bundle, integration";

it.each([
  [["speed"], `no suite named speed; ${LISTED}`],
  [["--fast"], "no option named --fast; usage: script/test [--times] [SUITE…] [FILE…] [-t NAME]"],
  [["unit", "test/unit/nothing.test.ts"], "no file of tests named test/unit/nothing.test.ts"],
  [["unit", "README.md/.."], "no file of tests named README.md/.."],
  [
    ["dist", "test/contract/script-test.test.ts"],
    "test/contract/script-test.test.ts is not of the suite dist",
  ],
  [["test/contract/script-test.test.ts"], "name the one suite of the files"],
  [["lint", "-t", "types"], "the suite lint has no files of tests"],
  [["unit", "-t"], "-t needs a name"],
  [["unit", "test/unit/model/system.test.ts", "-t", "nothing like it"], "no test has the name"],
])("script/test %j is rejected with exit code 2", (args, said) => {
  const { status, stderr } = spawnSync("script/test", args, { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 2 });
  expect(stderr).toContain(`script/test: ${said}`);
});
