import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { runCancelled } from "../../../src/errors/action-error.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { digestOf } from "../../../src/model/digest.js";
import { promoteTags } from "../../../src/registry/promotion.js";
import { FakeClock } from "../../fake-clock.js";
import { makeImage } from "../../memory-registry.js";

const clock = new FakeClock();
const openLayout = (place: string) => openOciLayout(place, clock);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "layout-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** An image whose layer is a file, with the path of that layer in a layout. */
function makeFileImage() {
  const image = makeImage("x");
  const bytes = Buffer.from("a layer in a file");
  const file = join(folder, "layer");
  writeFileSync(file, bytes);
  const layer = {
    mediaType: "application/octet-stream",
    digest: digestOf(bytes),
    sizeBytes: bytes.length,
    source: { file },
  };
  const layout = join(folder, "layout");
  const blob = join(layout, "blobs/sha256", layer.digest.slice("sha256:".length));
  return { image: { ...image, layers: [layer] }, bytes, layout, blob };
}

describe("an OCI layout on disk", () => {
  it("stores a layer completely, and leaves no temporary files", async () => {
    const { image, bytes, layout, blob } = makeFileImage();
    await openLayout(layout).push(image);
    expect(readFileSync(blob).equals(bytes)).toBe(true);
    expect(readdirSync(join(layout, "blobs/sha256")).every((name) => /^[0-9a-f]{64}$/.test(name))).toBe(true);
  });

  it.each([
    [
      "has other content of the same size",
      (blob: string, size: number) => {
        writeFileSync(blob, "x".repeat(size));
      },
    ],
    [
      "is incomplete",
      (blob: string) => {
        writeFileSync(blob, "x");
      },
    ],
  ])("replaces a blob that %s", async (_, spoil) => {
    const { image, bytes, layout, blob } = makeFileImage();
    mkdirSync(join(layout, "blobs/sha256"), { recursive: true });
    writeFileSync(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
    spoil(blob, bytes.length);
    expect(await openLayout(layout).push(image)).toMatchObject([{ state: "sent" }]);
    expect(readFileSync(blob).equals(bytes)).toBe(true);
  });

  it("does not write through a symlink in place of a blob", async () => {
    const { image, bytes, layout, blob } = makeFileImage();
    const victim = join(folder, "victim");
    writeFileSync(victim, "precious");
    await openLayout(layout).push({ ...image, layers: [] });
    for (const link of [blob, `${blob}.tmp`]) symlinkSync(victim, link);
    await openLayout(layout).push(image);
    expect(readFileSync(victim, "utf8")).toBe("precious");
    expect(lstatSync(blob).isFile()).toBe(true);
    expect(readFileSync(blob).equals(bytes)).toBe(true);
  });

  it("stores no blob and moves no tag after the run is cancelled", async () => {
    const { image, layout } = makeFileImage();
    const cancellation = new AbortController();
    const reason = runCancelled();
    const place = openOciLayout(layout, clock, cancellation.signal);
    await place.push(image);
    const before = readdirSync(layout, { recursive: true });
    cancellation.abort(reason);
    await expect(place.push(makeImage("y"))).rejects.toBe(reason);
    await expect(place.moveTag("latest", image.manifest.digest)).rejects.toBe(reason);
    expect(readdirSync(layout, { recursive: true })).toEqual(before);
    expect(await openLayout(layout).readTag("latest")).toBeUndefined();
  });

  it("leaves no incomplete candidate if the run is cancelled during a push", async () => {
    const { image, layout } = makeFileImage();
    const cancellation = new AbortController();
    const layers = [
      ...image.layers,
      {
        ...image.config,
        get source() {
          cancellation.abort(runCancelled());
          return image.config.source;
        },
      },
    ];
    const place = openOciLayout(layout, clock, cancellation.signal);
    await expect(place.push({ ...image, layers })).rejects.toMatchObject({ code: "CANCELLED" });
    expect(await openLayout(layout).hasManifest(image.manifest.digest)).toBe(false);
  });

  it.each(["index.json", "oci-layout", "a blob"])("is refused if %s leads to a device", async (name) => {
    const { image, layout, blob } = makeFileImage();
    await openLayout(layout).push(image);
    const file = name === "a blob" ? blob : join(layout, name);
    rmSync(file);
    symlinkSync("/dev/zero", file);
    const place = openLayout(layout);
    const [layer = image.config] = image.layers;
    const use = { "index.json": () => place.readTag("latest"), "oci-layout": () => place.push(image) }[name];
    await expect((use ?? (() => place.fetchBlob(layer, join(folder, "out"))))()).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
  });

  it("does not change a folder that contains something else", async () => {
    writeFileSync(join(folder, "thesis.doc"), "");
    await expect(openLayout(folder).push(makeImage("x"))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
    expect(readdirSync(folder)).toEqual(["thesis.doc"]);
  });

  it.each([
    ["a file", "layout", "layout", ""],
    ["below a file", "layout/deeper", "layout", ""],
    ["of another version", "layout", "layout/oci-layout", '{"imageLayoutVersion":"2.0.0"}'],
  ])("rejects a layout that is %s", async (_, path, file, content) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), content);
    const place = join(folder, path);
    await expect(openLayout(place).push(makeImage("x"))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
  });

  it("fails with a code if the digest to promote is missing", async () => {
    const layout = openLayout(join(folder, "layout"));
    await layout.push(makeImage("x"));
    await expect(layout.moveTag("v1", digestOf(Buffer.from("other")))).rejects.toMatchObject({
      code: "REGISTRY_FAILED",
    });
  });

  it("has the files that the specification requires, and no tag before promotion", async () => {
    const image = makeImage("x");
    await openLayout(folder).push(image);
    expect(JSON.parse(readFileSync(join(folder, "oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    expect(JSON.parse(readFileSync(join(folder, "index.json"), "utf8"))).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
    expect(readdirSync(join(folder, "blobs/sha256"))).toHaveLength(4);
  });

  it("keeps entries of other tools", async () => {
    const layout = openLayout(folder);
    const image = makeImage("x");
    await layout.push(image);
    const other = { mediaType: "application/x", digest: "sha256:0", size: 1, platform: { os: "linux" } };
    writeFileSync(
      join(folder, "index.json"),
      JSON.stringify({ schemaVersion: 2, manifests: [other], annotations: { a: "b" } }),
    );
    await promoteTags(layout, { digest: image.manifest.digest, tags: ["latest"], run: undefined });
    const index: unknown = JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));
    expect(index).toMatchObject({
      manifests: [other, { digest: image.manifest.digest }],
      annotations: { a: "b" },
    });
  });

  it.each(["", "[]", "{", '{"schemaVersion":2}'])("rejects the index %j", async (text) => {
    await openLayout(folder).push(makeImage("x"));
    writeFileSync(join(folder, "index.json"), text);
    await expect(openLayout(folder).readTag("latest")).rejects.toMatchObject({ code: "REGISTRY_FAILED" });
  });
});
