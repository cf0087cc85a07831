/** The parts of a tar that all writers have in common. Texts are Latin-1: one character per byte. */

/** A file as it goes into a tar. */
export interface TarEntry {
  /** Of a folder without the slash at its end. */
  readonly name: string;
  /** `whiteout` is the device 0/0, by which overlayfs removes a file of a lower layer. */
  readonly type: "file" | "symlink" | "folder" | "whiteout";
  /** The permissions and the setuid, setgid and sticky bits. */
  readonly mode: number;
  /** The size of the content that follows; 0 unless `type` is `file`. */
  readonly sizeBytes: number;
  /** The target of a symlink, else empty. */
  readonly linkName: string;
}

/** The owner and the time of an entry. */
export interface TarOwner {
  /** Seconds since the epoch. */
  readonly mtime: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
}

/** The fields of a header. Texts are cut off at the end of their field; numbers have to fit. */
export interface HeaderFields extends TarOwner, Omit<TarEntry, "type"> {
  readonly flag: string;
  /** What stands before `name`, without the slash in between. */
  readonly prefix?: string;
  /** Whether the numbers of a device are zeros, or else empty. */
  readonly hasDeviceNumbers: boolean;
}

export const TYPE_FLAGS = { file: "0", symlink: "2", folder: "5", whiteout: "3" } as const;

export const BLOCK_BYTES = 512;

/** The sizes of the fields for texts, without `prefix`. */
export const TEXT_BYTES = { name: 100, linkName: 100, uname: 32, gname: 32 } as const;
/** The numbers of octal digits that fields hold. */
const DIGITS = { mode: 7, uid: 7, gid: 7, sizeBytes: 11, mtime: 11 } as const;

/** Whether a number can be written with the octal digits of its field. */
export function fitsInField(field: keyof typeof DIGITS, number: number): boolean {
  return number >= 0 && number < 8 ** DIGITS[field];
}

/** Renders a header. @see pax(1), "ustar Interchange Format" */
export function renderBlock(fields: HeaderFields): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES);
  const text = (value: string, offset: number, length: number) => {
    block.write(value.slice(0, length), offset, "latin1");
  };
  const number = (value: number, offset: number, digits: number) => {
    block.write(value.toString(8).padStart(digits, "0"), offset, "latin1");
  };
  text(fields.name, 0, TEXT_BYTES.name);
  number(fields.mode, 100, DIGITS.mode);
  number(fields.uid, 108, DIGITS.uid);
  number(fields.gid, 116, DIGITS.gid);
  number(fields.sizeBytes, 124, DIGITS.sizeBytes);
  number(fields.mtime, 136, DIGITS.mtime);
  text(" ".repeat(8), 148, 8);
  text(fields.flag, 156, 1);
  text(fields.linkName, 157, TEXT_BYTES.linkName);
  text("ustar\x0000", 257, 8);
  text(fields.uname, 265, TEXT_BYTES.uname);
  text(fields.gname, 297, TEXT_BYTES.gname);
  if (fields.hasDeviceNumbers) for (const offset of [329, 337]) number(0, offset, 7);
  text(fields.prefix ?? "", 345, 155);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0`, 148, "latin1");
  return block;
}

/** A record of an extension header: it begins with its own length, with the digits of that length. */
export function renderPaxRecord(keyword: string, value: string): string {
  const rest = ` ${keyword}=${value}\n`;
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}

export function isAscii(latin1: string): boolean {
  // eslint-disable-next-line no-control-regex -- control characters are ASCII
  return /^[\x00-\x7f]*$/.test(latin1);
}

/** The zeros between the content of an entry and the next header. */
export function padEntry(sizeBytes: number): number {
  return padTo(BLOCK_BYTES, sizeBytes);
}

/** How many bytes are missing to a multiple of `unit`. */
export function padTo(unit: number, bytes: number): number {
  return (unit - (bytes % unit)) % unit;
}
