import type { BuildNeeds } from "./derivation.js";

/** The size and shape of what has to be built. */
export interface BuildGraph {
  readonly derivations: number;
  /** The length of its longest chain: what no number of builders makes shorter. */
  readonly depth: number;
  /** Of each derivation. */
  readonly needs: readonly BuildNeeds[];
  /** Whether all outputs' paths are known beforehand. */
  readonly isKnown: boolean;
}
