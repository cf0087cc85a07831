import { posix } from "node:path";

import { ActionError, renderError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { Blob } from "../model/image.js";
import { type EntryChange, filterTar, TAR_END } from "./filter-tar.js";
import { renderGoHeader, renderPaxHeader } from "./go-tar.js";
import { readLayerTar } from "./layer-tar.js";
import { BLOCK_BYTES, showPath, type TarHeader } from "./tar-header.js";
import { renderPaxRecord } from "./ustar-block.js";
import { listFolders, OPAQUE, WHITEOUT } from "./visible-paths.js";

/**
 * The tar of a layer with whiteouts as overlayfs has them: unpacked into a folder of its own, it is a lower
 * layer of a mount. Rejects with `GATE_MISMATCH` at its end if the layer's bytes do not have its digest, or
 * its tar not its diff ID, and with `GATE_FAILED` if it is malformed, or unpacking it could leave the folder.
 * @see https://www.kernel.org/doc/html/latest/filesystems/overlayfs.html
 */
export async function* readOverlayLayer(layer: Blob, diffId: Digest): AsyncGenerator<Uint8Array> {
  const entries = new OverlayEntries();
  try {
    yield* filterTar(readLayerTar(layer, diffId), (header, raw) => entries.change(header, raw));
    yield TAR_END;
  } catch (cause) {
    if (cause instanceof ActionError) throw cause;
    const why = renderError(cause);
    throw new ActionError("GATE_FAILED", `the layer ${layer.digest} cannot be unpacked: ${why}`, {
      cause,
      hint: "Build the image again, with a tool that writes plain layers.",
    });
  }
}

const OWNER = { mtime: 0, uid: 0, gid: 0, uname: "", gname: "" };
const OPAQUE_RECORD = renderPaxRecord("SCHILY.xattr.trusted.overlay.opaque", "y");

/** Translates the entries of one layer. Paths are Latin-1. */
class OverlayEntries {
  /** Folders with their headers. */
  readonly #folders = new Map<string, Buffer>();
  /** Files, links and devices with their mode and owner, as in the tar. */
  readonly #leaves = new Map<string, string>();
  readonly #whiteouts = new Set<string>();

  change(header: TarHeader, raw: Uint8Array): EntryChange {
    const path = posix.resolve("/", header.name);
    const before = listFolders(path).flatMap((folder) => this.#enter(path, folder));
    const [folder, base] = [posix.dirname(path), posix.basename(path)];
    if (base === OPAQUE) return { before: [...before, this.#renderOpaque(folder)], isKept: false };
    if (base.startsWith(WHITEOUT)) {
      const name = base.slice(WHITEOUT.length);
      if (["", ".", ".."].includes(name) || name.startsWith(WHITEOUT))
        throw refuse(path, "is not a whiteout");
      const whiteout = this.#addWhiteout(posix.join(folder, name));
      return { before: [...before, whiteout], isKept: false };
    }
    this.#add(path, header, raw);
    return { before, isKept: true };
  }

  /** The entry of a folder that contains an entry, if it has none yet: it must not depend on the umask. */
  #enter(path: string, folder: string): readonly Uint8Array[] {
    if (this.#leaves.has(folder) || this.#whiteouts.has(folder) || isWhiteout(folder))
      throw refuse(path, `is below ${showPath(folder)}, which is not a folder`);
    if (folder === "/" || this.#folders.has(folder)) return [];
    const header = renderFolder(folder);
    this.#folders.set(folder, header);
    return [header];
  }

  #add(path: string, { type, linkName }: TarHeader, raw: Uint8Array): void {
    if (this.#whiteouts.has(path)) throw refuse(path, "is in a layer that also removes it");
    if (type === "folder" ? this.#leaves.has(path) : this.#folders.has(path) || path === "/")
      throw refuse(path, "is a folder and something else");
    if (type === "folder") {
      this.#folders.set(path, Buffer.from(raw));
      return;
    }
    const owner = readOwner(raw);
    if (type === "hard-link") {
      const linked = this.#leaves.get(posix.resolve("/", linkName));
      if (linked === undefined)
        throw refuse(path, `is a hard link to ${showPath(linkName)}, which is not a file of that layer`);
      // Docker changes the file then, and tar does not.
      if (linked !== owner) throw refuse(path, `has another mode or owner than ${showPath(linkName)}`);
    }
    this.#leaves.set(path, owner);
  }

  #addWhiteout(path: string): Buffer {
    if (this.#leaves.has(path) || this.#folders.has(path))
      throw refuse(path, "is in a layer that also removes it");
    this.#whiteouts.add(path);
    const entry = { name: path.slice(1), type: "whiteout", mode: 0, sizeBytes: 0, linkName: "" } as const;
    return renderGoHeader(entry, OWNER);
  }

  /** The entry of a folder once more, with the attribute that hides what lower layers have in it. */
  #renderOpaque(folder: string): Buffer {
    const header = this.#folders.get(folder) ?? renderFolder(folder);
    const block = header.subarray(-BLOCK_BYTES);
    return Buffer.concat([renderPaxHeader(".", `${readRecords(header, folder)}${OPAQUE_RECORD}`), block]);
  }
}

/** The fields `mode`, `uid` and `gid` of an entry. @see pax(1), "ustar Interchange Format" */
function readOwner(raw: Uint8Array): string {
  return Buffer.from(raw.subarray(-BLOCK_BYTES)).toString("latin1", 100, 124);
}

function isWhiteout(path: string): boolean {
  return posix.basename(path).startsWith(WHITEOUT);
}

function renderFolder(path: string): Buffer {
  const name = path === "/" ? "./" : `${path.slice(1)}/`;
  return renderGoHeader({ name, type: "folder", mode: 0o755, sizeBytes: 0, linkName: "" }, OWNER);
}

/** The PAX records of an entry. A GNU header for a long name becomes such a record. */
function readRecords(header: Buffer, path: string): string {
  const hasPax = header.length > BLOCK_BYTES && header[156] === "x".charCodeAt(0);
  if (!hasPax) return path === "/" ? "" : renderPaxRecord("path", `${path.slice(1)}/`);
  const sizeBytes = parseInt(header.toString("latin1", 124, 135), 8);
  return header.toString("latin1", BLOCK_BYTES, BLOCK_BYTES + sizeBytes);
}

function refuse(path: string, why: string): Error {
  return new Error(`its file ${showPath(path)} ${why}`);
}
