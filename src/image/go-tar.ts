/**
 * The headers that Go's archive/tar writes if no format is asked for, byte for byte. Texts are Latin-1: one
 * character per byte, so that names need not be UTF-8.
 * @see https://github.com/golang/go/blob/go1.24.0/src/archive/tar/writer.go
 */

import {
  fitsInField,
  type HeaderFields,
  isAscii,
  padEntry,
  renderBlock,
  renderPaxRecord,
  type TarEntry,
  type TarOwner,
  TEXT_BYTES,
  TYPE_FLAGS,
} from "./ustar-block.js";

const PREFIX_BYTES = 155;

/** The keywords in the order in which Go writes their records. */
const KEYWORDS = [
  ["gid", "gid"],
  ["gname", "gname"],
  ["linkName", "linkpath"],
  ["name", "path"],
  ["sizeBytes", "size"],
  ["uid", "uid"],
  ["uname", "uname"],
] as const;

type Fields = Omit<HeaderFields, "prefix" | "hasDeviceNumbers">;

/**
 * Renders the header of an entry: in the USTAR format, or in the PAX format if it needs an extension. Texts
 * must not contain NUL.
 */
export function renderGoHeader({ type, ...entry }: TarEntry, owner: TarOwner): Buffer {
  const fields: Fields = { ...entry, ...owner, flag: TYPE_FLAGS[type] };
  const missing = KEYWORDS.filter(([field]) => !isPlain(fields, field));
  const split = trySplitName(fields.name);
  if (missing.every(([field]) => field === "name" && split !== undefined))
    return renderBlock({ ...fields, ...split, hasDeviceNumbers: true });
  const records = missing.map(([field, keyword]) => renderPaxRecord(keyword, String(fields[field]))).join("");
  return Buffer.concat([
    renderPaxHeader(fields.name, records),
    renderBlock({ ...cutFields(fields), hasDeviceNumbers: true }),
  ]);
}

/** Renders the PAX header with the records of the entry that follows. */
export function renderPaxHeader(name: string, records: string): Buffer {
  return Buffer.concat([
    renderExtension(name, records.length),
    Buffer.from(records, "latin1"),
    Buffer.alloc(padEntry(records.length)),
  ]);
}

/** Whether the header itself can hold a field. */
function isPlain(fields: Fields, field: (typeof KEYWORDS)[number][0]): boolean {
  if (field === "gid" || field === "uid" || field === "sizeBytes") return fitsInField(field, fields[field]);
  return isAscii(fields[field]) && fields[field].length <= TEXT_BYTES[field];
}

/** A long name in the two fields of the USTAR format; undefined if it is short, or fits nowhere. */
function trySplitName(name: string): { readonly prefix: string; readonly name: string } | undefined {
  if (name.length <= TEXT_BYTES.name || !isAscii(name)) return undefined;
  const slash = name.slice(0, PREFIX_BYTES + 1).lastIndexOf("/");
  const rest = name.length - slash - 1;
  if (slash <= 0 || rest === 0 || rest > TEXT_BYTES.name) return undefined;
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}

/** The header of the records that precede an entry. */
function renderExtension(name: string, sizeBytes: number): Buffer {
  const slash = name.lastIndexOf("/") + 1;
  const file = [`${name.slice(0, slash)}PaxHeaders.0`, name.slice(slash)].filter((part) => part !== "");
  return renderBlock({
    ...{ mode: 0, uid: 0, gid: 0, mtime: 0, uname: "", gname: "", linkName: "" },
    ...{ flag: "x", sizeBytes, hasDeviceNumbers: false },
    name: toAscii(file.join("/")).slice(0, TEXT_BYTES.name).replace(/\/+$/, ""),
  });
}

/** What the header itself says beside its records: the start of texts, and zero for numbers. */
function cutFields(fields: Fields): Fields {
  const [name, linkName, uname, gname] = (["name", "linkName", "uname", "gname"] as const).map((field) =>
    cutText(toAscii(fields[field]), TEXT_BYTES[field]),
  ) as [string, string, string, string];
  const [uid, gid, sizeBytes] = (["uid", "gid", "sizeBytes"] as const).map((field) =>
    fitsInField(field, fields[field]) ? fields[field] : 0,
  ) as [number, number, number];
  return { ...fields, name, linkName, uname, gname, uid, gid, sizeBytes };
}

/** Some readers take a file for a folder if its name is cut off after a slash, so Go ends it before. */
function cutText(text: string, length: number): string {
  const cut = text.slice(0, length);
  if (text.length <= length || !cut.endsWith("/")) return cut;
  const end = cut.replace(/\/+$/, "").length;
  return `${cut.slice(0, end)}\0${cut.slice(end + 1)}`;
}

/** Go leaves out what is not ASCII. */
function toAscii(latin1: string): string {
  return latin1.replace(/[\x80-\xff]+/g, "");
}
