import { createHash } from "node:crypto";
import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, readReport, SMOKE_TEST } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";
import { makeTar } from "../unit/image/archive.js";

const LIMIT_MS = 300_000;
const flake = makeTemporaryFolder("tagged");
/** An OCI layout whose tag `latest` has the image, as the first run has pushed it. */
const original = makeTemporaryFolder("tagged-layout");
let pushed: StepResult;
/** A copy of that layout, for one test. */
let layout: string;

/** Runs a job on a new machine, without a cache. */
function run(inputs: Readonly<Record<string, string>> = {}, folder = layout): Promise<StepResult> {
  return createRunner(makeTemporaryFolder("tagged-machine")).runStep({
    inputs: {
      ...COMMON,
      installables: `path:${flake}#image`,
      systems: "x86_64-linux",
      image: `oci:${folder}`,
      tags: "latest",
      promote: "false",
      cache: "none",
      ...inputs,
    },
  });
}

beforeAll(async () => {
  cpSync("test/fixtures/layered", flake, { recursive: true });
  cpSync(join(FIXTURE, "httpd.c"), join(flake, "httpd.c"));
  cpSync("test/nix/package-set/stream-image.py", join(flake, "stream-image.py"));
  pushed = await run({ ...SMOKE_TEST, promote: "true" }, original);
  if (pushed.exitCode !== 0) throw new Error(pushed.log);
}, LIMIT_MS);
beforeEach(() => {
  layout = makeTemporaryFolder("tagged-copy");
  cpSync(original, layout, { recursive: true });
});
afterAll(removeTemporaryFolders);

/** How many layers were sent, and how many of the others were only hashed and audited. */
function countLayers(step: StepResult): { readonly sent: number; readonly known: number } {
  if (step.exitCode !== 0) throw new Error(step.log);
  return {
    sent: readReport(step).layers.filter(({ state }) => state === "sent").length,
    known: Number(
      /([0-9]+) of 4 layers not compressed again: the image at latest has them/.exec(step.log)?.[1] ?? 0,
    ),
  };
}

const fileOf = (digest: string) => join(layout, "blobs/sha256", digest.slice("sha256:".length));

function addBlob(bytes: Uint8Array): { readonly digest: string; readonly size: number } {
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  writeFileSync(fileOf(digest), bytes);
  return { digest, size: bytes.length };
}

interface Manifest {
  readonly layers: readonly { readonly digest: string; readonly mediaType: string }[];
}

/** Points the tag to an image with another blob for the layer `index`, of the same diff ID. */
function plant(index: number, blob: Uint8Array): string {
  const file = join(layout, "index.json");
  const list = JSON.parse(readFileSync(file, "utf8")) as { manifests: { digest: string }[] };
  const digest = readLayoutTag(layout, "latest") ?? "";
  const manifest = JSON.parse(readFileSync(fileOf(digest), "utf8")) as Manifest;
  const planted = addBlob(blob);
  const layers = manifest.layers.map((layer, i) => (i === index ? { ...layer, ...planted } : layer));
  const evil = addBlob(Buffer.from(JSON.stringify({ ...manifest, layers })));
  const manifests = list.manifests.map((entry) => (entry.digest === digest ? { ...entry, ...evil } : entry));
  writeFileSync(file, JSON.stringify({ ...list, manifests }));
  return planted.digest;
}

describe("a layer of the image that a tag has", () => {
  it.each(["false", "true"])(
    "is made and audited, but neither compressed nor sent, with promote: %s",
    async (promote) => {
      const again = await run({ promote, ...SMOKE_TEST });
      expect(countLayers(again)).toEqual({ sent: 0, known: 4 });
      expect(again.outputs["digest"]).toBe(pushed.outputs["digest"]);
      const [before, after] = [readReport(pushed), readReport(again)];
      expect(after.audits).toEqual(before.audits);
      expect(after.smokeTests[0]?.layers.map(({ origin }) => origin)).toEqual(Array(4).fill("fetched"));
    },
    LIMIT_MS,
  );

  it(
    "is sent when it has changed, or is gone",
    async () => {
      const gone = readReport(pushed).layers[1]?.digest ?? "";
      rmSync(fileOf(gone));
      const text = readFileSync(join(flake, "flake.nix"), "utf8");
      writeFileSync(join(flake, "flake.nix"), text.replace('"changing" "first"', '"changing" "second"'));
      const changed = await run();
      writeFileSync(join(flake, "flake.nix"), text);
      expect(countLayers(changed)).toEqual({ sent: 2, known: 2 });
      expect(statSync(fileOf(gone)).size).toBe(readReport(pushed).layers[1]?.sizeBytes);
      expect(changed.outputs["digest"]).not.toBe(pushed.outputs["digest"]);
    },
    LIMIT_MS,
  );

  it(
    "is not used if it is compressed in another way, and the log says so",
    async () => {
      const zstd = await run({ compression: "zstd" });
      expect(countLayers(zstd)).toEqual({ sent: 4, known: 0 });
      expect(zstd.log).toContain("4 layers of the image at latest cannot be used: not compressed with zstd");
    },
    LIMIT_MS,
  );
});

describe("a blob that does not unpack to the layer for which the tag's image lists it", () => {
  const makeOther = async () => gzipSync(await makeTar([["bin/server", Buffer.from("another program")]]));

  it(
    "is not used by a run that has no gate",
    async () => {
      const planted = plant(1, await makeOther());
      const step = await run({ tags: "", "candidate-tag": "latest", promote: "true" });
      expect(countLayers(step)).toEqual({ sent: 0, known: 3 });
      expect(step.log).toContain(`the layer ${planted} is not the tar`);
      expect(step.outputs["digest"]).toBe(pushed.outputs["digest"]);
      expect(readLayoutTag(layout, "latest")).toBe(pushed.outputs["digest"]);
    },
    LIMIT_MS,
  );

  it(
    "fails the gate, in the same run and in another one, and no tag moves",
    async () => {
      const planted = plant(1, await makeOther());
      const tagged = readLayoutTag(layout, "latest");
      const tested = await run({ ...SMOKE_TEST, promote: "true" });
      expect(tested.outputs).toMatchObject({ "error-code": "GATE_MISMATCH", promoted: "false" });
      expect(tested.log).toContain(`the layer ${planted} is not the tar`);

      const candidate = await run();
      expect(countLayers(candidate)).toEqual({ sent: 0, known: 4 });
      const gate = await createRunner(makeTemporaryFolder("tagged-gate")).runStep({
        action: "gate",
        inputs: { ...SMOKE_TEST, image: candidate.outputs["image"] ?? "", tags: "latest" },
      });
      expect(gate.outputs).toMatchObject({ "error-code": "IMAGE_INVALID", promoted: "false" });
      expect(readLayoutTag(layout, "latest")).toBe(tagged);
    },
    LIMIT_MS,
  );
});
