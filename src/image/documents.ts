import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";

import { type Digest, digestOfHex } from "../model/digest.js";

/** The members of an image that are not layers: manifests, configs, and whatever else is beside the image. */
export interface Documents {
  has(name: string): boolean;
  /**
   * The bytes of a document; undefined if there is none of that name. Throws a plain Error if it is too
   * large, or if all that were read are too large together.
   */
  read(name: string): Uint8Array | undefined;
}

type Content = { readonly bytes: Uint8Array } | { readonly file: string } | "too large";

/**
 * Total size of the documents that describe one image, and of those that are kept in memory. Other documents,
 * such as SBOMs and the manifests of other platforms, may be of any size.
 */
const MAX_BYTES = 16 << 20;

/** Keeps documents until it is known which of them describe the image. */
export class DocumentStore implements Documents {
  readonly #workFolder: string;
  readonly #documents = new Map<string, { readonly digest: Digest; readonly content: Content }>();
  readonly #read = new Map<string, number>();
  #memoryBytes = 0;

  /** Documents that do not fit into memory are written to files in `workFolder`. */
  constructor(workFolder: string) {
    this.#workFolder = workFolder;
  }

  /** Reads a document to its end. Rejects with a plain Error if there is another one of the same name. */
  async take(name: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const hash = createHash("sha256");
    let kept: Uint8Array[] | undefined = [];
    let sizeBytes = 0;
    for await (const chunk of chunks) {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > MAX_BYTES) kept = undefined;
      kept?.push(chunk);
    }
    const digest = digestOfHex(hash.digest("hex"));
    const before = this.#documents.get(name);
    // Some readers use the first of two members with the same name, others the last.
    if (before !== undefined && before.digest !== digest)
      throw new Error(`it has two different members ${JSON.stringify(name)}`);
    if (before !== undefined) return;
    const content = kept === undefined ? "too large" : await this.#keep(Buffer.concat(kept));
    this.#documents.set(name, { digest, content });
  }

  has(name: string): boolean {
    return this.#documents.has(name);
  }

  read(name: string): Uint8Array | undefined {
    const content = this.#documents.get(name)?.content;
    if (content === undefined) return undefined;
    const bytes =
      content === "too large" ? undefined : "bytes" in content ? content.bytes : readFileSync(content.file);
    if (bytes !== undefined) {
      this.#read.set(name, bytes.length);
      const sum = [...this.#read.values()].reduce((total, size) => total + size, 0);
      if (sum <= MAX_BYTES) return bytes;
    }
    throw new Error(`its documents are larger than ${MAX_BYTES} bytes, among them ${JSON.stringify(name)}`);
  }

  async #keep(bytes: Uint8Array): Promise<Content> {
    if (this.#memoryBytes + bytes.length <= MAX_BYTES) {
      this.#memoryBytes += bytes.length;
      return { bytes };
    }
    const file = `${this.#workFolder}/document-${this.#documents.size}`;
    await writeFile(file, bytes);
    return { file };
  }
}
