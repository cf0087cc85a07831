import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";

import type {
  RegistryAnswer,
  RegistryRequest,
  SendRequest,
  UseRegistry,
} from "../../../src/registry/client.js";
import type { ImageRepository } from "../../../src/registry/image-repository.js";
import { openOciLayout } from "../../../src/registry/oci-layout.js";
import { promoteTags } from "../../../src/registry/promotion.js";
import { chooseRecordTag } from "../../../src/registry/promotion-record.js";
import { openRegistryRepository } from "../../../src/registry/registry-repository.js";
import { retryOnRegistry } from "../../../src/registry/retry.js";
import { StatusError } from "../../../src/platform/retry.js";
import { FakeClock } from "../../fake-clock.js";
import { DIGESTS, explorePromotions, orderOf, shareMemory, type SharedTag } from "../../promotion-orders.js";
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

/** Retries as a registry client does, without waiting. */
function useAtOnce(send: SendRequest): UseRegistry {
  const clock = { nowMs: () => 0, sleep: () => Promise.resolve() };
  return (work) =>
    retryOnRegistry("registry.test", () => work(send), {
      clock,
      log: { debug: () => undefined },
      retryDelayMs: 0,
    });
}

function answerWith(status: number, { url, expected }: RegistryRequest): Promise<RegistryAnswer> {
  const isTransient = status === 429 || status >= 500;
  if (!expected.includes(status))
    return Promise.reject(new StatusError(`answered ${status}`, { status, isTransient }));
  const answered = new URL(url, "https://registry.test/v2/app/");
  return Promise.resolve({ status, headers: new Headers(), url: answered, body: new Uint8Array() });
}

const KINDS = ["a registry", "an OCI layout"] as const;

function openPlace(kind: (typeof KINDS)[number]): ImageRepository {
  return kind === "a registry" ? openRegistryRepository(registry.use) : openOciLayout(folder, clock);
}

