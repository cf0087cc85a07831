import { createHash } from "node:crypto";

/*
 * Entries of GitHub's cache never change and cannot be listed; a run can only find the newest one with a
 * prefix. GitHub itself separates repositories and branches.
 */

/** What is built from one installable for one target, by any workflow on any runner. */
export interface CacheLane {
  readonly target: string;
  /** FLAKE#NAME. */
  readonly installable: string;
  /** Relative to the workspace. */
  readonly folder: string;
}

/**
 * Where a run saves: `branch`, or `pull-request` in the scope of one pull request. The keys differ, because
 * GitHub looks for a prefix in the scope of the run first: without that, a pull request would no longer find
 * what is new on its base as soon as it had saved something itself.
 */
export type CacheScope = "branch" | "pull-request";

const FORMAT = "cross-build-nix-2";
const LETTERS: Readonly<Record<CacheScope, string>> = { branch: "b", "pull-request": "p" };
const KEY = /^cross-build-nix-2-[bp]-[\w-]{1,200}$/;

/** Whether this may be the key of an entry. */
export function isEntryKey(text: string): boolean {
  return KEY.test(text);
}

/** The prefix of the entries of a lane. */
export function nameLane(scope: CacheScope, lane: CacheLane): string {
  const { target, installable, folder } = lane;
  const hash = createHash("sha256")
    .update(JSON.stringify([target, installable, folder]))
    .digest("hex");
  return `${nameTarget(scope, target)}${hash.slice(0, 16)}-`;
}

/** The prefix of the entries of all lanes of a target. */
export function nameTarget(scope: CacheScope, target: string): string {
  return `${FORMAT}-${LETTERS[scope]}-${target}-`;
}

/** The names of an entry's files. */
export function namePack(key: string): string {
  return `${key}.pack`;
}
export function nameIndex(key: string): string {
  return `${key}.json`;
}
