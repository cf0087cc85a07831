import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeClock } from "../../fake-clock.js";
import { makeBlob, makeImage, MemoryRegistry } from "../../memory-registry.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "push-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe.each(["a registry", "an OCI layout"])("push to %s", (kind) => {
  const open = (): ImageRepository =>
    kind === "a registry"
      ? openRegistryRepository(new MemoryRegistry().use)
      : openOciLayout(join(folder, "layout"), new FakeClock());

  it("says whether a blob of that digest and size is there", async () => {
    const place = open();
    const [layer, other] = makeImage("image").layers;
    if (layer === undefined || other === undefined) throw new Error("there are no layers");
    expect(await place.hasBlob(layer)).toBe(false);
    await place.pushBlob(layer);
    expect(await place.hasBlob(layer)).toBe(true);
    expect(await place.hasBlob({ ...layer, sizeBytes: layer.sizeBytes + 1 })).toBe(false);
    expect(await place.hasBlob(other)).toBe(false);
  });

  it("provides the file of a blob only if it has to be sent", async () => {
    const place = open();
    const file = join(folder, "blob");
    writeFileSync(file, "content");
    let provided = 0;
    const provide = () => Promise.resolve((provided++, file));
    const blob = { ...makeBlob("content"), source: { provide } };
    expect(await place.pushBlob(blob)).toBe("sent");
    expect(await place.pushBlob(blob)).toBe("reused");
    expect(provided).toBe(1);
  });

  it("completes an image whose layers were sent before, and keeps their states", async () => {
    const place = open();
    const image = makeImage("image");
    const states = await Promise.all(image.layers.map((layer) => place.pushBlob(layer)));
    expect(states).toEqual(["sent", "sent"]);
    expect(await place.hasManifest(image.manifest.digest)).toBe(false);
    const known = new Map(image.layers.map(({ digest }) => [digest, "sent"] as const));
    const pushed = await place.push(image, known);
    expect(pushed.map(({ state }) => state)).toEqual(states);
    expect(await place.hasManifest(image.manifest.digest)).toBe(true);
    expect((await place.push(image)).map(({ state }) => state)).toEqual(["reused", "reused"]);
  });
});

it.each(["run", "upload"])(
  "pushBlob to an OCI layout rejects with the reason of the signal of the %s",
  async (of) => {
    const reason = new Error("stopped");
    const [run, upload] = [new AbortController(), new AbortController()];
    const place = openOciLayout(join(folder, "layout"), new FakeClock(), run.signal);
    const [layer] = makeImage("image").layers;
    if (layer === undefined) throw new Error("there is no layer");
    (of === "run" ? run : upload).abort(reason);
    await expect(place.pushBlob(layer, upload.signal)).rejects.toBe(reason);
    expect(existsSync(join(folder, "layout"))).toBe(false);
  },
);
