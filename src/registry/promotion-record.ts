import { createHash } from "node:crypto";

import { isDigest } from "../model/digest.js";
import { type PromotionEntry, type RunOrder, tryParseRunOrder } from "../model/promotion.js";

/**
 * Without compare-and-swap, a run could overwrite an entry that another run wrote at the same moment. So
 * consecutive runs of a workflow write to different slots.
 */
const SLOTS = 4;
const ANNOTATION = "io.github.fluo.cross-build.promotion";

/** The tags at which a registry keeps the promotion record of a tag. */
export function listRecordTags(tag: string): readonly string[] {
  const hash = createHash("sha256").update(tag).digest("hex").slice(0, 16);
  return Array.from({ length: SLOTS }, (_, slot) => `cross-build.run.${hash}.${slot}`);
}

/** The tag that a run writes its entry to. */
export function chooseRecordTag(tag: string, { number }: RunOrder): string {
  const tags = listRecordTags(tag);
  return tags[number % SLOTS] ?? tag;
}

/** The name of the annotation that has an entry. */
export function renderAnnotationName(tag: string): string {
  return `${ANNOTATION}.${tag}`;
}

/** An entry as annotations: of a manifest in a registry, of `index.json` in an OCI layout. */
export function renderRecordAnnotations(
  tag: string,
  entry: PromotionEntry,
): Readonly<Record<string, string>> {
  return { [renderAnnotationName(tag)]: renderEntry(entry) };
}

/** Reads the entry; undefined if there is no valid one. */
export function parseRecordAnnotations(
  tag: string,
  annotations: Readonly<Record<string, string>>,
): PromotionEntry | undefined {
  const [order = "", digest = ""] = (annotations[renderAnnotationName(tag)] ?? "").split(" ");
  const run = tryParseRunOrder(order);
  return run !== undefined && isDigest(digest) ? { run, digest } : undefined;
}

function renderEntry({ run: { id, attempt, number }, digest }: PromotionEntry): string {
  return `${id}.${attempt}.${number} ${digest}`;
}
