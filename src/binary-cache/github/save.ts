import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../../errors/action-error.js";
import { countOf } from "../../model/count.js";
import { isStorePath, type StorePath } from "../../model/store-path.js";
import { writeFileAtomically } from "../../platform/files.js";
import { ENTRY_FOLDER } from "./client-protocol.js";
import { copyPaths, linkPaths, removePaths } from "../cache-folder.js";
import { type GithubAccess, type RestoredCache, sumBytes, transferLimitMs } from "./restore.js";
import {
  type CacheEntryChain,
  chooseKind,
  MAX_ENTRY_BYTES,
  nameEntry,
  nameManifest,
  nameProject,
  renderManifest,
} from "./entry.js";
import type { NarInfo } from "../narinfo.js";
import { COPY_LIMIT_MS, type RunNix } from "../../nix/command.js";

/** What a run has built, and where its other paths came from. */
export interface CacheUpdate {
  /** The requested outputs, and every output of a derivation that was built. */
  readonly roots: readonly StorePath[];
  readonly built: ReadonlySet<string>;
  /**
   * Paths that Nix tried to substitute from this cache. If one was built anyway, its cached copy is broken.
   */
  readonly tried: ReadonlySet<string>;
  /** Paths from other caches, which will have them the next time too. */
  readonly substituted: ReadonlySet<string>;
  readonly signingKeyFile: string | undefined;
  /**
   * All derivations that the requested outputs need. When one of them changes, the outputs of
   * the others may be needed again.
   */
  readonly readDerivations: () => Promise<ReadonlySet<string>>;
}

export type Saved =
  | {
      readonly state: "pushed";
      readonly reason: string;
      readonly kind: "base" | "delta";
      readonly key: string;
      readonly bytes: number;
      readonly pathsPushed: number;
      readonly pathsPresent: number;
    }
  | { readonly state: "unchanged" | "withheld"; readonly reason: string; readonly pathsPresent: number };

/**
 * Saves new paths as a delta, or as a new base together with everything that the flake can still use. Leaves
 * out paths that other caches have: those that came from one in this run, or are signed by one. Rejects with
 * `CACHE_FAILED` and `CANCELLED`.
 */
export async function saveGithubCache(
  runNix: RunNix,
  { runnerCache, project, nonce, folder: runFolder }: GithubAccess,
  { isReachable, folder, infos, chain }: RestoredCache,
  update: CacheUpdate,
): Promise<Saved> {
  const refuse = (reason: string): Saved => ({ state: "withheld", reason, pathsPresent: 0 });
  if (runnerCache?.isWritable === false)
    return refuse("the workflow's cache-mode does not allow writing to it");
  // If restoring failed, saving would likely time out too, and a new base could replace a better one.
  if (runnerCache === undefined || !isReachable) {
    return refuse("it could not be read");
  }
  try {
    const isBroken = ({ storePath }: NarInfo) => update.built.has(storePath) && update.tried.has(storePath);
    const broken = [...infos.values()].filter(isBroken);
    const good = [...infos.values()].filter((info) => !isBroken(info));
    await mkdir(folder, { recursive: true });
    await removePaths(folder, broken);
    const known = new Set(good.map(({ storePath }) => storePath));
    const closure = await queryClosure(runNix, update);
    const present = closure.wanted.filter((path) => known.has(path)).length;
    const added = closure.wanted.filter((path) => !known.has(path));
    if (added.length === 0) return { state: "unchanged", reason: "nothing is new", pathsPresent: present };
    const addedInfos = await copyPaths(runNix, folder, {
      paths: added,
      elsewhere: closure.elsewhere,
      signingKeyFile: update.signingKeyFile,
    });

    // A delta cannot remove a broken path from an earlier entry.
    const kind = chooseKind(broken.length > 0 ? undefined : chain, sumBytes(addedInfos));
    const content =
      kind === "delta"
        ? addedInfos
        : selectForBase([...good, ...addedInfos], closure, await update.readDerivations());
    const bytes = sumBytes(content);
    if (bytes > MAX_ENTRY_BYTES) return refuse(`${bytes} bytes exceed the limit for one entry`);
    const key = nameEntry(nameProject(project)[0], kind, nonce);
    const last = { key, bytes };
    const whole: CacheEntryChain = kind === "delta" && chain !== undefined ? [...chain, last] : [last];
    const workspace = join(runFolder, "saved");
    const entry = join(workspace, ENTRY_FOLDER);
    await linkPaths(folder, entry, content);
    await writeFileAtomically(join(entry, nameManifest(key)), renderManifest(whole));
    await runnerCache.save(workspace, key, transferLimitMs(bytes));
    const reason =
      kind === "delta" ? `added to ${countOf(whole.length - 1, "entry", "entries")}` : "a new base";
    return { state: "pushed", reason, kind, key, bytes, pathsPushed: content.length, pathsPresent: present };
  } catch (cause) {
    if (cause instanceof ActionError && ["CANCELLED", "CACHE_FAILED"].includes(cause.code)) throw cause;
    throw new ActionError("CACHE_FAILED", "could not create an entry for GitHub's cache", {
      cause,
      hint: "Check that the runner's disk is not full.",
    });
  }
}

interface Closure {
  /** The paths that the next run needs from this cache. */
  readonly wanted: readonly StorePath[];
  /** The rest of the closure, which other caches have. */
  readonly elsewhere: readonly StorePath[];
}

async function queryClosure(runNix: RunNix, { roots, built, substituted }: CacheUpdate): Promise<Closure> {
  const wanted: StorePath[] = [];
  const elsewhere: StorePath[] = [];
  await runNix(["path-info", "--recursive", "--sigs", ...roots], {
    timeoutMs: COPY_LIMIT_MS,
    onStdoutLine: (line) => {
      const [path = "", ...notes] = line.trim().split(/\s+/);
      if (!isStorePath(path)) return;
      const isSigned = notes.some((note) => /^[^:]+:[A-Za-z0-9+/]{86}==$/.test(note));
      const isElsewhere = !built.has(path) && (substituted.has(path) || isSigned);
      (isElsewhere ? elsewhere : wanted).push(path);
    },
  });
  return { wanted, elsewhere };
}

/** Selects from the whole folder: the paths of this run's closure, and the outputs of `derivations`. */
function selectForBase(
  all: readonly NarInfo[],
  { wanted, elsewhere }: Closure,
  derivations: ReadonlySet<string>,
): readonly NarInfo[] {
  const needed = new Set<string>([...wanted, ...elsewhere]);
  return all.filter(
    ({ storePath, deriver }) =>
      needed.has(storePath) || (deriver !== undefined && derivations.has(`/nix/store/${deriver}`)),
  );
}
