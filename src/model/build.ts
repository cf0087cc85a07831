/** Where a derivation was built: here, or on the builder with this store URI. */
export type BuildLocation = { readonly kind: "local" } | { readonly kind: "builder"; readonly uri: string };

/** One derivation that Nix built or tried to build. */
export interface DerivationBuild {
  readonly drvPath: string;
  readonly name: string;
  readonly location: BuildLocation;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly durationMs: number;
  readonly outcome: "built" | "failed";
}

/** One store path that came from a substituter. */
export interface Substitution {
  readonly storePath: string;
  readonly from: string;
  readonly durationMs: number;
}
