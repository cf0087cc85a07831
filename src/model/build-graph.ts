import type { BuildNeeds } from "./derivation.js";

/** The size and shape of the graph of derivations to build. */
export interface BuildGraph {
  readonly derivations: number;
  /** The number of derivations in the longest dependency chain, which more builders cannot shorten. */
  readonly depth: number;
  /** What each derivation requires of its builder. */
  readonly needs: readonly BuildNeeds[];
  /** Whether all output paths are known before the build. Those of content-addressed derivations are not. */
  readonly isKnown: boolean;
}
