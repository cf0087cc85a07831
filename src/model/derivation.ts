import type { StorePath } from "./store-path.js";

/** One output. The path of a floating content-addressed output is unknown until it is built. */
export interface DerivationOutput {
  readonly name: string;
  readonly path: StorePath | undefined;
  /** For a fixed output, `r:sha256` and the hash in hexadecimal. Both are empty if it is input-addressed. */
  readonly hashAlgorithm: string;
  readonly hash: string;
}

/** A store derivation. @see Nix manual, "Store Derivation and Deriving Path" */
export interface Derivation {
  readonly outputs: readonly DerivationOutput[];
  /** The derivations it depends on, with the names of the outputs it uses. */
  readonly inputs: ReadonlyMap<StorePath, readonly string[]>;
  /** The store paths it depends on that no derivation builds. */
  readonly sources: readonly StorePath[];
  /** A Nix system, or `builtin`. */
  readonly platform: string;
  readonly builder: Buffer;
  readonly args: readonly Buffer[];
  readonly environment: readonly (readonly [name: Buffer, value: Buffer])[];
}

/** The output paths that are known. */
export function outputPaths({ outputs }: Pick<Derivation, "outputs">): readonly StorePath[] {
  return outputs.flatMap(({ path }) => (path === undefined ? [] : [path]));
}

/** What a derivation requires of its builder. */
export interface BuildNeeds {
  /** A Nix system, or `builtin`, which every builder can build. */
  readonly platform: string;
  readonly features: readonly string[];
}
