import type { BuildAnswer } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import type { Derivation } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import type { Connection } from "../ssh/connection.js";

/** A builder's store as the scheduler uses it. `Self` is the type of store that it can copy from. */
export interface WorkerStore<Self> {
  readonly builder: Builder;
  readonly connection: Connection;
  /** Maximum concurrent builds. */
  readonly maxBuilds: number;
  /** Whether the store is connected, and known to have the path. */
  has(path: StorePath): boolean;
  /** Asks which of these paths it has. With `mayFetch`, it first fetches what its substituters have. */
  queryPresent(paths: readonly StorePath[], mayFetch: boolean): Promise<void>;
  /**
   * Copies a path and its references from one of the other stores. Resolves to the size of what it copied,
   * uncompressed, in bytes: 0 if the store has the path, or is already copying it.
   */
  copyFrom(
    path: StorePath,
    others: readonly Self[],
    isExpected: (path: StorePath) => boolean,
  ): Promise<number>;
  /** Builds a derivation whose inputs the store has; afterwards it has the outputs. */
  build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer>;
  /** Aborts running builds. */
  close(): void;
}
