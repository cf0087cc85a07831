import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { promoteTags } from "../../../src/registry/promotion.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { createRegistryClient } from "../../../src/registry/client.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeRegistry, makeImage } from "./fake-registry.js";

/** A target whose calls each take some of the given times, in turn. */
function slowDown(place: ImageRepository, delaysMs: readonly number[]): ImageRepository {
  let calls = 0;
  const after = async <R>(work: () => Promise<R>): Promise<R> => {
    await sleep(delaysMs[calls++ % delaysMs.length]);
    return work();
  };
  return {
    push: (image) => after(() => place.push(image)),
    pushIndex: (index) => after(() => place.pushIndex(index)),
    readManifest: (digest) => after(() => place.readManifest(digest)),
    fetchBlob: (blob, file) => after(() => place.fetchBlob(blob, file)),
    hasManifest: (digest) => after(() => place.hasManifest(digest)),
    readTag: (tag) => after(() => place.readTag(tag)),
    moveTag: (tag, digest) => after(() => place.moveTag(tag, digest)),
    removeTag: (tag) => after(() => place.removeTag(tag)),
    readPromotionRecord: () => after(() => place.readPromotionRecord()),
    writePromotionRecord: (claims) => after(() => place.writePromotionRecord(claims)),
  };
}

describe.each(["a registry", "an OCI layout"])("two runs in %s", (kind) => {
  let folder: string;
  let registry: FakeRegistry;
  let place: ImageRepository;
  const [older, newer] = [makeImage("older"), makeImage("newer")];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "layout-"));
    registry = new FakeRegistry();
    place =
      kind === "a registry"
        ? openRegistryRepository(createRegistryClient(await registry.start(), "app", undefined))
        : openOciLayout(folder);
    await place.push(older);
    await place.push(newer);
  });
  afterEach(() => {
    registry.stop();
    rmSync(folder, { recursive: true });
  });
  const promote = (image: typeof older, id: number, attempt = 1, through = place) =>
    promoteTags(through, { digest: image.manifest.digest, tags: ["latest"], run: { id, attempt } });

  it("end with the newer one's image, though the older one comes last", async () => {
    await promote(newer, 12);
    await expect(promote(older, 11, 3)).rejects.toMatchObject({
      code: "PROMOTION_SUPERSEDED",
      message: "the tag latest belongs to run 12.1, which is newer than this run 11.3",
    });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
    await promote(older, 13);
    expect(await place.readTag("latest")).toBe(older.manifest.digest);
  });

  it("are in order also where the newer one had nothing to move", async () => {
    await promote(newer, 10);
    expect((await promote(newer, 12)).tags).toMatchObject([{ state: "unchanged" }]);
    await expect(promote(older, 11)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
  });

  it("take a second attempt for what it is", async () => {
    await promote(older, 12);
    await promote(newer, 12, 2);
    await expect(promote(older, 12, 1)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
  });

  it("end well for the newer one, though the older one moves the tag while it claims it", async () => {
    const [claimed, moved] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const claiming: ImageRepository = {
      ...place,
      writePromotionRecord: async (claims) => {
        await place.writePromotionRecord(claims);
        claimed.resolve(undefined);
        await moved.promise;
      },
    };
    let overtaking: Promise<unknown> = Promise.resolve();
    const moving: ImageRepository = {
      ...place,
      moveTag: async (tag, digest) => {
        if (digest === older.manifest.digest) overtaking = promote(newer, 12, 1, claiming);
        await claimed.promise;
        await place.moveTag(tag, digest);
        moved.resolve(undefined);
      },
    };
    await expect(promote(older, 11, 1, moving)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
    expect(await overtaking).toMatchObject({ tags: [{ tag: "latest" }] });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("never end with the older one's image, however they overtake each other", async () => {
    let id = 100;
    const delays = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(delays, delays, fc.integer({ min: 0, max: 30 }), async (a, b, startMs) => {
        await promote(older, ++id);
        const olderId = ++id;
        const newerId = ++id;
        const settled = await Promise.allSettled([
          promote(older, olderId, 1, slowDown(place, a)),
          sleep(startMs).then(() => promote(newer, newerId, 1, slowDown(place, b))),
        ]);
        // The newer one may be told to run again, where it cannot know who moved the tag: but never is the older one the last word
        // after the newer one was told that all is well.
        if (settled[1].status === "fulfilled") {
          expect(await place.readTag("latest")).toBe(newer.manifest.digest);
        } else {
          expect(settled[1].reason).toMatchObject({ code: "PROMOTION_SUPERSEDED" });
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it("do without order where the registry takes no record", async () => {
    const deaf: ImageRepository = {
      ...place,
      writePromotionRecord: () => Promise.reject(new Error("unknown type")),
    };
    expect(await promote(newer, 12, 1, deaf)).toMatchObject({ unrecorded: "unknown type" });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("do not promote a candidate that is gone", async () => {
    const gone = makeImage("gone");
    await expect(promote(gone, 14)).rejects.toMatchObject({ code: "CANDIDATE_GONE" });
    expect(await place.readTag("latest")).toBeUndefined();
  });
});
