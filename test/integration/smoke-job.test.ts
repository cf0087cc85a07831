import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("smoke");

afterAll(() => {
  removeTemporaryFolders();
});

async function judge(checks: string) {
  const step = await createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      image: `oci:${join(machine, "image")}`,
      tags: "judged",
      "smoke-test": `checks:\n${checks}`,
    },
  });
  return { step, smoke: readReport(step).smoke };
}

describe("a smoke test in Docker", () => {
  it("passes when a container ends with the code that is expected", async () => {
    const { step, smoke } = await judge("  - { exit-code: 0, args: [--version], timeout: 20s }\n");
    expect(step).toMatchObject({ exitCode: 0, outputs: { promoted: "true" } });
    expect(smoke?.checks).toMatchObject([{ kind: "exit-code", outcome: "passed" }]);
  }, 240_000);

  it.each([
    ["ends with another code", "  - { exit-code: 7, args: [--version] }\n", /exit code 0, expected 7/],
    ["does not end", "  - { exit-code: 0, timeout: 1s }\n", /still ran after 1 s/],
    ["has no such command", "  - { command: [/bin/none] }\n", /exit code 12[67]/],
    ["never answers on the port", "  - http: { port: 9, timeout: 1s }\n", /no answer/],
    [
      "answers something else",
      "  - http: { port: 8080, path: /version, body: '2.0.0', timeout: 1s }\n",
      /has no "2\.0\.0"/,
    ],
    [
      "answers another status",
      "  - http: { port: 8080, path: /none, timeout: 1s }\n",
      /status 404 instead of 200/,
    ],
  ])(
    "fails when the container %s, and shows its log",
    async (_, checks, said) => {
      const { step, smoke } = await judge(checks);
      expect(step).toMatchObject({
        exitCode: 1,
        outputs: { "error-code": "GATE_FAILED", promoted: "false" },
      });
      expect(smoke?.checks[0]?.detail).toMatch(said);
      expect(smoke?.containerLog).toMatch(/listening|1\.0\.0/);
    },
    120_000,
  );
});
