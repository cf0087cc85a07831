import { mkdir } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../../errors/action-error.js";
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

/** What a run has made, and where it has the rest from. */
export interface CacheUpdate {
  /** What was asked for, and every output of a derivation that was built. */
  readonly roots: readonly StorePath[];
  readonly built: ReadonlySet<string>;
  /** What was asked of this cache: of what was built nevertheless, it has no good copy. */
  readonly tried: ReadonlySet<string>;
  /** From other caches, which will have it the next time, too. */
  readonly substituted: ReadonlySet<string>;
  readonly signingKeyFile: string | undefined;
  /** The derivations under what was asked for: what they make may be needed again when one of them changes. */
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
 * Saves what is new as a delta, or as a new base together with all that the flake can still use. Left out is what other caches have: that
 * came from one in this run, or is signed by one. Rejects with `CACHE_FAILED` and `CANCELLED`.
 */
export async function saveGithubCache(
  runNix: RunNix,
  { runnerCache, project, nonce, folder: runFolder }: GithubAccess,
  { isReachable, folder, infos, chain }: RestoredCache,
  update: CacheUpdate,
): Promise<Saved> {
  const refuse = (reason: string): Saved => ({ state: "withheld", reason, pathsPresent: 0 });
  if (runnerCache?.isWritable === false) return refuse("the workflow's cache-mode does not let it be filled");
  // An answer that did not come would be waited for again; and what is there may be better than a new base.
  if (runnerCache === undefined || !isReachable) {
    return refuse("it could not be read, so it is not filled either");
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

    // An entry cannot take back what another one has.
    const kind = chooseKind(broken.length > 0 ? undefined : chain, sumBytes(addedInfos));
    const content =
      kind === "delta"
        ? addedInfos
        : selectForBase([...good, ...addedInfos], closure, await update.readDerivations());
    const bytes = sumBytes(content);
    if (bytes > MAX_ENTRY_BYTES) return refuse(`${bytes} bytes are more than one entry should have`);
    const key = nameEntry(nameProject(project)[0], kind, nonce);
    const last = { key, bytes };
    const whole: CacheEntryChain = kind === "delta" && chain !== undefined ? [...chain, last] : [last];
    const workspace = join(runFolder, "saved");
    const entry = join(workspace, ENTRY_FOLDER);
    await linkPaths(folder, entry, content);
    await writeFileAtomically(join(entry, nameManifest(key)), renderManifest(whole));
    await runnerCache.save(workspace, key, transferLimitMs(bytes));
    const reason = kind === "delta" ? `behind ${whole.length - 1} entries` : "a new base";
    return { state: "pushed", reason, kind, key, bytes, pathsPushed: content.length, pathsPresent: present };
  } catch (cause) {
    if (cause instanceof ActionError && ["CANCELLED", "CACHE_FAILED"].includes(cause.code)) throw cause;
    throw new ActionError("CACHE_FAILED", "an entry for GitHub's cache could not be made", {
      cause,
      hint: "Check that the disk of the runner is not full.",
    });
  }
}

interface Closure {
  /** What a cache has to have for the next run. */
  readonly wanted: readonly StorePath[];
  /** The rest of the closure. */
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

/** Of all that is in the folder: what this run's closure has, and what `derivations` would be substituted by. */
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