describe.each(KINDS)("promotion in %s", (kind) => {
  let place: ImageRepository;
  beforeEach(() => {
    place = openPlace(kind);
  });
  it("moves tags, and reports where they pointed before", async () => {
    const [first, second] = [makeImage("1"), makeImage("2")];
    await place.push(first);
    await place.push(second);
    expect(await place.readTag("latest")).toBeUndefined();
    expect(
      await promoteTags(place, { digest: first.manifest.digest, tags: ["latest", "v1"], run: undefined }),
    ).toMatchObject({
      tags: [
        { tag: "latest", previous: undefined, state: "moved" },
        { tag: "v1", previous: undefined, state: "moved" },
      ],
    });
    expect(
      await promoteTags(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
    ).toMatchObject({
      tags: [{ tag: "latest", previous: first.manifest.digest, state: "moved" }],
    });
    expect(
      await promoteTags(place, { digest: second.manifest.digest, tags: ["latest"], run: undefined }),
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
    await promoteTags(place, { digest: first.manifest.digest, tags: ["old"], run: undefined });
    const failing: ImageRepository = {
      ...place,
      moveTag: (tag, digest) =>
        tag === "bad" ? Promise.reject(new Error("denied")) : place.moveTag(tag, digest),
    };
    await expect(
      promoteTags(failing, { digest: second.manifest.digest, tags: ["old", "new", "bad"], run: undefined }),
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
      promoteTags(raced, { digest: mine.manifest.digest, tags: ["latest", "bad"], run: undefined }),
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
    promoteTags(through, {
      digest: image.manifest.digest,
      tags: ["latest"],
      run: { id, attempt, number: id },
    });

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

  it("keep their records apart if they promote different tags", async () => {
    const promoteTag = (tag: string, id: number) =>
      promoteTags(place, { digest: older.manifest.digest, tags: [tag], run: { id, attempt: 1, number: 1 } });
    await promoteTag("latest", 12);
    await promoteTag("branch", 11);
    await expect(promoteTag("latest", 11)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
  });

  it("say which record to delete if there is no newer run", async () => {
    await promoteImage(newer, 999_999_999);
    await expect(promoteImage(older, 11)).rejects.toMatchObject({
      hint: expect.stringContaining(place.describeRecord("latest")) as unknown,
    });
  });

  it("do not wait for a newer run whose promotion failed", async () => {
    const failing: ImageRepository = { ...place, moveTag: () => Promise.reject(new Error("denied")) };
    await expect(promoteImage(newer, 12, 1, failing)).rejects.toMatchObject({ code: "PROMOTION_FAILED" });
    expect((await promoteImage(older, 11)).tags).toMatchObject([{ state: "moved" }]);
  });

  it("are still ordered after a third one, newer than both, has failed", async () => {
    await promoteImage(newer, 8);
    const failing: ImageRepository = { ...place, moveTag: () => Promise.reject(new Error("denied")) };
    // In a registry, its entry takes the slot of the newer run's.
    await expect(promoteImage(older, 12, 1, failing)).rejects.toMatchObject({ code: "PROMOTION_FAILED" });
    await expect(promoteImage(older, 7)).rejects.toMatchObject({ code: "PROMOTION_SUPERSEDED" });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("say that the tags have moved if the record cannot be read again", async () => {
    let reads = 0;
    const failing: ImageRepository = {
      ...place,
      readPromotionEntries: (tag) =>
        ++reads === 1 ? place.readPromotionEntries(tag) : Promise.reject(new Error("busy")),
    };
    await expect(promoteImage(newer, 12, 1, failing)).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: expect.stringContaining(`moved latest to ${newer.manifest.digest}`) as unknown,
    });
  });

  it("move no tag if the record cannot be written", async () => {
    const busy: ImageRepository = {
      ...place,
      writePromotionEntry: () => Promise.reject(new Error("too many requests")),
    };
    await expect(promoteImage(newer, 12, 1, busy)).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: expect.stringContaining("no tag was moved") as unknown,
    });
    expect(await place.readTag("latest")).toBeUndefined();
  });

  it("are not ordered if the registry does not accept records", async () => {
    const simple: ImageRepository = {
      ...place,
      writePromotionEntry: () => Promise.resolve("unknown type"),
    };
    expect(await promoteImage(newer, 12, 1, simple)).toMatchObject({ unrecorded: "unknown type" });
    expect(await place.readTag("latest")).toBe(newer.manifest.digest);
  });

  it("fail if something else keeps moving the tag", async () => {
    const disturbed: ImageRepository = {
      ...place,
      readTag: async (tag) => {
        await place.moveTag("latest", older.manifest.digest);
        return place.readTag(tag);
      },
    };
    await expect(promoteImage(newer, 12, 1, disturbed)).rejects.toMatchObject({
      code: "PROMOTION_FAILED",
      message: "something else keeps moving the tag latest",
    });
  });

  it("do not promote a candidate that was deleted", async () => {
    const gone = makeImage("gone");
    await expect(promoteImage(gone, 14)).rejects.toMatchObject({ code: "CANDIDATE_GONE" });
    expect(await place.readTag("latest")).toBeUndefined();
  });
});

describe("a registry that answers the record with an error", () => {
  /** Promotes an image where every write of a record gets this answer. */
  async function promoteWithout(status: number) {
    const image = makeImage("image");
    await openRegistryRepository(registry.use).push(image);
    const send: SendRequest = (request) =>
      String(request.url).includes("cross-build.run") && request.method === "PUT"
        ? answerWith(status, request)
        : registry.send(request);
    const run = { id: 1, attempt: 1, number: 1 };
    return promoteTags(openRegistryRepository(useAtOnce(send)), {
      digest: image.manifest.digest,
      tags: ["latest"],
      run,
    });
  }

  it.each([400, 404, 405, 415, 422])("accepts no records if it is %d: tags move without", async (status) => {
    expect(await promoteWithout(status)).toMatchObject({
      unrecorded: expect.stringContaining(String(status)) as unknown,
      tags: [{ state: "moved" }],
    });
  });

  it.each([401, 403, 429, 500])("keeps its tags if it is %d", async (status) => {
    await expect(promoteWithout(status)).rejects.toMatchObject({ code: "PROMOTION_FAILED" });
    expect(await openRegistryRepository(registry.use).readTag("latest")).toBeUndefined();
  });
});

describe("concurrent runs, in every order of their requests,", () => {
  const images = ["before", "first", "second"].map(makeImage);
  const filled = new MemoryRegistry();
  beforeAll(async () => {
    for (const image of images) await openRegistryRepository(filled.use).push(image);
  });

  /** Requests that can influence another run take turns; all others are answered at once. */
  const shareRegistry = (): SharedTag => {
    const store = filled.clone();
    const names = ["latest", ...[1, 2].map((number) => chooseRecordTag("latest", orderOf(number)))];
    const isShared = ({ url }: RegistryRequest) => names.some((name) => url === `manifests/${name}`);
    const effectOf = ({ url, method }: RegistryRequest) => ({
      on: String(url),
      isWrite: !["GET", "HEAD"].includes(method),
    });
    const idle = openRegistryRepository(store.use);
    return {
      tag: "latest",
      idle,
      open: (gate) =>
        openRegistryRepository(
          useAtOnce((request) =>
            isShared(request) ? gate(effectOf(request), () => store.send(request)) : store.send(request),
          ),
        ),
    };
  };

  it("leave the tag at the image of the newer of two", async () => {
    const digests = images.map(({ manifest }) => manifest.digest);
    expect(await explorePromotions(digests, { faults: 0, share: shareRegistry })).toBeGreaterThan(1);
  });

  it("do so even if a request fails, or its answer is lost", async () => {
    expect(await explorePromotions(DIGESTS.slice(0, 3), { faults: 1, share: shareMemory })).toBeGreaterThan(
      10,
    );
  });
});
