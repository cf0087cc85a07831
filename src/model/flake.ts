/** A package of a flake to build, as in `.#image`. The plan chooses the system. */
export interface Installable {
  /** The flake reference before the `#`. */
  readonly flake: string;
  /** The name in `packages.<system>`. */
  readonly name: string;
}

/** The names in `packages` of a flake, by system. */
export type FlakeOutputs = Readonly<Record<string, readonly string[]>>;
