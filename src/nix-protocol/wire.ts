import { ActionError } from "../errors/action-error.js";
import { ProtocolError } from "./protocol-error.js";

export interface WireReaderOptions {
  /** The host that sends, for errors. */
  readonly sender: string;
  readonly maxStringBytes: number;
  /** Limits what the strings of one message have together; see `beginMessage`. */
  readonly maxMessageBytes: number;
  /** Whether the reader keeps everything that is read for `takeRead`. */
  readonly isKeeping: boolean;
}

/**
 * Reads Nix's wire format, which daemons and exports use: 64-bit words, little endian; strings preceded by
 * their length and padded with zeros to whole words. The sender is always a builder. Rejects with a
 * `ProtocolError` for data that cannot be parsed, and with a plain `BUILDER_UNREACHABLE` if the stream ends
 * or breaks.
 * @see NixOS/nix, src/libutil/serialise.cc
 */
export class WireReader {
  readonly #source: AsyncIterator<Buffer>;
  readonly #sender: string;
  readonly #maxStringBytes: number;
  readonly #maxMessageBytes: number;
  #messageBytes = 0;
  #buffer: Buffer = Buffer.alloc(0);
  #read: Buffer[] = [];
  #readBytes = 0;
  #isKeeping: boolean;

  constructor(
    source: AsyncIterable<Buffer>,
    { sender, maxStringBytes, maxMessageBytes, isKeeping }: WireReaderOptions,
  ) {
    this.#source = source[Symbol.asyncIterator]();
    this.#sender = sender;
    this.#maxStringBytes = maxStringBytes;
    this.#maxMessageBytes = maxMessageBytes;
    this.#isKeeping = isKeeping;
  }

  /** The error for data that is not valid in the protocol. */
  unreadable(why: string): ProtocolError {
    return new ProtocolError("BUILDER_UNREACHABLE", `cannot parse the answer of ${this.#sender}: ${why}`, {
      hint: UNREADABLE_HINT,
    });
  }

  /** The error for an answer that ends too early, since the connection or the daemon was lost. */
  cutOff(why: string): ActionError {
    return new ActionError("BUILDER_UNREACHABLE", `no complete answer from ${this.#sender}: ${why}`, {
      hint: UNREADABLE_HINT,
    });
  }

  /** Begins a message: all that is read until the next call may have `maxMessageBytes`, but for archives. */
  beginMessage(): void {
    this.#messageBytes = 0;
  }

  async readWord(): Promise<number> {
    const word = (await this.#take(8)).readBigUInt64LE();
    if (word > BigInt(Number.MAX_SAFE_INTEGER)) throw this.unreadable("a number is too large");
    return Number(word);
  }

  /** The length of the list that follows, at most `limit`. */
  async readCount(limit: number): Promise<number> {
    const count = await this.readWord();
    if (count > limit) throw this.unreadable("a list is too long");
    return count;
  }

  /** A word with any 64 bits, such as an ID, which may be too large for a number. */
  async readBits(): Promise<bigint> {
    return (await this.#take(8)).readBigUInt64LE();
  }

  async readString(): Promise<Buffer> {
    const length = await this.readWord();
    if (length > this.#maxStringBytes) throw this.unreadable("a string is too long");
    this.#messageBytes += pad(length);
    if (this.#messageBytes > this.#maxMessageBytes) throw this.unreadable("a message is too long");
    return (await this.#take(pad(length))).subarray(0, length);
  }

  async readStrings(limit: number): Promise<readonly string[]> {
    const count = await this.readCount(limit);
    const strings: string[] = [];
    for (let i = 0; i < count; i++) strings.push((await this.readString()).toString("utf8"));
    return strings;
  }

  /**
   * Streams one NAR. Only the contents of files in it are long.
   * @see Nix manual, "Nix Archive (NAR) format"
   */
  async *passArchive(): AsyncGenerator<Buffer, void> {
    const wasKeeping = this.#isKeeping;
    this.#isKeeping = true;
    const word = async () => (await this.readString()).toString("latin1");
    if ((await word()) !== "nix-archive-1")
      throw this.unreadable("an archive does not begin with the NAR header");
    let depth = 0;
    do {
      this.beginMessage();
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
          throw this.unreadable("an archive has an unknown field");
      }
      if (this.#readBytes >= PIECE_BYTES) yield this.takeRead();
    } while (depth > 0);
    this.#isKeeping = wasKeeping;
    yield this.takeRead();
  }

  /** All bytes that were read since the last call. */
  takeRead(): Buffer {
    const read = Buffer.concat(this.#read, this.#readBytes);
    this.#read = [];
    this.#readBytes = 0;
    return read;
  }

  /** Reads the contents of a file; streams long ones. */
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
      // Replace the error that Node raises for a destroyed stream.
      throw cause instanceof ActionError ? cause : this.cutOff("the connection was lost");
    }
  }

  /** Reads until the buffer has `length` bytes. Joins the pieces only once, since a long string has many. */
  async #fill(length: number): Promise<void> {
    const pieces = this.#buffer.length === 0 ? [] : [this.#buffer];
    let bytes = this.#buffer.length;
    while (bytes < length) {
      const next = await this.#next();
      if (next.done === true) throw this.cutOff("the data was cut short");
      pieces.push(next.value);
      bytes += next.value.length;
    }
    const [first = Buffer.alloc(0)] = pieces;
    this.#buffer = pieces.length > 1 ? Buffer.concat(pieces, bytes) : first;
  }
}

/** Small parts of an archive are passed on together, in pieces of about this size. */
const PIECE_BYTES = 1 << 16;

/** A value to write. A list is preceded by its length. Text that is not UTF-8 is a buffer. */
export type WireValue = number | string | Buffer | readonly WireValue[];

/** Renders values in the wire format, one after the other. */
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

const UNREADABLE_HINT = "Run again. If the error remains, check the disk and the memory of the builder.";
