import type { StorePath } from "./store-path.js";

/** One output; the path of a content-addressed one is not known before it is built. */
export interface DerivationOutput {
  readonly name: string;
  readonly path: StorePath | undefined;
  /** Of a fixed output: `r:sha256`, and the hash in hexadecimal. Empty for all others. */
  readonly hashAlgorithm: string;
  readonly hash: string;
}

/** A store derivation. @see Nix manual, "Store Derivation and Deriving Path" */
export interface Derivation {
  readonly outputs: readonly DerivationOutput[];
  /** The store derivations that it needs, and the names of the outputs that it needs of them. */
  readonly inputs: ReadonlyMap<StorePath, readonly string[]>;
  /** The plain store paths that it needs. */
  readonly sources: readonly StorePath[];
  /** A Nix system, or `builtin`. */
  readonly platform: string;
  readonly builder: Buffer;
  readonly args: readonly Buffer[];
  readonly environment: readonly (readonly [name: Buffer, value: Buffer])[];
}

/** The paths of the outputs, as far as they are known. */
export function outputPaths({ outputs }: Pick<Derivation, "outputs">): readonly StorePath[] {
  return outputs.flatMap(({ path }) => (path === undefined ? [] : [path]));
}

/** What a derivation asks of the builder that builds it. */
export interface BuildNeeds {
  /** A Nix system, or `builtin`, which every builder can. */
  readonly platform: string;
  readonly features: readonly string[];
}
