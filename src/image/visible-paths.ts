import { posix } from "node:path";

import { showPath, type TarHeader } from "./tar-header.js";

/** The layers of an image cannot be merged, since engines might show something else. */
export class UnmergeableError extends Error {}

/** The beginning of the name of an entry that removes something from the layers below. */
export const WHITEOUT = ".wh.";
/** The entry that hides what the layers below have in its folder. */
export const OPAQUE = ".wh..wh..opq";

/**
 * Decides which entries of an image's layers a container shows. It reads the entries of the uppermost layer
 * first, then those of the layer below it, and so on. The audit (see `FileTree`) must have passed the image:
 * then engines show the same files. `shows` throws `UnmergeableError` where they may differ in something
 * else, such as the mode of a folder. Paths are Latin-1.
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 */
export class VisiblePaths {
  /** Paths for which an upper layer has an entry, or which it removes. */
  readonly #decided = new Set<string>();
  /** Paths below which nothing of a lower layer is visible. */
  readonly #closed = new Set<string>();
  /** Folders that an upper layer has files in, but no entry for. */
  readonly #implied = new Set<string>();
  #layer = startLayer();

  /** Whether an entry of this layer is in the container. A whiteout never is. */
  shows({ name, type, linkName }: TarHeader): boolean {
    const path = posix.resolve("/", name);
    const own = this.#layer;
    const [folder, base] = [posix.dirname(path), posix.basename(path)];
    // Some engines remove what they have unpacked in such a folder, and others keep it.
    if (base === OPAQUE && own.folders.has(folder))
      throw new UnmergeableError(`a layer hides ${showPath(folder)} after it has put files there`);
    for (const above of listFolders(path)) own.folders.add(above);
    const isHidden = this.#isHidden(path);
    if (base.startsWith(WHITEOUT)) {
      if (base === OPAQUE) own.closed.add(folder);
      else own.replaced.add(posix.join(folder, base.slice(WHITEOUT.length)));
      return false;
    }
    if (type === "folder") own.listed.add(path);
    else own.replaced.add(path);
    // A link's header also sets the mode and the owner of its file.
    if (type === "hard-link" && own.shown.has(posix.resolve("/", linkName)) === isHidden)
      throw new UnmergeableError(`an upper layer replaces one of ${showPath(path)} and what it is linked to`);
    if (isHidden) return false;
    // Some engines give the folder the mode of the lower layer's entry, and others a default.
    if (this.#implied.has(path))
      throw new UnmergeableError(`an upper layer has files in ${showPath(path)}, but no entry for it`);
    // Engines refuse a tar that has a path twice.
    if (own.shown.has(path)) throw new UnmergeableError(`a layer has ${showPath(path)} twice`);
    own.shown.add(path);
    return true;
  }

  /** Continues with the layer below. */
  descend(): void {
    const { listed, replaced, closed, folders } = this.#layer;
    for (const path of folders) if (path !== "/" && !listed.has(path)) this.#implied.add(path);
    for (const path of [...listed, ...replaced]) this.#decided.add(path);
    for (const path of [...closed, ...replaced]) this.#closed.add(path);
    this.#layer = startLayer();
  }

  #isHidden(path: string): boolean {
    return this.#decided.has(path) || listFolders(path).some((folder) => this.#closed.has(folder));
  }
}

/** What one layer has. */
function startLayer() {
  const paths = () => new Set<string>();
  return {
    /** Folders with an entry. */
    listed: paths(),
    /** Paths that have something else than a folder, or are removed. */
    replaced: paths(),
    /** Folders whose lower content is hidden. */
    closed: paths(),
    /** Folders that contain an entry. */
    folders: paths(),
    /** Entries that are in the container. */
    shown: paths(),
  };
}

/** The folders that contain a path, from the root down. */
export function listFolders(path: string): readonly string[] {
  const folders = path === "/" ? [] : ["/"];
  for (let end = path.indexOf("/", 1); end !== -1; end = path.indexOf("/", end + 1))
    folders.push(path.slice(0, end));
  return folders;
}
