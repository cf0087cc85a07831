import pLimit from "p-limit";

import { ActionError } from "../errors/action-error.js";
import type { StorePath } from "../model/store-path.js";
import { ConnectionError, ProxyError, StatusError } from "../platform/retry.js";
import { isErrno } from "../errors/errno.js";
import type { CacheFiles } from "./cache-files.js";
import type { CacheWriter, Sent, StoredPath } from "./cache-writer.js";
import { nameNarInfo, renderFingerprint, renderNarInfo } from "./narinfo.js";
import { renderNixBase32 } from "./nix-base32.js";
import { packNar } from "./pack-nar.js";
import type { Sign } from "./signing-key.js";

export interface NarWriterOptions {
  readonly files: CacheFiles;
  /** Signs each path; undefined: paths keep the signatures that they have. */
  readonly sign: Sign | undefined;
  /** For compressed NARs that do not fit into memory. */
  readonly spoolFolder: string;
}

const QUESTIONS_AT_ONCE = 32;
const CACHE_INFO = "StoreDir: /nix/store\nWantMassQuery: 1\n";

/**
 * Fills a binary cache in Nix's format: a compressed NAR and then a `.narinfo` for each path, so that every
 * path that the cache lists is complete.
 * @see Nix manual, "Local Binary Cache Store"; NixOS/nix, src/libstore/binary-cache-store.cc
 */
export class NarWriter implements CacheWriter {
  readonly #files: CacheFiles;
  readonly #sign: Sign | undefined;
  readonly #spoolFolder: string;
  readonly #ask = pLimit(QUESTIONS_AT_ONCE);
  #opened: Promise<void> | undefined;

  constructor({ files, sign, spoolFolder }: NarWriterOptions) {
    this.#files = files;
    this.#sign = sign;
    this.#spoolFolder = spoolFolder;
  }

  get uri(): string {
    return this.#files.uri;
  }

  async findPresent(paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>> {
    return this.#explain(async () => {
      await this.#open();
      const found = await this.#ask.map(paths, (path) => this.#files.has(nameNarInfo(path)));
      return new Set(paths.filter((_, index) => found[index] === true));
    });
  }

  async send(stored: StoredPath): Promise<Sent> {
    await this.#explain(() => this.#open());
    const { info } = stored;
    const packed = await packNar(stored, this.#spoolFolder);
    try {
      const { sizeBytes, hash, body } = packed;
      const name = `nar/${renderNixBase32(hash)}.nar.zst`;
      const own = this.#sign?.(renderFingerprint(info));
      const signatures = [...info.signatures, ...(own === undefined ? [] : [own])];
      const narInfo = renderNarInfo(info, { name, compression: "zstd", hash, sizeBytes }, signatures);
      await this.#explain(async () => {
        await this.#files.write(name, body);
        await this.#files.write(nameNarInfo(info.path), Buffer.from(narInfo));
      });
      return { bytes: sizeBytes };
    } finally {
      await packed.discard();
    }
  }

  close(): Promise<void> {
    this.#files.close();
    return Promise.resolve();
  }

  /** Makes the place a binary cache, once. */
  #open(): Promise<void> {
    this.#opened ??= this.#begin();
    return this.#opened;
  }

  async #begin(): Promise<void> {
    const present = await this.#files.read("nix-cache-info");
    if (present === undefined) {
      await this.#files.write("nix-cache-info", Buffer.from(CACHE_INFO));
      return;
    }
    const folder = /^StoreDir: *(.*)$/m.exec(present)?.[1] ?? "/nix/store";
    if (folder === "/nix/store") return;
    throw new ActionError(
      "CACHE_FAILED",
      `the binary cache ${this.uri} is for the store ${JSON.stringify(folder.slice(0, 200))}`,
      { hint: "Use a cache for /nix/store." },
    );
  }

  async #explain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw cause instanceof ActionError ? cause : toCacheError(this.uri, cause);
    }
  }
}

function toCacheError(uri: string, cause: unknown): ActionError {
  return new ActionError("CACHE_FAILED", `could not push to the binary cache ${uri}`, {
    cause,
    hint: adviseOn(cause),
  });
}

function adviseOn(cause: unknown): string {
  if (cause instanceof StatusError && [401, 403].includes(cause.status)) {
    return "The server rejected the user or the password.";
  }
  if (cause instanceof ConnectionError || cause instanceof ProxyError) {
    return "Check that the server is up and can be reached from this machine.";
  }
  if (isErrno(cause, "ENOSPC", "EDQUOT")) return "Free space on the disk of the cache.";
  return "Check that the cache is writable (a server must accept PUT) and that its disk is not full.";
}
