import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { UseRegistry } from "../../../src/registry/client.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { promoteTags, type PromotionRequest } from "../../../src/registry/promotion.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { FakeClock } from "../../fake-clock.js";
import { makeImage, MemoryRegistry } from "../../memory-registry.js";

let clock: FakeClock;
let folder: string;
let registry: MemoryRegistry;
beforeEach(() => {
  clock = new FakeClock();
  folder = mkdtempSync(join(tmpdir(), "layout-"));
  registry = new MemoryRegistry();
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const KINDS = ["a registry", "an OCI layout"] as const;

function openPlace(kind: (typeof KINDS)[number]): ImageRepository {
  return kind === "a registry" ? openRegistryRepository(registry.use) : openOciLayout(folder, clock);
}

/**
 * The same repository with delays, used in turn: before each request to a registry, or each call to a layout.
 */
function openSlowPlace(kind: (typeof KINDS)[number], delaysMs: readonly number[]): ImageRepository {
  let turns = 0;
  const wait = () => clock.sleep(delaysMs[turns++ % delaysMs.length] ?? 0);
  const use: UseRegistry = (work) =>
    registry.use((send) => work((request) => wait().then(() => send(request))));
  return kind === "a registry" ? openRegistryRepository(use) : slowDown(openOciLayout(folder, clock), wait);
}

function slowDown(place: ImageRepository, wait: () => Promise<void>): ImageRepository {
  const after = async <R>(work: () => Promise<R>): Promise<R> => {
    await wait();
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
    writePromotionRecord: (record) => after(() => place.writePromotionRecord(record)),
  };
}

describe.each(KINDS)("promotion in %s", (kind) => {
  let place: ImageRepository;
  beforeEach(() => {
    place = openPlace(kind);
  });
  const promote = (through: ImageRepository, request: PromotionRequest) =>
    promoteTags(through, request, clock);

  it("moves tags, and reports where they pointed before", async () => {
    const [first, second] = [makeImage("1"), makeImage("2")];
    await place.push(first);
    await place.push(second);
    expect(await place.readTag("latest")).toBeUndefined();
    expect(
      await promote(place, { digest: first.manifest.digest, tags: ["latest", "v1"], run: undefined }),
    ).toMatchObject({
      tags: [
        { tag: "latest", previous: undefined, state: "moved" },
        { tag: "v1", previous: undefined, state: "moved" },
      ],
    });
    expect(
      await promote(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ tag: "latest", previous: first.manifest.digest, state: "moved" }],
    });
    expect(
      await promote(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ state: "unchanged" }],
    });
    expect([await place.readTag("latest"), await place.readTag("v1")]).toEqual([
      second.manifest.digest,
      first.manifest.digest,
    ]);
  });

  it("restores the moved tags if one tag fails", async () => {
    const [first, second] = [makeImage("1"), makeImage("2")];
    await place.push(first);
    await place.push(second);
    await promote(place, { digest: first.manifest.digest, tags: ["old"], run: undefined });
    const failing: ImageRepository = {
      ...place,
      moveTag: (tag, digest) =>
        tag === "bad" ? Promise.reject(new Error("denied")) : place.moveTag(tag, digest),
    };
    await expect(
      promote(failing, { digest: second.manifest.digest, tags: ["old", "new", "bad"], run: undefined }),
    ).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
    });
    expect([await place.readTag("old"), await place.readTag("new"), await place.readTag("bad")]).toEqual([
      first.manifest.digest,
      undefined,
      undefined,
    ]);
  });

  it("does not restore a tag that someone else moved in the meantime", async () => {
    const [mine, theirs] = [makeImage("mine"), makeImage("theirs")];
    await place.push(mine);
    await place.push(theirs);
    const raced: ImageRepository = {
      ...place,
      moveTag: async (tag, digest) => {
        if (tag !== "bad") return place.moveTag(tag, digest);
        await place.moveTag("latest", theirs.manifest.digest);
        throw new Error("denied");
      },
    };
    await expect(
      promote(raced, { digest: mine.manifest.digest, tags: ["latest", "bad"], run: undefined }),
    ).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: expect.stringContaining("someone else") as unknown,
    });
    expect(await place.readTag("latest")).toBe(theirs.manifest.digest);
  });
});

