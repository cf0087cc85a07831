import { posix } from "node:path";

import type { Budget } from "./budget.js";
import type { FileFindings, LayerEntry } from "./layer-audit.js";
import { showPath } from "./tar-header.js";

/** A path of the container, after all layers. */
export type TreeNode = FolderNode | LeafNode;

interface FolderNode {
  readonly kind: "folder";
  readonly children: Map<string, TreeNode>;
  /** The uppermost layer with an entry for this folder or in it. */
  touchedBy: number;
  /** The layer that hides the content of lower layers, if it is the uppermost one. */
  opaqueIn: number;
}

interface LeafNode {
  readonly kind: "file" | "symlink" | "device";
  /** The layer that it comes from. */
  readonly layer: number;
  /** The target of a symlink. */
  readonly leadsTo: string;
  readonly findings: FileFindings | undefined;
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
const MAX_LINKS = 40;

/**
 * The files of a container: its layers applied one by one, as engines do. Engines differ: some unpack a layer
 * over the ones below it, others into a folder of its own, which overlayfs merges with the others. Where that
 * makes a difference, `apply` refuses the layer. Paths are Latin-1.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export class FileTree {
  readonly #root: FolderNode = makeFolder(-1);
  readonly #budget: Budget;
  #layer = -1;
  /** Folders of lower layers that this layer removes. */
  #removed = new Set<string>();

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** Adds the next layer. Throws a plain Error if engines would unpack it differently. */
  apply(entries: readonly LayerEntry[]): void {
    this.#layer++;
    this.#removed = new Set();
    for (const entry of entries) this.#add(entry);
  }

  /** All paths but folders, with what is there. */
  *list(): Generator<readonly [path: string, node: LeafNode], void, undefined> {
    const folders: (readonly [path: string, folder: FolderNode])[] = [["", this.#root]];
    for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
      const [path, folder] = next;
      for (const [name, node] of folder.children) {
        if (node.kind === "folder") folders.push([`${path}/${name}`, node]);
        else yield [`${path}/${name}`, node];
      }
    }
  }

  /** Whether a path of the image leads to a file. Follows symlinks in every component. */
  hasFile(path: string): boolean {
    let wanted = namesOf(path);
    for (let links = 0; links <= MAX_LINKS; links++) {
      const { node, depth } = this.#walk(wanted);
      if (node?.kind !== "symlink")
        return node !== undefined && node.kind !== "folder" && depth === wanted.length;
      const place = `/${wanted.slice(0, depth - 1).join("/")}`;
      wanted = namesOf(posix.resolve(place, node.leadsTo, ...wanted.slice(depth)));
    }
    return false;
  }

  /** Walks down to the first node that is not a folder, or to the end of the path. */
  #walk(names: readonly string[]): { readonly node: TreeNode | undefined; readonly depth: number } {
    let node: TreeNode | undefined = this.#root;
    for (const [index, name] of names.entries()) {
      node = node.children.get(name);
      if (node?.kind !== "folder") return { node, depth: index + 1 };
    }
    return { node, depth: names.length };
  }

  #add(entry: LayerEntry): void {
    const names = namesOf(entry.path);
    const name = names.pop();
    if (name === undefined) {
      if (entry.type !== "folder") throw refuse(entry, "is not a folder");
      return;
    }
    const folder = this.#enter(entry, names);
    if (name === OPAQUE) hideLower(folder, this.#layer);
    else if (name.startsWith(WHITEOUT)) this.#remove(entry, folder, name.slice(WHITEOUT.length));
    else if (entry.type === "folder") this.#addFolder(entry, folder, name);
    else this.#addLeaf(entry, folder, name);
  }

