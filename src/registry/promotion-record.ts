import { isDigest } from "../model/digest.js";
import { tryParseRunOrder, renderRunOrder, type PromotionEntry } from "../model/promotion.js";

/** The newest promotion of each tag, by the tag's name. */
export type PromotionRecord = ReadonlyMap<string, PromotionEntry>;

const PREFIX = "io.github.fluo.cross-build.tag.";
/**
 * A tag for each commit would make the record grow forever. The newest entries are enough to stop older
 * runs that are still in progress.
 */
const MAX_ENTRIES = 200;

/** Parses the record from annotations; ignores all other annotations. */
export function parsePromotionRecord(annotations: Readonly<Record<string, string>>): PromotionRecord {
  return new Map(
    Object.entries(annotations).flatMap(([name, value]) => {
      const [order = "", digest = ""] = value.split(" ");
      const run = tryParseRunOrder(order);
      return name.startsWith(PREFIX) && run !== undefined && isDigest(digest)
        ? [[name.slice(PREFIX.length), { run, digest }] as const]
        : [];
    }),
  );
}

/** The record as annotations, limited to the newest 200 entries. */
export function renderPromotionRecord(record: PromotionRecord): Readonly<Record<string, string>> {
  const newest = [...record]
    .toSorted(([, a], [, b]) => b.run.id - a.run.id || b.run.attempt - a.run.attempt)
    .slice(0, MAX_ENTRIES);
  return Object.fromEntries(
    newest.map(([tag, { run, digest }]) => [`${PREFIX}${tag}`, `${renderRunOrder(run)} ${digest}`]),
  );
}
