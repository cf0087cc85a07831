import { link, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { ActionError, renderError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { RunnerCache } from "../platform/runner-cache.js";
import { ENTRY_FOLDER } from "../platform/runner-cache-protocol.js";
import { isFitForUri } from "./file.js";
import {
  type Chain,
  chooseKind,
  MAX_ENTRY_BYTES,
  nameEntry,
  nameManifest,
  nameProject,
  parseManifest,
  type Project,
  renderManifest,
} from "./github-entry.js";
import { nameNarInfo, type NarInfo, parseNarInfo, renderPlaceholder } from "./narinfo.js";
import { COPY_LIMIT_MS, type RunNix } from "./nix-copy.js";

/** The cache that GitHub keeps for the repository, as a binary cache in a folder of the run. */
export interface GithubCache {
  readonly kind: "github";
  readonly uri: "github";
}

/** A run's way to it. */
export interface GithubAccess {
  /** Undefined where the runner offers none. */
  readonly runnerCache: RunnerCache | undefined;
  readonly project: Project;
  /** Of this run alone. */
  readonly folder: string;
  readonly nonce: string;
}

/** What a run has got from it. */
export interface Restored {
  readonly state: "restored" | "empty" | "withheld" | "failed";
  readonly reason: string;
  /** What the user should know, beside a build that takes longer. */
  readonly problem: string | undefined;
  /** Whether the service has answered, so that saving is worth a try. */
  readonly isReachable: boolean;
  /** The folder to read as a binary cache, and what is in it. */
  readonly folder: string;
  readonly infos: ReadonlyMap<StorePath, NarInfo>;
  readonly entries: number;
  readonly bytes: number;
  /** What a delta can be put behind; undefined when the next entry has to be a base. */
  readonly chain: Chain | undefined;
}

const FIND_LIMIT_MS = 20_000;
const NEWEST_LIMIT_MS = 180_000;
const MAX_TEXT_BYTES = 1 << 20;
const SLOWEST_BYTES_PER_MS = 1024;

/**
 * Fetches the newest chain of entries into the run's folder, and leaves out what is not whole: nothing that is in GitHub's cache, or wrong with it,
 * may break a build. Takes 20 seconds at most to find that out. Rejects with `CANCELLED` alone.
 */
export async function restoreGithubCache(access: GithubAccess): Promise<Restored> {
  const folder = join(access.folder, "restored", ENTRY_FOLDER);
  const nothing = {
    folder,
    infos: new Map<StorePath, NarInfo>(),
    entries: 0,
    bytes: 0,
    chain: undefined,
    problem: undefined,
    isReachable: true,
  };
  const fail = (reason: string): Restored => ({
    ...nothing,
    state: "failed",
    reason,
    problem: reason,
    isReachable: false,
  });
  const { runnerCache } = access;
  if (runnerCache === undefined)
    return fail("GitHub's cache is offered to actions alone, and not to this one");
  if (!runnerCache.isReadable) {
    return { ...nothing, state: "withheld", reason: "the workflow's cache-mode does not let it be read" };
  }
  try {
    if (!isFitForUri(folder))
      throw new Error(`Nix takes no cache from ${folder}: it has a blank or the like`);
    const prefixes = nameProject(access.project);
    const newest = await runnerCache.find(prefixes, FIND_LIMIT_MS);
    if (newest === undefined) return { ...nothing, state: "empty", reason: "there is no entry yet" };
    return await restoreChain(runnerCache, newest, newest.startsWith(prefixes[0]), folder);
  } catch (error) {
    if (error instanceof ActionError && error.code === "CANCELLED") throw error;
    return fail(renderError(error));
  }
}

async function restoreChain(
  runnerCache: RunnerCache,
  newest: string,
  isOwn: boolean,
  folder: string,
): Promise<Restored> {
  const workspace = join(folder, "..");
  const problems: (string | undefined)[] = [];
  const restore = async (keys: readonly string[], timeoutMs: number): Promise<readonly string[]> => {
    if (keys.length === 0) return [];
    try {
      const result = await runnerCache.restore(workspace, keys, timeoutMs);
      if (result.keys.length < keys.length) problems.push(result.problem);
      return result.keys;
    } catch (error) {
      if (error instanceof ActionError && error.code === "CANCELLED") throw error;
      problems.push(renderError(error));
      return [];
    }
  };
  const first = await restore([newest], NEWEST_LIMIT_MS);
  const chain = first.length === 0 ? undefined : await readChain(folder, newest);
  const older = (chain ?? []).slice(0, -1);
  const bytes = older.reduce((sum, link) => sum + link.bytes, 0);
  const rest = await restore(
    older.map(({ key }) => key),
    transferLimitMs(bytes),
  );

  const { infos, dropped } = await readFolder(folder);
  if (dropped > 0) problems.push(`${dropped} of its store paths are not whole, and are left out`);
  const problem = problems.find((text) => text !== undefined);
  const entries = first.length + rest.length;
  const isWhole = problem === undefined && chain?.length === entries;
  return {
    state: infos.size > 0 ? "restored" : problem === undefined ? "empty" : "failed",
    reason:
      problem ?? (isWhole ? `the newest entry is ${newest}` : `not all is there that ${newest} builds on`),
    problem,
    isReachable: true,
    folder,
    infos,
    entries,
    bytes: sumBytes([...infos.values()]),
    chain: isWhole && isOwn ? chain : undefined,
  };
}

async function readChain(folder: string, key: string): Promise<Chain | undefined> {
  const text = await readPlainFile(join(folder, nameManifest(key)));
  return text === undefined ? undefined : parseManifest(text, key);
}

/** Makes a binary cache of what has been unpacked, and removes from it what Nix would stumble over. */
async function readFolder(folder: string): Promise<{ infos: Map<StorePath, NarInfo>; dropped: number }> {
  await mkdir(folder, { recursive: true });
  const infos = new Map<StorePath, NarInfo>();
  let dropped = 0;
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".narinfo")) continue;
    const file = join(folder, name);
    const text = await readPlainFile(file);
    const info = text === undefined ? undefined : parseNarInfo(text, name.slice(0, -".narinfo".length));
    if (info !== undefined && (await sizeOf(join(folder, info.file))) === info.fileSizeBytes) {
      infos.set(info.storePath, info);
    } else {
      dropped++;
      await rm(file, { recursive: true, force: true });
    }
  }
  // An archive that is there already Nix would not write again.
  const archives = new Set([...infos.values()].map((info) => join(folder, info.file)));
  for (const name of await listFolder(join(folder, "nar"))) {
    const file = join(folder, "nar", name);
    if (!archives.has(file)) await rm(file, { recursive: true, force: true });
  }
  await writeFileAtomically(join(folder, "nix-cache-info"), "StoreDir: /nix/store\nWantMassQuery: 1\n");
  return { infos, dropped };
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** The text of a small file that is no link. */
async function readPlainFile(file: string): Promise<string | undefined> {
  const size = await sizeOf(file);
  return size === undefined || size > MAX_TEXT_BYTES ? undefined : readFileIfPresent(file);
}

