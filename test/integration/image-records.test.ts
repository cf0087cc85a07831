import { copyFileSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";

const LIMIT_MS = 300_000;
const flake = makeTemporaryFolder("image-records");
const cache = makeTemporaryFolder("image-cache");
const layout = makeTemporaryFolder("image-layout");

/** Runs a job on a new machine. */
function run(name: string, inputs: Readonly<Record<string, string>> = {}): Promise<StepResult> {
  return createRunner(makeTemporaryFolder("image-machine")).runStep({
    inputs: {
      ...COMMON,
      installables: `path:${flake}/${name}`,
      systems: "x86_64-linux",
      image: `oci:${layout}`,
      tags: "",
      cache: `file://${cache}`,
      ...inputs,
    },
  });
}

function readStates(step: StepResult): readonly string[] {
  if (step.exitCode !== 0) throw new Error(step.log);
  return readReport(step).layers.map(({ state }) => state);
}

beforeAll(() => {
  cpSync(FIXTURE, join(flake, "hello"), { recursive: true });
  mkdirSync(join(flake, "nix2container"));
  copyFileSync("test/fixtures/nix2container/flake.nix", join(flake, "nix2container/flake.nix"));
  copyFileSync(resolve(".testbed/nix2container/nix2container"), join(flake, "nix2container/nix2container"));
  cpSync(FIXTURE, join(flake, "nix2container/hello"), { recursive: true });
  cpSync("test/fixtures/layered", join(flake, "layered"), { recursive: true });
  copyFileSync(join(FIXTURE, "httpd.c"), join(flake, "layered/httpd.c"));
  copyFileSync("test/nix/package-set/stream-image.py", join(flake, "layered/stream-image.py"));
}, LIMIT_MS);
afterAll(removeTemporaryFolders);

describe("the record of an image that is read", () => {
  it.each([
    ["an archive", "hello#image"],
    ["a gzipped archive", "hello#gzipped"],
    ["an OCI layout", "hello#layout"],
    ["an archive of an OCI layout", "hello#packed"],
    ["a streamed image on a base image", "layered#based"],
    ["an image of nix2container, on a base image", "nix2container#image"],
  ])(
    "spares a new machine all of its layers: %s",
    async (_, name) => {
      rmSync(layout, { recursive: true, force: true });
      const first = await run(name);
      expect(new Set(readStates(first))).toEqual(new Set(["sent"]));
      const again = await run(name, { ...SMOKE_TEST, tags: "latest" });
      expect(new Set(readStates(again))).toEqual(new Set(["recorded"]));
      expect(again.outputs).toMatchObject({
        digest: first.outputs["digest"],
        "smoke-test": "passed",
        promoted: "true",
      });
      expect(readReport(again).audits).toEqual(readReport(first).audits);

      // All layers of such an image are in one record, so it is read again.
      const [gone] = readReport(first).layers;
      rmSync(join(layout, "blobs", gone?.digest.replace(":", "/") ?? ""));
      const repaired = await run(name);
      expect(readStates(repaired)[0]).toBe("sent");
      expect(repaired.outputs["digest"]).toBe(first.outputs["digest"]);
    },
    LIMIT_MS,
  );
});
