import { describe, expect, it } from "@jest/globals";

import { ActionError, runCancelled } from "../../../../src/errors/action-error.js";
import type { Digest } from "../../../../src/model/digest.js";
import { promote, type PromoteInput } from "../../../../src/pipeline/stages/promote.js";
import type { ImageRepository } from "../../../../src/registry/image-repository.js";
import { createFakeRun } from "../fake-run.js";

const DIGEST: Digest = `sha256:${"a".repeat(64)}`;
const OTHER: Digest = `sha256:${"b".repeat(64)}`;

/** A repository with these tags, of which the locked ones cannot be moved. */
function createRepository(tags: Record<string, Digest>, locked: readonly string[] = []) {
  const repository: Partial<ImageRepository> = {
    hasManifest: () => Promise.resolve(true),
    readTag: (tag) => Promise.resolve(tags[tag]),
    moveTag: (tag, digest) => {
      if (locked.includes(tag))
        return Promise.reject(new ActionError("REGISTRY_DENIED", "no", { hint: "None." }));
      tags[tag] = digest;
      return Promise.resolve();
    },
    removeTag: (tag) => {
      Reflect.deleteProperty(tags, tag);
      return Promise.resolve();
    },
  };
  return { repository: repository as ImageRepository, tags };
}

async function run(given: Partial<PromoteInput>, tags: Record<string, Digest> = {}, locked: string[] = []) {
  const { context, clock, lines } = createFakeRun();
  const { repository } = createRepository(tags, locked);
  const result = await clock.run(
    promote(context, {
      job: { tags: ["latest"], isPromoted: true },
      repository,
      push: { isAllowed: true, reason: "event push" },
      digest: DIGEST,
      isTested: true,
      ...given,
    }),
  );
  return { result, tags, lines };
}

describe("the promote stage", () => {
  it("moves the tags of a candidate that passed", async () => {
    const { result, tags } = await run({});
    expect(result.record).toMatchObject({
      promotion: { state: "promoted", reason: "the smoke test passed" },
    });
    expect(tags).toEqual({ latest: DIGEST });
  });

  it("leaves tags that already point to the candidate", async () => {
    const { result } = await run({}, { latest: DIGEST });
    expect(result.record).toMatchObject({ promotion: { state: "unchanged" } });
  });

  it.each<[string, Partial<PromoteInput>, string]>([
    ["nothing was pushed", { digest: undefined }, "nothing was pushed"],
    ["the event may not push", { push: { isAllowed: false, reason: "a fork" } }, "a fork"],
    ["a later gate promotes", { job: { tags: ["latest"], isPromoted: false } }, "promote is false"],
    ["there are no tags", { job: { tags: [], isPromoted: true } }, "no tags"],
  ])("moves no tag if %s", async (_, given, reason) => {
    const { result, tags } = await run(given, { latest: OTHER });
    expect(result.error).toBeUndefined();
    expect(result.record.promotion).toMatchObject({ state: "withheld", tags: [] });
    expect(result.record.promotion?.reason).toContain(reason);
    expect(tags).toEqual({ latest: OTHER });
  });

  it("restores the moved tags if one tag fails, and records why nothing was promoted", async () => {
    const job = { tags: ["v1", "latest"], isPromoted: true };
    const { result, tags } = await run({ job }, { v1: OTHER, latest: OTHER }, ["latest"]);
    expect(result.error).toMatchObject({ code: "PROMOTION_FAILED" });
    expect(result.record.promotion).toMatchObject({ state: "withheld", tags: [] });
    expect(tags).toEqual({ v1: OTHER, latest: OTHER });
  });

  describe("in a run that is cancelled", () => {
    const CANCELLED = runCancelled();
    const job = { tags: ["v1", "latest"], isPromoted: true };

    /** Promotes; `onMove` is called when a tag has moved, before the registry's answer arrives. */
    function begin(tags: Record<string, Digest>, onMove: (cancel: () => void) => Promise<void>) {
      const cancellation = new AbortController();
      const cancel = () => {
        cancellation.abort(CANCELLED);
      };
      const { context, clock } = createFakeRun({ signal: cancellation.signal });
      const { repository } = createRepository(tags);
      const slow: ImageRepository = {
        ...repository,
        moveTag: async (tag, digest) => {
          await repository.moveTag(tag, digest);
          await onMove(cancel);
        },
      };
      const push = { isAllowed: true, reason: "event push" };
      const input = { job, repository: slow, push, digest: DIGEST, isTested: true };
      return { cancel, clock, promote: () => clock.run(promote(context, input)) };
    }

    it("moves no tag after the cancellation", async () => {
      const tags = { v1: OTHER, latest: OTHER };
      const run = begin(tags, () => Promise.resolve());
      run.cancel();
      const { error } = await run.promote();
      expect(error).toBe(CANCELLED);
      expect(tags).toEqual({ v1: OTHER, latest: OTHER });
    });

    it("moves the tags back that moved before it", async () => {
      const tags = { v1: OTHER, latest: OTHER };
      const run = begin(tags, (cancel) => {
        cancel();
        return Promise.resolve();
      });
      const { error, record } = await run.promote();
      expect(error).toMatchObject({
        code: "CANCELLED",
        message: expect.stringContaining("v1 was restored") as unknown,
      });
      expect(record.promotion).toMatchObject({ state: "withheld", tags: [] });
      expect(tags).toEqual({ v1: OTHER, latest: OTHER });
    });

    it("warns that tags may have moved if the registry does not answer any more", async () => {
      const run = begin({ v1: OTHER, latest: OTHER }, (cancel) => {
        cancel();
        return new Promise(() => undefined);
      });
      const startMs = run.clock.nowMs();
      const { error } = await run.promote();
      expect(error).toMatchObject({ code: "CANCELLED", hint: "Check what the tags point to." });
      expect(run.clock.nowMs() - startMs).toBe(5_000);
    });
  });
});
