/** One thing to build: a package name of a flake, as in `.#image`. The system is chosen by the plan. */
export interface Installable {
  /** The flake reference before the `#`. */
  readonly flake: string;
  /** The name in `packages.<system>`. */
  readonly name: string;
}

/** The names in `packages` of a flake, by system. */
export type FlakeOutputs = Readonly<Record<string, readonly string[]>>;
