/**
 * The headers that Python's tarfile writes in its PAX format, byte for byte. Texts are Latin-1: one character
 * per byte, so that names need not be UTF-8.
 * @see https://github.com/python/cpython/blob/3.13/Lib/tarfile.py, TarInfo.create_pax_header
 */

import {
  BLOCK_BYTES,
  fitsInField,
  type HeaderFields,
  isAscii,
  padEntry,
  padTo,
  renderBlock,
  renderPaxRecord,
  type TarEntry,
  type TarOwner,
  TEXT_BYTES,
  TYPE_FLAGS,
} from "./ustar-block.js";

/** A tar is padded to a multiple of it. */
const RECORD_BYTES = 20 * BLOCK_BYTES;

const EXTENSION = {
  ...{ name: "././@PaxHeader", flag: "x", linkName: "", mode: 0 },
  ...{ mtime: 0, uid: 0, gid: 0, uname: "", gname: "" },
};

/**
 * Renders the header of an entry, after its extension header if it needs one. Python 3.8 fills the numbers
 * of a device of every entry with zeros: `hasDeviceNumbers`.
 */
export function renderEntryHeader(entry: TarEntry, owner: TarOwner, hasDeviceNumbers: boolean): Buffer {
  const { type, mode, sizeBytes, linkName } = entry;
  const name = type === "folder" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name;
  const fields = { ...owner, name, flag: TYPE_FLAGS[type], mode, sizeBytes, linkName, hasDeviceNumbers };
  const records = renderRecords(fields);
  const texts = Object.fromEntries(TEXTS.map(([key]) => [key, toAscii(fields[key])]));
  const numbers = Object.fromEntries(
    NUMBERS.map((key) => [key, fitsInField(key, fields[key]) ? fields[key] : 0]),
  );
  const header = renderBlock({ ...fields, ...texts, ...numbers });
  if (records.length === 0) return header;
  const padding = Buffer.alloc(padEntry(records.length));
  const extension = renderBlock({ ...EXTENSION, sizeBytes: records.length, hasDeviceNumbers });
  return Buffer.concat([extension, records, padding, header]);
}

/** The zeros at the end of a tar with `bytes` before: two blocks, and the padding to a whole record. */
export function padTar(bytes: number): number {
  return 2 * BLOCK_BYTES + padTo(RECORD_BYTES, bytes + 2 * BLOCK_BYTES);
}

const TEXTS = [
  ["name", "path"],
  ["linkName", "linkpath"],
  ["uname", "uname"],
  ["gname", "gname"],
] as const;
const NUMBERS = ["uid", "gid", "sizeBytes", "mtime"] as const;

/** The records of what the header itself cannot hold. */
function renderRecords(fields: Omit<HeaderFields, "flag">): Buffer {
  const texts = TEXTS.map(([key, keyword]) => ({
    keyword,
    value: fields[key],
    limit: TEXT_BYTES[key],
  })).filter(({ value, limit }) => value.length > limit || !isAscii(value));
  const numbers = NUMBERS.filter((key) => !fitsInField(key, fields[key])).map((key) => ({
    keyword: key === "sizeBytes" ? "size" : key,
    value: String(fields[key]),
  }));
  const records = [...texts, ...numbers].map(({ keyword, value }) => renderPaxRecord(keyword, value));
  const isBinary = texts.some(({ value }) =>
    decodeName(value).some((point) => point >= ESCAPE && point <= LAST_ESCAPE),
  );
  return Buffer.from((isBinary ? "21 hdrcharset=BINARY\n" : "") + records.join(""), "latin1");
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
