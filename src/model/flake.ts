/** A package of a flake to build, as in `.#image`. The plan chooses the system. */
export interface Installable {
  /** The flake reference before the `#`. */
  readonly flake: string;
  /** The name in `packages.<system>`. */
  readonly name: string;
}

/** The names in `packages` of a flake, by system. */
export type FlakeOutputs = Readonly<Record<string, readonly string[]>>;

/** What a flake offers, and what makes it differ from run to run. */
export interface InspectedFlake {
  readonly outputs: FlakeOutputs;
  /** The inputs that its flake.lock does not lock, so that each run uses their newest version. */
  readonly unlockedInputs: readonly string[];
}
