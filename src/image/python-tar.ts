/**
 * The headers that Python's tarfile writes in its PAX format, byte for byte. Texts are Latin-1: one character
 * per byte, so that names need not be UTF-8.
 * @see https://github.com/python/cpython/blob/3.13/Lib/tarfile.py, TarInfo.create_pax_header
 */

/** What all entries of a tar have in common. */
export interface TarOwner {
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
}

export interface PythonTarEntry {
  /** Of a folder without the slash at its end. */
  readonly name: string;
  readonly type: "file" | "symlink" | "folder";
  /** The permissions and the setuid, setgid and sticky bits. */
  readonly mode: number;
  /** The size of the content that follows; 0 unless `type` is `file`. */
  readonly sizeBytes: number;
  /** The target of a symlink, else empty. */
  readonly linkName: string;
}

const BLOCK_BYTES = 512;
/** A tar is padded to a multiple of it. */
const RECORD_BYTES = 20 * BLOCK_BYTES;

const FLAGS = { file: "0", symlink: "2", folder: "5" } as const;

interface Fields extends TarOwner {
  readonly name: string;
  readonly flag: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly linkName: string;
}

const EXTENSION: Omit<Fields, "sizeBytes"> = {
  ...{ name: "././@PaxHeader", flag: "x", linkName: "", mode: 0 },
  ...{ mtime: 0, uid: 0, gid: 0, uname: "", gname: "" },
};

/**
 * Renders the header of an entry, after its extension header if it needs one. Python 3.8 fills the numbers
 * of a device of every entry with zeros: `hasDeviceNumbers`.
 */
export function renderEntryHeader(entry: PythonTarEntry, owner: TarOwner, hasDeviceNumbers: boolean): Buffer {
  const { type, mode, sizeBytes, linkName } = entry;
  const name = type === "folder" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name;
  const fields: Fields = { ...owner, name, flag: FLAGS[type], mode, sizeBytes, linkName };
  const records = renderRecords(fields);
  const shown = {
    ...fields,
    ...Object.fromEntries(NUMBERS.map(([key, digits]) => [key, fits(fields[key], digits) ? fields[key] : 0])),
  };
  const header = renderHeader(shown, hasDeviceNumbers);
  if (records.length === 0) return header;
  const padding = Buffer.alloc(padTo(BLOCK_BYTES, records.length));
  const extension = renderHeader({ ...EXTENSION, sizeBytes: records.length }, hasDeviceNumbers);
  return Buffer.concat([extension, records, padding, header]);
}

/** The zeros between the content of an entry and the next header. */
export function padEntry(sizeBytes: number): number {
  return padTo(BLOCK_BYTES, sizeBytes);
}

/** The zeros at the end of a tar with `bytes` before: two blocks, and the padding to a whole record. */
export function padTar(bytes: number): number {
  return 2 * BLOCK_BYTES + padTo(RECORD_BYTES, bytes + 2 * BLOCK_BYTES);
}

function padTo(unit: number, bytes: number): number {
  return (unit - (bytes % unit)) % unit;
}

const TEXTS = [
  ["name", "path", 100],
  ["linkName", "linkpath", 100],
  ["uname", "uname", 32],
  ["gname", "gname", 32],
] as const;
const NUMBERS = [
  ["uid", 7],
  ["gid", 7],
  ["sizeBytes", 11],
  ["mtime", 11],
] as const;

/** The number of octal digits that a field holds. */
function fits(number: number, digits: number): boolean {
  return number >= 0 && number < 8 ** digits;
}

/** The records of what the header itself cannot hold. */
function renderRecords(fields: Fields): Buffer {
  const texts = TEXTS.map(([key, keyword, limit]) => ({ keyword, value: fields[key], limit })).filter(
    ({ value, limit }) => value.length > limit || !isAscii(value),
  );
  const numbers = NUMBERS.filter(([key, digits]) => !fits(fields[key], digits)).map(([key]) => ({
    keyword: key === "sizeBytes" ? "size" : key,
    value: String(fields[key]),
  }));
  const records = [...texts, ...numbers].map(({ keyword, value }) => renderRecord(keyword, value));
  const isBinary = texts.some(({ value }) =>
    decodeName(value).some((point) => point >= ESCAPE && point <= LAST_ESCAPE),
  );
  return Buffer.from((isBinary ? "21 hdrcharset=BINARY\n" : "") + records.join(""), "latin1");
}

/** A record begins with its own length, which includes the digits of that length. */
function renderRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}

function renderHeader(fields: Fields, hasDeviceNumbers: boolean): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const text = (value: string, offset: number, length: number) => {
    block.write(toAscii(value).slice(0, length), offset, "latin1");
  };
  const number = (value: number, offset: number, digits: number) => {
    block.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
  };
  text(fields.name, 0, 100);
  number(fields.mode, 100, 7);
  number(fields.uid, 108, 7);
  number(fields.gid, 116, 7);
  number(fields.sizeBytes, 124, 11);
  number(fields.mtime, 136, 11);
  text(" ".repeat(8), 148, 8);
  text(fields.flag, 156, 1);
  text(fields.linkName, 157, 100);
  text("ustar\x0000", 257, 8);
  text(fields.uname, 265, 32);
  text(fields.gname, 297, 32);
  if (hasDeviceNumbers) for (const offset of [329, 337]) number(0, offset, 7);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
  return block;
}

function isAscii(latin1: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are ASCII
  return /^[\x00-\x7f]*$/.test(latin1);
}

/** Python writes a question mark for every character that is not ASCII. */
function toAscii(latin1: string): string {
  if (isAscii(latin1)) return latin1;
  return String.fromCharCode(...decodeName(latin1).map((point) => (point < 0x80 ? point : 0x3f)));
}

/** Where Python puts the bytes that are not UTF-8: 0x80 becomes U+DC80. @see PEP 383 */
const ESCAPE = 0xdc80;
const LAST_ESCAPE = 0xdcff;
const STRICT = new TextDecoder("utf8", { fatal: true, ignoreBOM: true });

/** The characters of a file name as Python sees them. */
function decodeName(latin1: string): readonly number[] {
  const bytes = Buffer.from(latin1, "latin1");
  const points: number[] = [];
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] ?? 0;
    const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const point = tryDecode(bytes.subarray(at, at + length));
    points.push(point ?? ESCAPE - 0x80 + lead);
    at += point === undefined ? 1 : length;
  }
  return points;
}

/** The only character in these bytes; undefined if they are not one character in UTF-8. */
function tryDecode(bytes: Buffer): number | undefined {
  try {
    const text = STRICT.decode(bytes);
    const point = text.codePointAt(0);
    return point !== undefined && text.length === String.fromCodePoint(point).length ? point : undefined;
  } catch {
    return undefined;
  }
}

/** Compares file names as Python sorts them: by their characters, not by bytes or UTF-16 units. */
export function compareNames(a: string, b: string): number {
  if (isAscii(a) && isAscii(b)) return a < b ? -1 : Number(a > b);
  const [left, right] = [decodeName(a), decodeName(b)];
  for (let i = 0; i < left.length && i < right.length; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
