/** The kind of a tar entry. Anything else is refused. */
export type TarEntryType = "file" | "hard-link" | "symlink" | "device" | "folder" | "fifo";

/** An entry of a tar. Texts are Latin-1: one character per byte, so that different bytes never collide. */
export interface TarHeader {
  readonly name: string;
  readonly type: TarEntryType;
  /** The size of the content that follows; 0 unless `type` is `file`. */
  readonly sizeBytes: number;
  readonly mode: number;
  /** The target of a symlink or hard link. */
  readonly linkName: string;
}

/** What an extension header says about the entry that follows it. */
export interface TarExtension {
  readonly name?: string;
  readonly linkName?: string;
  readonly sizeBytes?: number;
}

/** A tar header as its 512 bytes say, without the extension headers before it. */
export interface RawHeader extends Omit<TarHeader, "type"> {
  readonly flag: string;
}

export const BLOCK_BYTES = 512;

const TYPES: Readonly<Record<string, TarEntryType>> = {
  "0": "file",
  "\0": "file",
  "1": "hard-link",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "folder",
  "6": "fifo",
};

/**
 * Decodes the 512 bytes of a header. Accepts only what all tar readers decode alike, and throws a plain Error
 * for the rest: for example, some readers take `12x` for the octal number 12, and others for an error.
 * @see pax(1), "ustar Interchange Format"; https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
export function decodeHeader(block: Buffer): RawHeader {
  if (!hasChecksum(block)) throw new Error("it has a tar header with a wrong checksum");
  const magic = block.toString("latin1", 257, 265);
  const isGnu = magic === "ustar  \0";
  if (!isGnu && magic !== "ustar\x0000" && !isV7Header(block))
    throw new Error("it has a tar header in an unknown format");
  // The star program, and old GNU headers for sparse files, give these fields another meaning.
  if (isGnu) decodeTimes(block);
  if (block.subarray(isGnu ? 369 : 500).some((byte) => byte !== 0)) {
    throw new Error("it has a tar header with unknown fields");
  }
  const name = readText(block.subarray(0, 100));
  const prefix = isGnu ? "" : readText(block.subarray(345, 500));
  return {
    name: prefix === "" ? name : `${prefix}/${name}`,
    flag: String.fromCharCode(block[156] ?? 0),
    sizeBytes: decodeNumber(block.subarray(124, 136)),
    mode: decodeNumber(block.subarray(100, 108)),
    linkName: readText(block.subarray(157, 257)),
  };
}

/**
 * Whether this is a header of the format before ustar, as `tar --format=v7` writes it. It has no magic, and a
 * reader ignores what follows the name of the link: GNU tar writes the numbers of a device there.
 * @see https://www.gnu.org/software/tar/manual/html_section/Formats.html
 */
export function isV7Header(block: Buffer): boolean {
  const unused = [...block.subarray(257, 265), ...block.subarray(345)];
  return block[0] !== 0 && unused.every((byte) => byte === 0) && hasChecksum(block);
}

function hasChecksum(block: Buffer): boolean {
  const sum = sumOf(block.subarray(0, 148)) + 8 * 0x20 + sumOf(block.subarray(156));
  return tryDecodeNumber(block.subarray(148, 156)) === sum;
}

function sumOf(bytes: Buffer): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}

/**
 * Go takes malformed times of a GNU header for a `prefix` as in ustar.
 * @see https://go.dev/issue/12594
 */
function decodeTimes(block: Buffer): void {
  for (const field of [block.subarray(345, 357), block.subarray(357, 369)]) decodeNumber(field);
}

/**
 * Combines a header with the extensions before it. Throws a plain Error for what readers treat differently.
 */
export function applyExtension(raw: RawHeader, extension: TarExtension): TarHeader {
  const { flag, mode } = raw;
  const { name = raw.name, linkName = raw.linkName, sizeBytes = raw.sizeBytes } = extension;
  const fail = (why: string) => new Error(`its tar entry ${showPath(name)} ${why}`);
  if (flag === "S") throw fail("is sparse. Pack it without --sparse");
  // v7 has no flag for a folder.
  const type = flag === "\0" && name.endsWith("/") ? "folder" : TYPES[flag];
  if (type === undefined) throw fail(`has the unknown type ${JSON.stringify(flag)}`);
  if (type !== "file" && sizeBytes !== 0) throw fail(`is a ${type}, but has ${sizeBytes} bytes of content`);
  if (type === "file" && name.endsWith("/")) throw fail("is a file, but is named like a folder");
  return { name, type, sizeBytes, mode, linkName };
}

