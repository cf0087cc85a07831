/** A path in the Nix store: `/nix/store/<hash>-<name>`. @see Nix manual, "Store Path" */
export type StorePath = `/nix/store/${string}`;

const STORE_PATH = /^\/nix\/store\/[0-9a-df-np-sv-z]{32}-[0-9A-Za-z+\-._?=]{1,211}$/;

/** True for a store path itself, not for a file below one. */
export function isStorePath(text: string): text is StorePath {
  return STORE_PATH.test(text);
}

/** The store path that a file is, or is below; undefined outside of the store. */
export function storePathOf(file: string): StorePath | undefined {
  const root = /^\/nix\/store\/[^/]+/.exec(file)?.[0] ?? "";
  return isStorePath(root) ? root : undefined;
}

/** The name of a store path without its hash, and without `.drv`. */
export function nameOfStorePath(path: string): string {
  return path.replace(/^\/nix\/store\/[0-9a-z]{32}-/, "").replace(/\.drv$/, "");
}
