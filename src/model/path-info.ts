import type { StorePath } from "./store-path.js";

/** The metadata of a store path. @see Nix manual, "Store Object" */
export interface PathInfo {
  readonly path: StorePath;
  /** The derivation that built it; empty if it is not known. */
  readonly deriver: string;
  /** SHA-256 of the NAR, hexadecimal. */
  readonly narHash: string;
  readonly narBytes: number;
  /** They may include the path itself. */
  readonly references: readonly StorePath[];
  /** `NAME:BASE64`. */
  readonly signatures: readonly string[];
  /** Empty unless the path is content-addressed. */
  readonly contentAddress: string;
}

/** A store that paths are read from: of this machine, or of a builder. */
export interface StoreReader {
  /** Rejects if the store does not have the path. */
  readonly queryPathInfo: (path: StorePath) => Promise<PathInfo>;
  /** Streams the NAR of a path. */
  readonly readNar: (path: StorePath) => AsyncIterable<Uint8Array>;
}