  /** The folder that contains an entry. Engines create it if it is missing. */
  #enter(entry: LayerEntry, names: readonly string[]): FolderNode {
    let folder = this.#root;
    folder.touchedBy = this.#layer;
    for (const [index, name] of names.entries()) {
      if (name.startsWith(WHITEOUT)) throw refuse(entry, "is below a whiteout");
      let child = folder.children.get(name);
      if (child === undefined) {
        this.#budget.spendPath(name);
        this.#requireKept(entry, names.slice(0, index + 1));
        child = makeFolder(this.#layer);
        folder.children.set(name, child);
      }
      // Some engines would follow the symlink, and others replace it with a folder.
      if (child.kind !== "folder") throw refuse(entry, `is below a ${child.kind}`);
      child.touchedBy = this.#layer;
      folder = child;
    }
    return folder;
  }

  /** The content of a removed folder would stay below its replacement in overlayfs. */
  #requireKept(entry: LayerEntry, names: readonly string[]): void {
    if (this.#removed.size === 0) return;
    if (this.#removed.has(`/${names.join("/")}`))
      throw refuse(entry, "is in a folder that the layer also removes");
  }

  #addFolder(entry: LayerEntry, folder: FolderNode, name: string): void {
    const before = folder.children.get(name);
    if (before?.kind === "folder") {
      before.touchedBy = this.#layer;
      return;
    }
    if (before?.layer === this.#layer) throw refuse(entry, "is a folder and something else");
    this.#requireKept(entry, namesOf(entry.path));
    folder.children.set(name, makeFolder(this.#layer));
  }

  #addLeaf(entry: LayerEntry, folder: FolderNode, name: string): void {
    const before = folder.children.get(name);
    if (before?.kind === "folder" && before.touchedBy === this.#layer) {
      throw refuse(entry, "is a folder and something else");
    }
    const kind = entry.type === "fifo" || entry.type === "device" ? "device" : entry.type;
    // An engine without root skips devices, so the file would stay.
    if (entry.type === "device" && before !== undefined && before.kind !== "device") {
      throw refuse(entry, "is a device in place of a file");
    }
    if (kind === "hard-link") folder.children.set(name, this.#findLinked(entry));
    else if (kind !== "folder") {
      const { linkName: leadsTo, findings } = entry;
      folder.children.set(name, { kind, layer: this.#layer, leadsTo, findings });
    }
  }

  /** The file that a hard link leads to. In overlayfs, a layer cannot link to a file of a lower layer. */
  #findLinked(entry: LayerEntry): LeafNode {
    const names = namesOf(posix.resolve("/", entry.linkName));
    const { node, depth } = this.#walk(names);
    if (
      node === undefined ||
      node.kind === "folder" ||
      depth !== names.length ||
      node.layer !== this.#layer
    ) {
      throw refuse(entry, `is a hard link to ${showPath(entry.linkName)}, which is not a file of that layer`);
    }
    return node;
  }

  #remove(entry: LayerEntry, folder: FolderNode, name: string): void {
    // Engines would remove the folder itself, or the one above it.
    if (["", ".", ".."].includes(name) || name.startsWith(WHITEOUT)) throw refuse(entry, "is not a whiteout");
    const before = folder.children.get(name);
    if (before === undefined) return;
    if ((before.kind === "folder" ? before.touchedBy : before.layer) === this.#layer) {
      throw refuse(entry, "removes a file that the layer also has");
    }
    if (before.kind === "folder") this.#removed.add(posix.join(posix.dirname(entry.path), name));
    folder.children.delete(name);
  }
}

/** Removes what lower layers have in a folder. */
function hideLower(folder: FolderNode, layer: number): void {
  if (folder.opaqueIn === layer) return;
  folder.opaqueIn = layer;
  for (const [name, node] of folder.children) {
    if ((node.kind === "folder" ? node.touchedBy : node.layer) < layer) folder.children.delete(name);
    else if (node.kind === "folder") hideLower(node, layer);
  }
}

function makeFolder(layer: number): FolderNode {
  return { kind: "folder", children: new Map(), touchedBy: layer, opaqueIn: -1 };
}

function namesOf(path: string): string[] {
  return path.split("/").filter((name) => name !== "");
}

function refuse({ path }: LayerEntry, why: string): Error {
  return new Error(`its file ${showPath(path)} ${why}, so engines would unpack it differently`);
}
