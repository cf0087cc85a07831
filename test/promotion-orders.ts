import type { Digest } from "../src/model/digest.js";
import type { PromotionEntry } from "../src/model/promotion.js";
import type { ImageRepository } from "../src/registry/image-repository.js";
import { promoteTags } from "../src/registry/promotion.js";
import { chooseRecordTag } from "../src/registry/promotion-record.js";
import { StatusError } from "../src/platform/retry.js";
import { exploreInterleavings, type Gate } from "./interleavings.js";

/** A tag that several runs promote at the same time. */
export interface SharedTag {
  readonly tag: string;
  /** The repository without a gate. */
  readonly idle: ImageRepository;
  /** The repository as one run sees it. */
  readonly open: (gate: Gate) => ImageRepository;
}

/** The image of the tag before all runs, and those of three runs. */
export const DIGESTS: readonly Digest[] = ["0", "1", "2", "3"].map(
  (digit): Digest => `sha256:${digit.repeat(64)}`,
);

/** The run with the larger number is the newer one. */
export function orderOf(number: number) {
  return { id: 10 + number, attempt: 1, number };
}

/** Makes every call that can influence another run take its turn. The whole record is read in one turn. */
export function gateCalls(repository: ImageRepository, gate: Gate): ImageRepository {
  return {
    ...repository,
    readTag: (tag) => gate({ on: "tag", isWrite: false }, () => repository.readTag(tag)),
    moveTag: (tag, digest) => gate({ on: "tag", isWrite: true }, () => repository.moveTag(tag, digest)),
    readPromotionEntries: (tag) =>
      gate({ on: "record", isWrite: false }, () => repository.readPromotionEntries(tag)),
    writePromotionEntry: (tag, entry) =>
      gate({ on: "record", isWrite: true }, () => repository.writePromotionEntry(tag, entry)),
    restorePromotionEntry: (tag, entry, previous) =>
      gate({ on: "record", isWrite: true }, () => repository.restorePromotionEntry(tag, entry, previous)),
  };
}

/** A tag and its record in memory. */
export function shareMemory(): SharedTag {
  let digest: Digest | undefined;
  const record = new Map<string, PromotionEntry>();
  const unused = () => Promise.reject(new Error("not needed for a promotion"));
  const idle: ImageRepository = {
    ...{
      pushBlob: unused,
      hasBlob: unused,
      push: unused,
      pushIndex: unused,
      readManifest: unused,
      fetchBlob: unused,
    },
    removeTag: unused,
    hasManifest: () => Promise.resolve(true),
    readTag: () => Promise.resolve(digest),
    moveTag: (_, to) => Promise.resolve(void (digest = to)),
    readPromotionEntries: () => Promise.resolve([...record.values()]),
    writePromotionEntry: (tag, entry) => {
      record.set(chooseRecordTag(tag, entry.run), entry);
      return Promise.resolve(undefined);
    },
    restorePromotionEntry: unused,
    describeRecord: () => "memory",
  };
  return { tag: "latest", idle, open: (gate) => gateCalls(idle, gate) };
}

/**
 * Lets a run for each digest but the first promote it, in every order of their operations. Throws if a run
 * reports success and an older image is the last one at the tag, or if the newest run fails without a fault.
 * Resolves to the number of different endings.
 */
export function explorePromotions(
  digests: readonly Digest[],
  {
    faults,
    share,
    maxPlays = Infinity,
  }: {
    readonly faults: number;
    readonly share: () => SharedTag | Promise<SharedTag>;
    readonly maxPlays?: number;
  },
): Promise<number> {
  const [before, ...promoted] = digests;
  if (before === undefined) throw new RangeError("no digests");
  return exploreInterleavings({
    actors: promoted.length,
    faults,
    maxPlays,
    fault: () => new StatusError("busy", { status: 503, isTransient: true }),
    begin: async (gates) => {
      const { tag, idle, open } = await share();
      await promoteTags(idle, { digest: before, tags: [tag], run: orderOf(0) });
      return {
        actors: gates.map((gate, i) =>
          promoteTags(open(retryOnce(gate)), {
            digest: promoted[i] ?? before,
            tags: [tag],
            run: orderOf(i + 1),
          }),
        ),
        describe: async () => JSON.stringify([await idle.readTag(tag), await idle.readPromotionEntries(tag)]),
        // What `promoteTags` keeps: the last it read of each object, and what it wrote.
        remember: (answers) => {
          const read = new Map(answers.map(({ effect, answer }) => [JSON.stringify(effect), answer]));
          const written = answers.filter(({ effect }) => effect.isWrite).map(({ effect }) => effect.on);
          return JSON.stringify([[...read].sort(), [...new Set(written)].sort()]);
        },
        check: async (outcomes) => {
          const newest = outcomes.findLastIndex(({ status }) => status === "fulfilled") + 1;
          const end = await idle.readTag(tag);
          if (end === undefined || !digests.slice(newest).includes(end))
            throw new Error(`run ${newest} reports success, but the tag is at ${end ?? "nothing"}`);
          if (faults === 0 && newest < promoted.length) throw new Error("the newest run has failed");
        },
      };
    },
  });
}

/** As the client of a registry retries. */
function retryOnce(gate: Gate): Gate {
  return (effect, work) =>
    gate(effect, work).catch((error: unknown) => {
      if (error instanceof StatusError) return gate(effect, work);
      throw error;
    });
}
