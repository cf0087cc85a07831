import {
  applyExtension,
  BLOCK_BYTES,
  decodeHeader,
  parseLongName,
  parsePaxHeader,
  requireComment,
  type TarExtension,
  type TarHeader,
} from "./tar-header.js";

/** Receives the content of one entry in chunks: parts of those that the reader receives. */
export interface ContentSink {
  write(chunk: Uint8Array): void;
  /** The reader waits for the promise, if there is one, before it continues. */
  end(): Promise<void> | undefined;
}

/** An entry as it is in the tar. */
export interface RawEntry {
  /**
   * The header's bytes, after those of the extension headers that belong to it. They are valid only during
   * the call.
   */
  readonly bytes: Uint8Array;
  /** Where the content starts in the tar. */
  readonly contentStart: number;
}

type OnEntry = (header: TarHeader, raw: RawEntry) => ContentSink;

/** Go rejects larger extension headers. @see archive/tar, maxSpecialFileSize */
const MAX_EXTENSION_BYTES = 1 << 20;
const ZEROS = Buffer.alloc(BLOCK_BYTES);

/** Two blocks of zeros mark the end of a tar. */
const END_BLOCKS = 2;

/**
 * Reads a layer's tar in chunks, as container engines do: none of them reads on after the end marker. They
 * differ in what they make of an odd tar: sparse files, content of a symlink. A foreign program could hide in
 * any such difference, so this reader refuses every tar that no image builder writes. Throws plain Errors.
 * @see pax(1), "ustar Interchange Format"; Go's archive/tar, which Docker, Podman and containerd use
 */
export class TarReader {
  readonly #onEntry: OnEntry;
  readonly #block = Buffer.alloc(BLOCK_BYTES);
  #filled = 0;
  /** How much of the tar was read. */
  #position = 0;
  #sink: ContentSink | undefined;
  #contentLeft = 0;
  #paddingLeft = 0;
  #zeroBlocks = 0;
  /** What the extension headers before the next entry say. */
  #extension: TarExtension = {};
  /** The flags of these headers. */
  #extensions = "";
  /** These headers with their content, as in the tar. */
  #rawExtensions: Buffer[] = [];

  constructor(onEntry: OnEntry) {
    this.#onEntry = onEntry;
  }

  /** The chunk may be overwritten when the promise has resolved. */
  async write(chunk: Uint8Array): Promise<void> {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    while (rest.length > 0 && this.#zeroBlocks < END_BLOCKS) {
      if (this.#contentLeft > 0) {
        const part = rest.subarray(0, this.#contentLeft);
        this.#contentLeft -= part.length;
        this.#position += part.length;
        rest = rest.subarray(part.length);
        this.#sink?.write(part);
        if (this.#contentLeft === 0) {
          const ended = this.#sink?.end();
          // Most entries need no wait, and a promise for each of them costs more than reading them.
          if (ended !== undefined) await ended;
        }
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(rest.length, this.#paddingLeft);
        this.#paddingLeft -= skipped;
        this.#position += skipped;
        rest = rest.subarray(skipped);
      } else {
        const taken = Math.min(rest.length, BLOCK_BYTES - this.#filled);
        rest.copy(this.#block, this.#filled, 0, taken);
        this.#filled += taken;
        this.#position += taken;
        rest = rest.subarray(taken);
        if (this.#filled === BLOCK_BYTES) {
          this.#filled = 0;
          const ended = this.#takeBlock();
          if (ended !== undefined) await ended;
        }
      }
    }
  }

  /** Throws a plain Error if the tar is incomplete. */
  end(): void {
    const isInside = this.#contentLeft > 0 || this.#paddingLeft > 0 || this.#extensions !== "";
    if (isInside || this.#filled > 0) {
      throw new Error("it has a layer that ends within a tar entry");
    }
  }

  #takeBlock(): Promise<void> | undefined {
    if (this.#block.equals(ZEROS)) {
      if (this.#extensions !== "") throw new Error("it has a tar extension header without an entry");
      this.#zeroBlocks++;
      return undefined;
    }
    // Go rejects a single block of zeros between entries.
    if (this.#zeroBlocks > 0) throw new Error("it has a layer with half an end marker within its tar");
    const raw = decodeHeader(this.#block);
    if ("xgLK".includes(raw.flag)) return this.#expect(raw.sizeBytes, this.#collect(raw.flag, raw.sizeBytes));
    const header = applyExtension(raw, this.#extension);
    const bytes =
      this.#extensions === "" ? this.#block : Buffer.concat([...this.#rawExtensions, this.#block]);
    this.#extension = {};
    this.#extensions = "";
    this.#rawExtensions = [];
    return this.#expect(header.sizeBytes, this.#onEntry(header, { bytes, contentStart: this.#position }));
  }

  #expect(sizeBytes: number, sink: ContentSink): Promise<void> | undefined {
    this.#sink = sink;
    this.#contentLeft = sizeBytes;
    this.#paddingLeft = paddingAfter(sizeBytes).length;
    return sizeBytes === 0 ? sink.end() : undefined;
  }

  #collect(flag: string, sizeBytes: number): ContentSink {
    if (sizeBytes > MAX_EXTENSION_BYTES) throw new Error("it has a tar extension header of more than 1 MiB");
    const isPax = flag === "x";
    // Readers disagree on which of several extension headers counts.
    const isRepeated = this.#extensions.includes(flag);
    const isMixed = flag !== "g" && this.#extensions !== "" && (isPax || this.#extensions.includes("x"));
    if (isRepeated || isMixed || (flag === "g" && this.#extensions !== "")) {
      throw new Error("it has several tar extension headers for one entry");
    }
    const chunks: Uint8Array[] = [];
    const header = Buffer.from(this.#block);
    return {
      write: (chunk) => {
        chunks.push(Buffer.from(chunk));
      },
      end: () => {
        const bytes = Buffer.concat(chunks);
        if (flag === "g") requireComment(bytes);
        else {
          this.#rawExtensions.push(header, bytes, paddingAfter(sizeBytes));
          this.#extensions += flag;
          this.#extension = { ...this.#extension, ...parseExtension(flag, bytes) };
        }
        return undefined;
      },
    };
  }
}

/** The zeros that fill the last block of an entry's content. */
export function paddingAfter(sizeBytes: number): Buffer {
  return ZEROS.subarray(0, (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

function parseExtension(flag: string, bytes: Buffer): TarExtension {
  if (flag === "x") return parsePaxHeader(bytes);
  return flag === "L" ? { name: parseLongName(bytes) } : { linkName: parseLongName(bytes) };
}