/** Keys by which overlayfs would show other content than the layer's. @see the kernel's overlayfs.rst */
const OVERLAY_KEY = /^(?:SCHILY|LIBARCHIVE)\.xattr\.(?:trusted|user)\.overlay\./;

/**
 * Reads the records of a PAX header. Throws a plain Error if they are malformed, or change how an engine
 * reads the content of the entry.
 * @see pax(1), "pax Extended Header"
 */
export function parsePaxHeader(bytes: Buffer): TarExtension {
  const records = parseRecords(bytes);
  for (const key of records.keys()) {
    if (key.startsWith("GNU.sparse.")) {
      const name = records.get("GNU.sparse.name") ?? records.get("path") ?? "";
      throw new Error(`its tar entry ${showPath(name)} is sparse. Pack it without --sparse`);
    }
    if (OVERLAY_KEY.test(key)) throw new Error(`it has a tar entry with the attribute ${showPath(key)}`);
  }
  const [name, linkName, size] = ["path", "linkpath", "size"].map((key) => records.get(key));
  if (size !== undefined && !isSize(size)) throw new Error("it has a PAX header with a malformed size");
  return {
    ...(name !== undefined && { name }),
    ...(linkName !== undefined && { linkName }),
    ...(size !== undefined && { sizeBytes: Number(size) }),
  };
}

/** Throws a plain Error unless the PAX header, for all following entries, has only comments. */
export function requireComment(bytes: Buffer): void {
  // GNU tar applies the other keys to every entry, Go to none.
  const other = [...parseRecords(bytes).keys()].find((key) => key !== "comment");
  if (other !== undefined) throw new Error(`it has a global PAX header with ${showPath(other)}`);
}

/** The text of a GNU header for long names: it ends at the first NUL. */
export function parseLongName(bytes: Buffer): string {
  const name = readText(bytes);
  if (name === "") throw new Error("it has an empty GNU header for a long name");
  return name;
}

function isSize(text: string): boolean {
  return /^[0-9]{1,16}$/.test(text) && Number.isSafeInteger(Number(text));
}

function parseRecords(bytes: Buffer): ReadonlyMap<string, string> {
  const records = new Map<string, string>();
  for (let start = 0; start < bytes.length;) {
    const space = bytes.indexOf(0x20, start);
    const digits = bytes.toString("latin1", start, Math.min(space, start + 8));
    const end = start + Number(digits);
    if (space < 0 || !/^[1-9][0-9]*$/.test(digits) || end > bytes.length || end <= space + 1)
      throw malformed();
    const record = bytes.toString("latin1", space + 1, end - 1);
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    // An empty value means "as in the header" to some readers, and "empty" to others.
    const isOurs = key === "path" || key === "linkpath" || key === "size";
    const isOdd = isOurs && (value === "" || value.includes("\0"));
    if (equals < 1 || bytes[end - 1] !== 0x0a || records.has(key) || isOdd) throw malformed();
    records.set(key, value);
    start = end;
  }
  return records;
}

function malformed(): Error {
  return new Error("it has a malformed PAX header");
}

function readText(field: Buffer): string {
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end < 0 ? field.length : end);
}

/** An octal number, or a binary one if its first bit is set. An empty field is 0. */
function decodeNumber(field: Buffer): number {
  const number = tryDecodeNumber(field);
  if (number === undefined) throw new Error("it has a tar header with a malformed number");
  return number;
}

function tryDecodeNumber(field: Buffer): number | undefined {
  if (field[0] === 0x80) {
    const number = BigInt(`0x${field.toString("hex", 1)}`);
    if (number <= Number.MAX_SAFE_INTEGER) return Number(number);
  } else {
    const text = field.toString("latin1");
    const [, digits] = /^ *([0-7]+)[ \0]*$/.exec(text) ?? [];
    if (digits !== undefined) return parseInt(digits, 8);
    if (/^[ \0]*$/.test(text)) return 0;
  }
  return undefined;
}

/** A name in double quotes for messages; bytes that are not UTF-8 become U+FFFD. */
export function showPath(latin1: string): string {
  return JSON.stringify(decodePath(latin1).slice(0, 300));
}

/** The text of a Latin-1 name for people. Different names may give the same text. */
export function decodePath(latin1: string): string {
  return Buffer.from(latin1, "latin1").toString("utf8");
}
