import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type Runner } from "../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

/** A copy of the fixture, for tests that change it. */
function copyFixture(runner: Runner): string {
  const folder = join(runner.folder, "flake");
  cpSync(FIXTURE, folder, { recursive: true });
  return folder;
}

describe("a signed cache", () => {
  it("is believed by its public key alone", async () => {
    const machine = makeTemporaryFolder("signed");
    const secret = readFileSync("test/fixtures/cache-key/secret", "utf8").trim();
    const trusted = readFileSync("test/fixtures/cache-key/public", "utf8").trim();
    const inputs = {
      ...COMMON,
      ...SMOKE_TEST,
      installables: `path:${FIXTURE}#image`,
      "smoke-test": "",
      cache: `file://${join(machine, "cache")}`,
    };
    const signed = await createRunner(machine).runStep({
      inputs: { ...inputs, "cache-signing-key": secret, "trusted-public-keys": trusted },
    });
    expect(signed).toMatchObject({ exitCode: 0 });
    expect(signed.log).not.toContain(secret.split(":")[1]);

    const believing = await createRunner(makeTemporaryFolder("believing")).runStep({
      inputs: { ...inputs, "trusted-public-keys": trusted, "cache-push": "false" },
    });
    expect(readReport(believing)).toMatchObject({
      builds: [],
      cache: { isTrustedByLocation: false, hitRate: 1 },
    });

    const other = "other-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const doubting = await createRunner(makeTemporaryFolder("doubting")).runStep({
      inputs: { ...inputs, "trusted-public-keys": other, "cache-push": "false" },
    });
    expect(readReport(doubting).builds.length).toBeGreaterThan(0);
  }, 360_000);
});

describe("a flake that changes", () => {
  it("gives another digest", async () => {
    const machine = makeTemporaryFolder("change");
    const runner = createRunner(machine);
    const flake = copyFixture(runner);
    mkdirSync(join(machine, "out"));
    const inputs = {
      ...COMMON,
      ...SMOKE_TEST,
      installables: `path:${flake}#image`,
      image: `oci:${join(machine, "image")}`,
      tags: "latest",
    };
    const first = await runner.runStep({ inputs });
    const source = join(flake, "httpd.c");
    writeFileSync(source, `${readFileSync(source, "utf8")}\nconst char changed[] = "changed";\n`);
    const second = await runner.runStep({ inputs });
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(second.outputs["digest"]).not.toBe(first.outputs["digest"]);
  }, 360_000);
});