async function sizeOf(file: string): Promise<number | undefined> {
  try {
    const found = await lstat(file);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR", "ENAMETOOLONG")) return undefined;
    throw error;
  }
}

/** What a run has made, and where it has the rest from. */
export interface Harvest {
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
  { isReachable, folder, infos, chain }: Restored,
  harvest: Harvest,
): Promise<Saved> {
  const refuse = (reason: string): Saved => ({ state: "withheld", reason, pathsPresent: 0 });
  if (runnerCache?.isWritable === false) return refuse("the workflow's cache-mode does not let it be filled");
  // An answer that did not come would be waited for again; and what is there may be better than a new base.
  if (runnerCache === undefined || !isReachable) {
    return refuse("it could not be read, so it is not filled either");
  }
  try {
    await mkdir(folder, { recursive: true });
    const broken = await removeBroken(folder, infos, harvest);
    const good = [...infos.values()].filter(({ storePath }) => !broken.has(storePath));
    const known = new Set(good.map(({ storePath }) => storePath));
    const closure = await readClosure(runNix, harvest);
    const present = closure.wanted.filter((path) => known.has(path)).length;
    const added = closure.wanted.filter((path) => !known.has(path));
    if (added.length === 0) return { state: "unchanged", reason: "nothing is new", pathsPresent: present };
    const addedInfos = await copyPaths(runNix, folder, added, closure.elsewhere, harvest.signingKeyFile);

    // An entry cannot take back what another one has.
    const kind = chooseKind(broken.size > 0 ? undefined : chain, sumBytes(addedInfos));
    const content =
      kind === "delta"
        ? addedInfos
        : selectForBase([...good, ...addedInfos], closure.wanted, await harvest.readDerivations());
    const bytes = sumBytes(content);
    if (bytes > MAX_ENTRY_BYTES) return refuse(`${bytes} bytes are more than one entry should have`);
    const key = nameEntry(nameProject(project)[0], kind, nonce);
    const last = { key, bytes };
    const whole: Chain = kind === "delta" && chain !== undefined ? [...chain, last] : [last];
    const workspace = join(runFolder, "saved");
    await stageEntry(
      folder,
      join(workspace, ENTRY_FOLDER),
      content,
      nameManifest(key),
      renderManifest(whole),
    );
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

/** Removes what Nix could not use, archives too: it takes one that is there for the one that it would write. */
async function removeBroken(
  folder: string,
  infos: Restored["infos"],
  { built, tried }: Harvest,
): Promise<ReadonlySet<StorePath>> {
  const broken = [...infos.values()].filter(({ storePath }) => built.has(storePath) && tried.has(storePath));
  for (const { storePath, file } of broken) {
    await rm(join(folder, nameNarInfo(storePath)), { force: true });
    await rm(join(folder, file), { force: true });
  }
  return new Set(broken.map(({ storePath }) => storePath));
}

interface Closure {
  /** What a cache has to have for the next run. */
  readonly wanted: readonly StorePath[];
  /** The rest of the closure. */
  readonly elsewhere: readonly StorePath[];
}

async function readClosure(runNix: RunNix, { roots, built, substituted }: Harvest): Promise<Closure> {
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

/** Copies the paths themselves into the folder, without what they refer to. */
async function copyPaths(
  runNix: RunNix,
  folder: string,
  paths: readonly StorePath[],
  elsewhere: readonly StorePath[],
  signingKeyFile: string | undefined,
): Promise<readonly NarInfo[]> {
  const placeholders = elsewhere.map((path) => [join(folder, nameNarInfo(path)), path] as const);
  const key = signingKeyFile === undefined ? "" : `&secret-key=${signingKeyFile}`;
  const made: string[] = [];
  try {
    for (const [file, path] of placeholders) {
      if ((await sizeOf(file)) !== undefined) continue;
      made.push(file);
      await writeFileAtomically(file, renderPlaceholder(path));
    }
    const args = ["copy", "--no-recursive", "--to", `file://${folder}?compression=zstd${key}`, ...paths];
    await runNix(args, { timeoutMs: COPY_LIMIT_MS });
  } finally {
    for (const file of made) await rm(file, { force: true });
  }
  const { infos } = await readFolder(folder);
  return paths.map((path) => infos.get(path)).filter((info) => info !== undefined);
}

/** Of all that is in the folder: what this run's closure has, and what `derivations` would be substituted by. */
function selectForBase(
  all: readonly NarInfo[],
  wanted: readonly StorePath[],
  derivations: ReadonlySet<string>,
): readonly NarInfo[] {
  const needed = new Set<string>(wanted);
  return all.filter(
    ({ storePath, deriver }) =>
      needed.has(storePath) || (deriver !== undefined && derivations.has(`/nix/store/${deriver}`)),
  );
}

async function stageEntry(
  folder: string,
  entry: string,
  content: readonly NarInfo[],
  manifestName: string,
  manifest: string,
): Promise<void> {
  await mkdir(join(entry, "nar"), { recursive: true });
  for (const { storePath, file } of content) {
    for (const name of [nameNarInfo(storePath), file]) {
      try {
        await link(join(folder, name), join(entry, name));
      } catch (error) {
        // Two store paths with the same content share their archive.
        if (!isErrno(error, "EEXIST")) throw error;
      }
    }
  }
  await writeFileAtomically(join(entry, manifestName), manifest);
}

/** A minute, and what a slow line takes. */
function transferLimitMs(bytes: number): number {
  return 60_000 + bytes / SLOWEST_BYTES_PER_MS;
}

function sumBytes(infos: readonly NarInfo[]): number {
  return infos.reduce((sum, { fileSizeBytes }) => sum + fileSizeBytes, 0);
}
