import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import type { RunContext } from "./context.js";

/** Hashing a large checkout takes a while. */
const GIT_LIMIT_MS = 10 * 60_000;
const SHOWN_CHANGES = 5;

type GitContext = Pick<RunContext, "run" | "runFolder" | "environment">;

/** A checkout: its files, and the git directory that they were checked out from. */
export interface CheckoutTree {
  /** The top folder, without symbolic links. */
  readonly top: string;
  readonly gitFolder: string;
}

/**
 * Finds the checkout that a folder is in: the first one upwards with a `.git`, which no commit can contain.
 * Git itself would also take a folder with HEAD, objects and refs for a repository, which any commit can
 * contain.
 */
export async function findCheckout(folder: string): Promise<CheckoutTree | undefined> {
  for (let top = await realpath(folder); ; top = dirname(top)) {
    const gitFolder = await readGitLink(top);
    if (gitFolder !== undefined) return { top, gitFolder };
    if (top === dirname(top)) return undefined;
  }
}

/** Reads the commit that is checked out. Reads no file of the checkout, and runs none of its programs. */
export async function readHead({ top, gitFolder }: CheckoutTree, context: GitContext): Promise<string> {
  const args = [`--git-dir=${gitFolder}`, `--work-tree=${top}`, "rev-parse", "--verify", "--end-of-options"];
  return (await runGit(context, top, [...args, "HEAD"])).trim();
}

/**
 * How the files of a checkout differ from a commit: up to five paths; empty if they do not. Ignored files are
 * differences too, because a `path:` flake contains them. Compares contents rather than timestamps. Files of
 * Git LFS may be there as pointers or with their contents; files that a sparse checkout leaves out may be
 * missing; submodules may be missing or at their own commits.
 *
 * Git runs in a git directory of our own, which has only the commit's objects, so that no hook, filter,
 * fsmonitor or other program of any configuration runs.
 */
export async function listChanges(
  checkout: CheckoutTree,
  commit: string,
  context: GitContext,
): Promise<readonly string[]> {
  const { top } = checkout;
  const git = await createBareGit(checkout, commit, context);
  await git("read-tree", commit);
  const status = await git(
    "status",
    "--porcelain=v2",
    "-z",
    "--untracked-files=all",
    "--ignored=traditional",
    "--no-renames",
    // Git would run in them with their own configuration; they are compared below.
    "--ignore-submodules=all",
  );
  const changes: string[] = [];
  let leftOut: ReadonlySet<string> | undefined;
  for (const record of splitRecords(status)) {
    const change = parseChange(record);
    if (change.isDeleted) {
      leftOut ??= await listLeftOut(checkout, context);
      if (leftOut.has(change.path)) continue;
    }
    if (await isLargeFile(top, change)) continue;
    changes.push(showPath(change.path));
    if (changes.length === SHOWN_CHANGES) return changes;
  }
  for (const [path, own] of await listSubmodules(git, commit)) {
    const inside = await listSubmoduleChanges(checkout, { path, commit: own }, context);
    changes.push(...inside.map((name) => (name === "" ? showPath(path) : `${showPath(path)}/${name}`)));
  }
  return changes.slice(0, SHOWN_CHANGES);
}

/** Runs git and returns its output, one character for each byte: paths may be any bytes. */
type Git = (...args: readonly string[]) => Promise<string>;

async function createBareGit(
  { top, gitFolder }: CheckoutTree,
  commit: string,
  context: GitContext,
): Promise<Git> {
  const own = join(
    context.runFolder,
    `checkout-${createHash("sha256").update(top).digest("hex").slice(0, 12)}`,
  );
  const write = async (name: string, text: string) => {
    await mkdir(dirname(join(own, name)), { recursive: true });
    await writeFile(join(own, name), text);
  };
  await mkdir(join(own, "refs"), { recursive: true });
  await write("HEAD", `${commit}\n`);
  await write("config", "[core]\n\trepositoryformatversion = 0\n\tbare = false\n");
  await write("objects/info/alternates", `${join(await readCommonFolder(gitFolder), "objects")}\n`);
  // These attributes take precedence over those in the checkout.
  await write("info/attributes", "* -filter\n");
  return (...args) => runGit(context, top, [`--git-dir=${own}`, `--work-tree=${top}`, ...args]);
}

async function runGit(
  { run, environment }: GitContext,
  cwd: string,
  args: readonly string[],
): Promise<string> {
  const chunks: Buffer[] = [];
  const options = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--no-pager"];
  await run("git", [...options, ...args], {
    cwd,
    timeoutMs: GIT_LIMIT_MS,
    env: {
      // Neither secrets nor variables that direct git, such as GIT_CONFIG_COUNT.
      ...Object.fromEntries(
        Object.keys(environment)
          .filter((name) => name !== "PATH")
          .map((name) => [name, undefined]),
      ),
      LC_ALL: "C",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_NO_LAZY_FETCH: "1",
      GIT_OPTIONAL_LOCKS: "0",
      GIT_TERMINAL_PROMPT: "0",
    },
    onStdoutBytes: (bytes) => chunks.push(bytes),
  });
  return Buffer.concat(chunks).toString("latin1");
}

