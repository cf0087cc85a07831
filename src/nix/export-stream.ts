import { ActionError } from "../errors/action-error.js";
import { isStorePath } from "../model/store-path.js";

const MAGIC = 0x4558494e;
const MAX_STRING_BYTES = 64 << 10;

/**
 * Passes on what `nix-store --export` writes, and holds it to `isExpected`: with it a builder could hand over any store path whatever. A
 * path is passed on whole or not at all, but for its contents, whose trailer then is missing. Rejects with `BUILDER_DENIED` for a
 * path that was not asked for, with `BUILDER_UNREACHABLE` where the stream is cut short or is none.
 * @see Nix manual, "Nix Archive (NAR) format"; NixOS/nix, src/libstore/export-import.cc
 */
export async function* guardExport(
  source: AsyncIterable<Buffer>,
  isExpected: (path: string) => boolean,
): AsyncGenerator<Buffer, number> {
  const reader = new WireReader(source);
  let paths = 0;
  for (;;) {
    const mark = await reader.readWord();
    if (mark === 0) {
      yield reader.takeRead();
      return paths;
    }
    if (mark !== 1) throw broken("it is no export of store paths");
    yield* passArchive(reader);
    if ((await reader.readWord()) !== MAGIC) throw broken("an archive has no trailer");
    const path = (await reader.readString()).toString("utf8");
    const references = await reader.readWord();
    if (references > 1_000_000) throw broken("a path has too many references");
    for (let i = 0; i < references; i++) await reader.readString();
    await reader.readString();
    if ((await reader.readWord()) !== 0) throw broken("a path has a signature of an old form");
    if (!isStorePath(path) || !isExpected(path)) {
      throw new ActionError(
        "BUILDER_DENIED",
        `the builder sent ${JSON.stringify(path.slice(0, 300))}, which nobody asked for`,
        { hint: "Nothing of it was taken in. Do not trust this builder before you know why." },
      );
    }
    paths += 1;
    yield reader.takeRead();
  }
}

/** One NAR: nodes within nodes; only the contents of files are long, and they are passed on as they come. */
async function* passArchive(reader: WireReader): AsyncGenerator<Buffer, void> {
  const word = async () => (await reader.readString()).toString("latin1");
  if ((await word()) !== "nix-archive-1") throw broken("an archive does not begin as one");
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
        await reader.readString();
        break;
      case "contents":
        yield* reader.passBytes();
        break;
      case "entry":
      case "node":
        break;
      default:
        throw broken("an archive has an unknown part");
    }
    yield reader.takeRead();
  } while (depth > 0);
}

/** Nix's wire format: 64 bit words, little endian; strings with their length before and zeros behind, up to a whole word. */
class WireReader {
  readonly #source: AsyncIterator<Buffer>;
  #buffer: Buffer = Buffer.alloc(0);
  #read: Buffer[] = [];

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async readWord(): Promise<number> {
    const word = (await this.#take(8)).readBigUInt64LE();
    if (word > BigInt(Number.MAX_SAFE_INTEGER)) throw broken("a number is impossibly large");
    return Number(word);
  }

  async readString(): Promise<Buffer> {
    const length = await this.readWord();
    if (length > MAX_STRING_BYTES) throw broken("a name is impossibly long");
    return (await this.#take(pad(length))).subarray(0, length);
  }

  /** The bytes of a long string, as they come. */
  async *passBytes(): AsyncGenerator<Buffer, void> {
    let left = pad(await this.readWord());
    yield this.takeRead();
    while (left > 0) {
      if (this.#buffer.length === 0) await this.#fill();
      const piece = this.#buffer.subarray(0, left);
      this.#buffer = this.#buffer.subarray(piece.length);
      left -= piece.length;
      yield piece;
    }
  }

  /** All that was read since the last call, as it came. */
  takeRead(): Buffer {
    const read = Buffer.concat(this.#read);
    this.#read = [];
    return read;
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#buffer.length < length) await this.#fill();
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    this.#read.push(bytes);
    return bytes;
  }

  async #fill(): Promise<void> {
    const next = await this.#source.next();
    if (next.done === true) throw broken("it was cut short");
    this.#buffer = this.#buffer.length === 0 ? next.value : Buffer.concat([this.#buffer, next.value]);
  }
}

function pad(length: number): number {
  return Math.ceil(length / 8) * 8;
}

function broken(why: string): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", `what the builder sent back cannot be read: ${why}`, {
    hint: "Run again; if it stays, check the disk and the memory of the builder.",
  });
}
