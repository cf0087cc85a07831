import { posix } from "node:path";

import { RE2JS } from "re2js";

import type { StorePath } from "../model/store-path.js";
import { renderGoHeader } from "./go-tar.js";
import { ChunkWriter, listEntries } from "./store-layer.js";
import { showPath } from "./tar-header.js";
import { BLOCK_BYTES, type TarEntry, type TarOwner } from "./ustar-block.js";

/** A store path in a layer of nix2container, and what is changed in the tar. Expressions are as in Go. */
export interface LayerPath {
  readonly path: StorePath;
  /** Replaces the start of paths. A path of which nothing remains is left out. */
  readonly rewrite: { readonly regex: string; readonly replacement: string } | undefined;
  readonly perms: readonly Permission[];
}

/** The owner and the mode of the files whose path in the store matches. */
export interface Permission {
  readonly regex: string;
  readonly uid: number;
  readonly gid: number;
  /** Latin-1, as all texts of a tar; `root` if undefined. */
  readonly uname: string | undefined;
  readonly gname: string | undefined;
  /** That of the file if undefined. */
  readonly mode: number | undefined;
}

const ROOT: TarOwner = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };

/** Throws a plain Error unless Go has such regular expressions. Matching takes linear time. */
export function compileGoRegex(regex: string): RE2JS {
  return RE2JS.compile(regex);
}

/**
 * Writes the tar of a layer as nix2container does, in chunks of 256 KiB: every folder with its files in the
 * order of their names. Each chunk is overwritten by the next. Files of several store paths may have the same
 * path in the tar: the last one is written, and they have to be equal in type, mode, size and permissions.
 * Synchronous, since it runs in a thread of its own. Throws a plain Error for files that differ, and as
 * `writeStoreLayer` does.
 * @see https://github.com/nlewo/nix2container, nix/tar.go and nix/graph.go
 */
export function openNix2containerLayer(paths: readonly LayerPath[]): Nix2containerTar {
  const root: PathNode = { file: undefined, children: new Map() };
  for (const path of paths) addPath(root, path);
  return { chunks: writeTree(root), findFile: (name) => findNode(root, name)?.file?.entry.name };
}

export interface Nix2containerTar {
  readonly chunks: Iterable<Buffer>;
  /** The path in the store of what is in the tar. Names are Latin-1. */
  readonly findFile: (name: string) => string | undefined;
}

function* writeTree(root: PathNode): Generator<Buffer> {
  const chunks = new ChunkWriter();
  for (const [name, file] of listNodes(root, "")) {
    yield* chunks.write(renderHeader(name, file));
    if (file?.entry.type === "file") yield* chunks.writeFile(file.entry);
  }
  yield* chunks.write(Buffer.alloc(2 * BLOCK_BYTES));
  yield* chunks.end();
}

interface LayerFile {
  /** Named by its path in the store. */
  readonly entry: TarEntry;
  readonly perms: readonly CompiledPermission[];
}

type CompiledPermission = Permission & { readonly compiled: RE2JS };

/** A path in the tar. Without a file, it is a folder that no store path has. */
interface PathNode {
  file: LayerFile | undefined;
  children: Map<string, PathNode> | undefined;
}

function addPath(root: PathNode, { path, rewrite, perms: given }: LayerPath): void {
  const regex = rewrite === undefined ? undefined : compileGoRegex(rewrite.regex);
  const perms = given.map((perm) => ({ ...perm, compiled: compileGoRegex(perm.regex) }));
  for (const entry of listEntries(path)) {
    const matcher = regex?.matcher(Buffer.from(entry.name, "latin1"));
    const isMatch = matcher?.find() === true;
    const name = isMatch ? `${rewrite?.replacement ?? ""}${entry.name.slice(matcher.end())}` : entry.name;
    if (name !== "") addFile(root, name, { entry, perms });
  }
}

function addFile(root: PathNode, path: string, file: LayerFile): void {
  const name = posix.normalize(path);
  const parts = name === "/" ? [""] : name.split("/");
  if (parts.includes("..")) throw new Error(`${showPath(path)}, where a file should go, is not in the image`);
  let node = root;
  for (const part of parts) {
    const children: Map<string, PathNode> = (node.children ??= new Map<string, PathNode>());
    let child = children.get(part);
    if (child === undefined) children.set(part, (child = { file: undefined, children: undefined }));
    node = child;
  }
  if (node.file !== undefined) requireEqual(name, node.file, file);
  node.file = file;
}

function findNode(root: PathNode, name: string): PathNode | undefined {
  return name.split("/").reduce<PathNode | undefined>((node, part) => node?.children?.get(part), root);
}

/** Throws if nix2container refuses to write one file in place of the other. */
function requireEqual(name: string, before: LayerFile, after: LayerFile): void {
  const describe = ({ entry: { type, mode, sizeBytes }, perms }: LayerFile) =>
    JSON.stringify([type, mode, sizeBytes, perms.map((perm) => ({ ...perm, compiled: undefined }))]);
  if (describe(before) === describe(after)) return;
  const files = [before, after].map(({ entry }) => showPath(entry.name));
  throw new Error(`its files ${files.join(" and ")} differ, and both go to ${showPath(name)}`);
}

/** All paths, each folder before what is in it. */
function* listNodes(
  { children }: PathNode,
  base: string,
): Generator<readonly [name: string, file: LayerFile | undefined]> {
  // The default order of Latin-1 texts is that of their bytes.
  for (const [part, node] of [...(children ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = part === "" ? "/" : base === "" || base === "/" ? `${base}${part}` : `${base}/${part}`;
    yield [name, node.file];
    yield* listNodes(node, name);
  }
}

function renderHeader(name: string, file: LayerFile | undefined): Buffer {
  if (file === undefined) {
    return renderGoHeader({ name, type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" }, ROOT);
  }
  const { entry, perms } = file;
  const path = Buffer.from(entry.name, "latin1");
  let owner = ROOT;
  let mode = entry.type === "symlink" ? 0o777 : entry.mode;
  for (const { compiled, uid, gid, uname = owner.uname, gname = owner.gname, mode: wanted } of perms) {
    if (!compiled.matcher(path).find()) continue;
    owner = { ...owner, uid, gid, uname, gname };
    mode = wanted ?? mode;
  }
  return renderGoHeader({ ...entry, name, mode }, owner);
}
