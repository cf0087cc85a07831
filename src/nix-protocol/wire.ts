import { ActionError } from "../errors/action-error.js";
import { ProtocolError } from "./protocol-error.js";

/**
 * Nix's wire format, as its daemons and its exports have it: 64 bit words, little endian; strings with their length before and zeros
 * behind, up to a whole word. Rejects with a `ProtocolError` for what cannot be parsed, and with a plain `BUILDER_UNREACHABLE` where the
 * stream ends or breaks: the other end is a builder.
 * @see NixOS/nix, src/libutil/serialise.cc
 */
export class WireReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #maxStringBytes: number;
  #buffer: Buffer = Buffer.alloc(0);
  #read: Buffer[] = [];
  #readBytes = 0;
  #isKeeping: boolean;

  /** With `isKeeping`, all that is read is there for `takeRead`. */
  constructor(source: AsyncIterable<Buffer>, maxStringBytes: number, isKeeping: boolean) {
    this.#source = source[Symbol.asyncIterator]();
    this.#maxStringBytes = maxStringBytes;
    this.#isKeeping = isKeeping;
  }

  async readWord(): Promise<number> {
    const word = (await this.#take(8)).readBigUInt64LE();
    if (word > BigInt(Number.MAX_SAFE_INTEGER)) throw unreadable("a number is impossibly large");
    return Number(word);
  }

  /** The length of a list that follows. */
  async readCount(): Promise<number> {
    const count = await this.readWord();
    if (count > MAX_ITEMS) throw unreadable("a list is impossibly long");
    return count;
  }

  /** A word that is a name and no number: any 64 bits. */
  async readBits(): Promise<bigint> {
    return (await this.#take(8)).readBigUInt64LE();
  }

  async readString(): Promise<Buffer> {
    const length = await this.readWord();
    if (length > this.#maxStringBytes) throw unreadable("a name is impossibly long");
    return (await this.#take(pad(length))).subarray(0, length);
  }

  async readStrings(): Promise<readonly string[]> {
    const count = await this.readCount();
    const strings: string[] = [];
    for (let i = 0; i < count; i++) strings.push((await this.readString()).toString("utf8"));
    return strings;
  }

  /** One NAR, as it comes: nodes within nodes; only the contents of files are long. @see Nix manual, "Nix Archive (NAR) format" */
  async *passArchive(): AsyncGenerator<Buffer, void> {
    const wasKeeping = this.#isKeeping;
    this.#isKeeping = true;
    const word = async () => (await this.readString()).toString("latin1");
    if ((await word()) !== "nix-archive-1") throw unreadable("an archive does not begin as one");
    let depth = 0;
    do {
      switch (await word()) {
        case "(":
          depth += 1;
          break;
        case ")":
          depth -= 1;
          break;
        case "type":
        case "target":
        case "name":
        case "executable":
          await this.readString();
          break;
        case "contents":
          yield* this.#passContents();
          break;
        case "entry":
        case "node":
          break;
        default:
          throw unreadable("an archive has an unknown part");
      }
      if (this.#readBytes >= PIECE_BYTES) yield this.takeRead();
    } while (depth > 0);
    this.#isKeeping = wasKeeping;
    yield this.takeRead();
  }

  /** All that was read since the last call, as it came. */
  takeRead(): Buffer {
    const read = Buffer.concat(this.#read, this.#readBytes);
    this.#read = [];
    this.#readBytes = 0;
    return read;
  }

  /** The contents of a file: long ones as they come. */
  async *#passContents(): AsyncGenerator<Buffer, void> {
    let left = pad(await this.readWord());
    if (left <= PIECE_BYTES) {
      await this.#take(left);
      return;
    }
    yield this.takeRead();
    while (left > 0) {
      if (this.#buffer.length === 0) await this.#fill(1);
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  async #take(length: number): Promise<Buffer> {
    if (this.#buffer.length < length) await this.#fill(length);
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    if (this.#isKeeping) {
      this.#read.push(bytes);
      this.#readBytes += length;
    }
    return bytes;
  }

  async #next(): Promise<IteratorResult<Buffer>> {
    try {
      return await this.#source.next();
    } catch (cause) {
      // A stream that is destroyed has words of Node's own for it.
      throw cause instanceof ActionError ? cause : cutOff("the connection was lost");
    }
  }

  /** Reads until there are so many bytes. They are joined once: a long string comes in many pieces. */
  async #fill(length: number): Promise<void> {
    const pieces = this.#buffer.length === 0 ? [] : [this.#buffer];
    let bytes = this.#buffer.length;
    while (bytes < length) {
      const next = await this.#next();
      if (next.done === true) throw cutOff("it was cut short");
      pieces.push(next.value);
      bytes += next.value.length;
    }
    const [first = Buffer.alloc(0)] = pieces;
    this.#buffer = pieces.length > 1 ? Buffer.concat(pieces, bytes) : first;
  }
}

/** The parts of an archive are small, but for the contents of its files: they are passed on together. */
const PIECE_BYTES = 1 << 16;
const MAX_ITEMS = 1_000_000;

/** What is to be written: a number is a word, a list has its length before. Text is bytes, a character each, where it is no UTF-8. */
export type WireValue = number | string | Buffer | readonly WireValue[];

/** Values in the wire format, one after the other. */
export function renderWire(values: readonly WireValue[]): Buffer {
  return Buffer.concat(values.map(renderValue));
}

function renderValue(value: WireValue): Buffer {
  if (typeof value === "number") {
    const word = Buffer.alloc(8);
    word.writeBigUInt64LE(BigInt(value));
    return word;
  }
  if (typeof value === "string") return renderValue(Buffer.from(value));
  if (Buffer.isBuffer(value)) {
    return Buffer.concat([renderValue(value.length), value, Buffer.alloc(pad(value.length) - value.length)]);
  }
  return Buffer.concat([renderValue(value.length), ...value.map(renderValue)]);
}

function pad(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** The error for what a builder sends and no Nix would. */
export function unreadable(why: string): ProtocolError {
  return new ProtocolError("BUILDER_UNREACHABLE", `what the builder sent back cannot be read: ${why}`, {
    hint: UNREADABLE_HINT,
  });
}

/** The error for an answer that ends too early: the connection or the daemon was lost. */
export function cutOff(why: string): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", `what the builder sent back cannot be read: ${why}`, {
    hint: UNREADABLE_HINT,
  });
}

const UNREADABLE_HINT = "Run again; if it stays, check the disk and the memory of the builder.";
