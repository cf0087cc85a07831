import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("unexpected-end");

afterAll(() => {
  removeTemporaryFolders();
});

/** Loaded before the bundle: it runs `defect` when the audit creates its folder, and then waits for ever. */
function plant(defect: string): string {
  const module = `
    import fs from "node:fs/promises";
    import { syncBuiltinESMExports } from "node:module";
    const { mkdtemp } = fs;
    fs.mkdtemp = (prefix, ...rest) => {
      if (!prefix.includes("layers-")) return mkdtemp(prefix, ...rest);
      ${defect};
      return new Promise(() => {});
    };
    syncBuiltinESMExports();`;
  return `--import=data:text/javascript,${encodeURIComponent(module)}`;
}

const DEFECTS = [
  ["waits for something that never happens", "", "waits for something that never happens"],
  ["throws where nothing catches", 'setImmediate(() => { throw new Error("planted") })', "planted"],
  ["has a rejection that nothing handles", 'void Promise.reject(new Error("planted"))', "planted"],
] as const;
const image = { ...COMMON, installables: `path:${FIXTURE}#image` };

describe("a run with a defect", () => {
  it.each(DEFECTS)(
    "that %s fails with INTERNAL, and reports what it did",
    async (_, defect, message) => {
      const { exitCode, outputs, log, summary, ...step } = await createRunner(machine).runStep({
        inputs: { ...image, image: `oci:${join(machine, "image")}` },
        env: { NODE_OPTIONS: plant(defect) },
      });
      expect({ exitCode, outputs, log }).toMatchObject({
        exitCode: 1,
        outputs: {
          "error-code": "INTERNAL",
          "store-paths": expect.stringMatching(/^\/nix\/store\//) as unknown,
          promoted: "false",
        },
      });
      expect(log).toMatch(new RegExp(`^::error::INTERNAL: .*${message}`, "m"));
      expect(summary).toContain("INTERNAL");
      expect(readReport({ exitCode, outputs, log, summary, ...step })).toMatchObject({
        outcome: "failure",
        error: { code: "INTERNAL" },
        phases: [{}, {}, {}, {}, { name: "build", outcome: "done" }, { name: "audit", outcome: "failed" }],
      });
    },
    240_000,
  );

  it("ends the command line in the same way", () => {
    const report = join(machine, "report.json");
    const flags = Object.entries({ ...image, image: `oci:${join(machine, "image")}`, report });
    const { status, stderr } = spawnSync(
      "script/testbed/isolated",
      [
        ...[machine, process.execPath, resolve("dist/cli/index.js"), "build"],
        ...flags.flatMap(([name, text]) => [`--${name}`, text]),
      ],
      {
        encoding: "utf8",
        timeout: 180_000,
        env: {
          ...process.env,
          HOME: machine,
          TMPDIR: machine,
          RUNNER_TEMP: undefined,
          NODE_OPTIONS: plant(""),
        },
      },
    );
    expect({ status, stderr }).toMatchObject({ status: 1 });
    expect(stderr).toContain("error: INTERNAL: ");
    expect(JSON.parse(readFileSync(report, "utf8"))).toMatchObject({ error: { code: "INTERNAL" } });
  }, 240_000);
});