/** The git directory that `folder/.git` is or names; undefined if there is none. */
async function readGitLink(folder: string): Promise<string | undefined> {
  const path = join(folder, ".git");
  try {
    const found = await lstat(path);
    if (found.isDirectory()) return path;
    if (!found.isFile()) throw unreadable(`${path} is neither a folder nor a file`);
    const [, target] = /^gitdir: ([^\n]+)\n?$/.exec(await readFile(path, "utf8")) ?? [];
    if (target === undefined) throw unreadable(`${path} does not name a git directory`);
    return await realpath(resolve(folder, target));
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The folder with the objects: that of the main repository, if this one is a linked worktree. */
async function readCommonFolder(gitFolder: string): Promise<string> {
  try {
    return resolve(gitFolder, (await readFile(join(gitFolder, "commondir"), "utf8")).trim());
  } catch (error) {
    if (isErrno(error, "ENOENT")) return gitFolder;
    throw error;
  }
}

interface Change {
  /** One character for each byte. */
  readonly path: string;
  readonly isDeleted: boolean;
  /** The blob of the commit, if only the contents differ. */
  readonly blob: string | undefined;
}

/**
 * Parses a record of a changed, untracked or ignored file.
 * @see git-status(1), "Porcelain Format Version 2"
 */
function parseChange(record: string): Change {
  const [, states = "", inHead = "", inTree = "", blob, changed] =
    /^1 (..) \S+ (\d+) \d+ (\d+) ([0-9a-f]+) [0-9a-f]+ ([^]*)$/.exec(record) ?? [];
  return {
    path: changed ?? record.slice(2),
    isDeleted: states === ".D",
    blob: states === ".M" && inHead === inTree ? blob : undefined,
  };
}

/**
 * Whether a file has the contents that its pointer of Git LFS stands for: the pointer of what is there must
 * be the blob of the commit.
 * @see Git LFS Specification, "The Pointer"
 */
async function isLargeFile(top: string, { path, blob }: Change): Promise<boolean> {
  if (blob === undefined) return false;
  const hash = createHash("sha256");
  let size = 0;
  const file = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(path, "latin1")]);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  const digest = hash.digest("hex");
  const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${digest}\nsize ${size}\n`;
  return createHash("sha1").update(`blob ${pointer.length}\0${pointer}`).digest("hex") === blob;
}

/** The files that the checkout's own index leaves out of a sparse checkout. */
async function listLeftOut(
  { top, gitFolder }: CheckoutTree,
  context: GitContext,
): Promise<ReadonlySet<string>> {
  const args = [`--git-dir=${gitFolder}`, `--work-tree=${top}`, "ls-files", "-t", "-z"];
  const files = splitRecords(await runGit(context, top, args));
  return new Set(files.filter((line) => line.startsWith("S ")).map((line) => line.slice(2)));
}

/** The path and the commit of each submodule. */
async function listSubmodules(git: Git, commit: string): Promise<ReadonlyMap<string, string>> {
  const entries = splitRecords(await git("ls-tree", "-r", "-z", "--full-tree", commit));
  return new Map(
    entries.flatMap((entry) => {
      const [, own, path] = /^160000 commit ([0-9a-f]+)\t([^]*)$/.exec(entry) ?? [];
      return own === undefined || path === undefined ? [] : [[path, own] as const];
    }),
  );
}

async function listSubmoduleChanges(
  { top, gitFolder }: CheckoutTree,
  { path, commit }: { readonly path: string; readonly commit: string },
  context: GitContext,
): Promise<readonly string[]> {
  const folder = `${top}/${Buffer.from(path, "latin1").toString()}`;
  const own = await readGitLink(folder);
  // A submodule that is not checked out is an empty folder, whose files `git status` does not look for.
  if (own === undefined) return (await isEmptyFolder(folder)) ? [] : [""];
  // Git keeps submodules here. Another place could be one that an archive was unpacked to.
  const isKept = relative(await realpath(gitFolder), own).startsWith("modules/");
  const submodule = { top: await realpath(folder), gitFolder: own };
  if (!isKept || (await readHead(submodule, context)) !== commit) return [""];
  return listChanges(submodule, commit, context);
}

async function isEmptyFolder(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return true;
    throw error;
  }
}

function splitRecords(text: string): readonly string[] {
  return text.split("\0").filter((record) => record !== "");
}

function showPath(path: string): string {
  return JSON.stringify(Buffer.from(path, "latin1").toString()).slice(1, -1);
}

function unreadable(message: string): ActionError {
  return new ActionError("COMMAND_FAILED", message, { hint: "Check the repository with: git fsck" });
}
