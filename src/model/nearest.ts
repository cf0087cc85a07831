import leven from "leven";

/** Names that differ in more than this share of their letters are not alike. */
const MAX_SHARE = 0.4;

/** The names, those that are most alike to `wanted` first; names that are equally alike stay in order. */
export function sortByLikeness(wanted: string, names: readonly string[]): readonly string[] {
  return names.toSorted((a, b) => leven(wanted, a) - leven(wanted, b));
}

/** The name that `wanted` is probably a misspelling of. */
export function findNearest(wanted: string, names: readonly string[]): string | undefined {
  const [nearest] = sortByLikeness(wanted, names);
  if (nearest === undefined) return undefined;
  return leven(wanted, nearest) <= Math.ceil(wanted.length * MAX_SHARE) ? nearest : undefined;
}
