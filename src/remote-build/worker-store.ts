import type { Builder } from "../model/builder.js";
import type { Derivation } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import type { BuildAnswer } from "../nix-protocol/session.js";
import type { Connection } from "../ssh/connection.js";

/** What the scheduler needs of the store of one builder; `Self` is the kind of store that it can copy from. */
export interface WorkerStore<Self> {
  readonly builder: Builder;
  readonly connection: Connection;
  /** How many builds it takes at the same time. */
  readonly maxBuilds: number;
  /** Whether it can be asked, and has the path. */
  has(path: StorePath): boolean;
  /** Asks which of these paths it has; with `mayFetch`, it gets from its substituters what it can. */
  queryPresent(paths: readonly StorePath[], mayFetch: boolean): Promise<void>;
  /** Gets a path, with what it refers to, from one of the others that has it. */
  copyFrom(path: StorePath, others: readonly Self[], isExpected: (path: StorePath) => boolean): Promise<void>;
  /** Builds a derivation whose inputs it has; then it has its outputs. */
  build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer>;
  /** Gives up what is being built. */
  close(): void;
}
