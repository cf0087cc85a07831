import { spawnSync } from "node:child_process";

import { expect, it } from "@jest/globals";

const LISTED = "the suites are lint, unit, contract, bundle, integration";

it.each([
  [["speed"], `unknown suite speed; ${LISTED}`],
  [["--fast"], "unknown option --fast; usage: script/test [--times] [SUITE…] [FILE…] [-t NAME]"],
  [["unit", "test/unit/nothing.test.ts"], "test/unit/nothing.test.ts is not an existing *.test.ts file"],
  [["unit", "README.md/.."], "README.md/.. is not an existing *.test.ts file"],
  [
    ["dist", "test/contract/script-test.test.ts"],
    "test/contract/script-test.test.ts is not in the suite dist",
  ],
  [["test/contract/script-test.test.ts"], "name one suite with FILE or -t"],
  [["lint", "-t", "types"], "the suite lint has no test files"],
  [["unit", "-t"], "-t needs a name"],
  [
    ["unit", "test/unit/model/system.test.ts", "-t", "nothing like it"],
    "no test name contains nothing like it",
  ],
])("script/test %j is rejected with exit code 2", (args, said) => {
  const { status, stderr } = spawnSync("script/test", args, { encoding: "utf8" });
  expect({ status, stderr }).toMatchObject({ status: 2 });
  expect(stderr).toContain(`script/test: ${said}`);
});
