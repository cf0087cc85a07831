import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import type { Digest } from "../../../src/model/digest.js";
import type { Blob } from "../../../src/model/image.js";
import { CandidateUpload } from "../../../src/pipeline/candidate-upload.js";
import { makeBlob } from "../../memory-registry.js";

/** A repository whose uploads end when the test says so. */
function createPlace() {
  const has = new Set<Digest>();
  const started: Blob[] = [];
  const ends: (() => void)[] = [];
  const place = {
    push: () => Promise.reject(new Error("not needed")),
    hasBlob: ({ digest }: Blob) => Promise.resolve(has.has(digest)),
    pushBlob: async (blob: Blob, signal?: AbortSignal) => {
      started.push(blob);
      await new Promise<void>((resolve, reject) => {
        ends.push(resolve);
        signal?.addEventListener("abort", () => {
          reject(new Error("aborted"));
        });
      });
      return "sent" as const;
    },
  };
  const opened: (string | undefined)[] = [];
  const upload = new CandidateUpload((baseName) => {
    opened.push(baseName);
    return Promise.resolve(place);
  });
  return { upload, has, started, ends, opened };
}

/** Lets all that does not wait for an upload happen. */
const tick = () => new Promise((resolve) => setImmediate(resolve));

const LAYERS = Array.from({ length: 6 }, (_, i) => makeBlob(`layer ${i}`));

describe("CandidateUpload", () => {
  it("sends at most four layers at once, each of them once, in the order in which they come", async () => {
    const { upload, started, ends, opened } = createPlace();
    for (const layer of [...LAYERS, ...LAYERS]) upload.offer(layer, "base");
    await tick();
    expect(started).toEqual(LAYERS.slice(0, 4));
    const finished = upload.finish();
    while (ends.length > 0) {
      ends.shift()?.();
      await tick();
    }
    expect(await finished).toEqual(new Map(LAYERS.map(({ digest }) => [digest, "sent"])));
    expect(started).toEqual(LAYERS);
    expect(opened).toEqual(["base"]);
  });

  it("sends nothing more after abort, which waits until nothing is sent", async () => {
    const { upload, started } = createPlace();
    for (const layer of LAYERS) upload.offer(layer, undefined);
    await tick();
    await upload.abort();
    upload.offer(makeBlob("late"), undefined);
    await tick();
    expect(started).toHaveLength(4);
    await expect(upload.finish()).rejects.toBeDefined();
  });

  it("reports the first failure when it is finished", async () => {
    const denied = new ActionError("REGISTRY_DENIED", "no", { hint: "None." });
    const upload = new CandidateUpload(() => Promise.reject(denied));
    upload.offer(makeBlob("layer"), undefined);
    await tick();
    await expect(upload.finish()).rejects.toBe(denied);
    await expect(upload.openRepository(undefined)).rejects.toBe(denied);
  });

  it("does not send a layer that it has found", async () => {
    const { upload, has, started } = createPlace();
    const [there, missing] = [makeBlob("there"), makeBlob("missing")];
    has.add(there.digest);
    expect(await Promise.all([there, missing].map((layer) => upload.find(layer, "base")))).toEqual([
      true,
      false,
    ]);
    upload.skip(there, "recorded");
    upload.offer(there, "base");
    await tick();
    expect(started).toEqual([]);
    expect(await upload.finish()).toEqual(new Map([[there.digest, "recorded"]]));
  });

  it("finds nothing after a failure, which it reports when it is finished", async () => {
    const denied = new ActionError("REGISTRY_DENIED", "no", { hint: "None." });
    const upload = new CandidateUpload(() => Promise.reject(denied));
    expect(await Promise.all(LAYERS.map((layer) => upload.find(layer, undefined)))).toEqual(
      LAYERS.map(() => false),
    );
    await expect(upload.finish()).rejects.toBe(denied);
  });
});