describe.each(KINDS)("two runs in %s", (kind) => {
  let place: ImageRepository;
  const [older, newer] = [makeImage("older"), makeImage("newer")];
  beforeEach(async () => {
    place = openPlace(kind);
    await place.push(older);
    await place.push(newer);
  });
  const promoteImage = (image: typeof older, id: number, attempt = 1, through = place) =>
    promoteTags(through, { digest: image.manifest.digest, tags: ["latest"], run: { id, attempt } }, clock);

  it("leave the tag at the newer run's image even if the older run comes last", async () => {
    await promoteImage(newer, 12);
    await expect(promoteImage(older, 11, 3)).rejects.toMatchObject({
      code: "PROMOTION_SUPERSEDED",
      message: "the tag latest belongs to run 12.1, which is newer than this run 11.3",
    });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
    await promoteImage(older, 13);
    expect(await place.readTag("latest")).toBe(older.manifest.digest);
  });

  it("are ordered even if the newer run had no tag to move", async () => {
    await promoteImage(newer, 10);
    expect((await promoteImage(newer, 12)).tags).toMatchObject([{ state: "unchanged" }]);
    await expect(promoteImage(older, 11)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
  });

  it("treat a second attempt of a run as newer than the first", async () => {
    await promoteImage(older, 12);
    await promoteImage(newer, 12, 2);
    await expect(promoteImage(older, 12, 1)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
  });

  it("give the newer run the tag even if the older run moves it while the newer run records it", async () => {
    const [recorded, moved] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
    const recording: ImageRepository = {
      ...place,
      writePromotionRecord: async (record) => {
        await place.writePromotionRecord(record);
        recorded.resolve(undefined);
        await moved.promise;
      },
    };
    let overtaking: Promise<unknown> = Promise.resolve();
    const moving: ImageRepository = {
      ...place,
      moveTag: async (tag, digest) => {
        if (digest === older.manifest.digest) overtaking = promoteImage(newer, 12, 1, recording);
        await recorded.promise;
        await place.moveTag(tag, digest);
        moved.resolve(undefined);
      },
    };
    const overtaken = promoteImage(older, 11, 1, moving);
    await expect(clock.run(overtaken)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
    expect(await clock.run(overtaking)).toMatchObject({ tags: [{ tag: "latest" }] });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("never leave the tag at the older run's image, in any interleaving", async () => {
    let id = 100;
    const delays = fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(delays, delays, fc.integer({ min: 0, max: 30 }), async (a, b, startMs) => {
        await clock.run(promoteImage(older, ++id));
        const olderId = ++id;
        const newerId = ++id;
        const settled = await clock.run(
          Promise.allSettled([
            promoteImage(older, olderId, 1, openSlowPlace(kind, a)),
            clock.sleep(startMs).then(() => promoteImage(newer, newerId, 1, openSlowPlace(kind, b))),
          ]),
        );
        // The newer run may fail with PROMOTION_SUPERSEDED if it cannot tell who moved the tag. But if it
        // succeeds, the tag must point to its image.
        if (settled[1].status === "fulfilled") {
          expect(await place.readTag("latest")).toBe(newer.manifest.digest);
        } else {
          expect(settled[1].reason).toMatchObject({ code: "PROMOTION_SUPERSEDED" });
        }
      }),
      // Each run on a layout waits for the disk dozens of times.
      { numRuns: kind === "a registry" ? 100 : 5 },
    );
  });

  it("fail if someone without a record moves the tag at the same time", async () => {
    const disturbed: ImageRepository = {
      ...place,
      writePromotionRecord: async (record) => {
        await place.writePromotionRecord(record);
        await place.moveTag("latest", older.manifest.digest);
      },
    };
    await expect(clock.run(promoteImage(newer, 12, 1, disturbed))).rejects.toMatchObject({
      code: "PROMOTION_SUPERSEDED",
      message: "another run moved the tag latest at the same time",
    });
    expect(clock.nowMs()).toBeGreaterThan(5_000);
  });

  it("are not ordered if the registry rejects the record", async () => {
    const deaf: ImageRepository = {
      ...place,
      writePromotionRecord: () => Promise.reject(new Error("unknown type")),
    };
    expect(await promoteImage(newer, 12, 1, deaf)).toMatchObject({ unrecorded: "unknown type" });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("do not promote a candidate that was deleted", async () => {
    const gone = makeImage("gone");
    await expect(promoteImage(gone, 14)).rejects.toMatchObject({ code: "CANDIDATE_GONE" });
    expect(await place.readTag("latest")).toBeUndefined();
  });
});
