import { isDigest } from "../model/digest.js";
import { parseRunOrder, renderRunOrder, type TagClaim } from "../model/promotion.js";

/** The claim of each tag by its name. */
export type TagClaims = ReadonlyMap<string, TagClaim>;

const PREFIX = "io.github.fluo.cross-build.tag.";
/** Tags of single commits come and go: the newest are enough to hold back the runs that are still under way. */
const MAX_CLAIMS = 200;

/** Claims from annotations; what is not one of ours is passed over. */
export function parseClaims(annotations: Readonly<Record<string, string>>): TagClaims {
  return new Map(
    Object.entries(annotations).flatMap(([name, value]) => {
      const [order = "", digest = ""] = value.split(" ");
      const run = parseRunOrder(order);
      return name.startsWith(PREFIX) && run !== undefined && isDigest(digest)
        ? [[name.slice(PREFIX.length), { run, digest }] as const]
        : [];
    }),
  );
}

/** Claims as annotations, the newest 200. */
export function renderClaims(claims: TagClaims): Readonly<Record<string, string>> {
  const newest = [...claims]
    .toSorted(([, a], [, b]) => b.run.id - a.run.id || b.run.attempt - a.run.attempt)
    .slice(0, MAX_CLAIMS);
  return Object.fromEntries(
    newest.map(([tag, { run, digest }]) => [`${PREFIX}${tag}`, `${renderRunOrder(run)} ${digest}`]),
  );
}
