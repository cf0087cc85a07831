import type { HttpBody } from "../platform/http-request.js";

/** The files of a binary cache in Nix's format, by names relative to it, such as `nix-cache-info`. */
export interface CacheFiles {
  readonly uri: string;
  has(name: string): Promise<boolean>;
  /** The text of a small file; undefined if the cache does not have it. */
  read(name: string): Promise<string | undefined>;
  /** Writes a file whole or not at all, and replaces one that exists. */
  write(name: string, body: HttpBody): Promise<void>;
  /** Abandons all that is running. */
  close(): void;
}
