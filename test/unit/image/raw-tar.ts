/** An entry of a tar, with headers that no tar library writes. */
export interface RawEntry {
  readonly name: string | Buffer;
  /** The type flag; "0", a file, by default. */
  readonly flag?: string;
  readonly content?: Uint8Array | string;
  /** The size field, where it is not the content's size. */
  readonly size?: number;
  readonly linkName?: string;
  readonly mode?: number;
  /** Records of a PAX header before the entry. */
  readonly pax?: Readonly<Record<string, string | Buffer>>;
  readonly magic?: string;
  /** Overwrites bytes of the header, before its checksum is computed. */
  readonly patch?: (header: Buffer) => void;
}

/** The blocks of one entry, without an end marker. */
export function makeEntry(entry: RawEntry): Buffer {
  const { name, flag = "0", content = "", linkName = "", mode = 0o644, pax } = entry;
  const bytes = Buffer.from(content);
  const header = Buffer.alloc(512);
  Buffer.from(name).copy(header, 0, 0, 100);
  header.write(`${mode.toString(8).padStart(7, "0")}\0`, 100, "latin1");
  header.write("0000000\0", 108, "latin1");
  header.write("0000000\0", 116, "latin1");
  header.write(`${(entry.size ?? bytes.length).toString(8).padStart(11, "0")}\0`, 124, "latin1");
  header.write("00000000000\0", 136, "latin1");
  header.write(flag, 156, "latin1");
  header.write(linkName, 157, 100, "utf8");
  header.write(entry.magic ?? "ustar\x0000", 257, "latin1");
  entry.patch?.(header);
  signHeader(header);
  return Buffer.concat([pax === undefined ? Buffer.alloc(0) : makePax(pax), header, padBlock(bytes)]);
}

/** Writes the checksum of a header. */
export function signHeader(header: Buffer): void {
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}

/** A PAX header: `x` for the next entry, `g` for all that follow. */
export function makePax(records: Readonly<Record<string, string | Buffer>>, flag: "x" | "g" = "x"): Buffer {
  const content = Object.entries(records).map(([key, value]) => {
    const body = Buffer.concat([Buffer.from(` ${key}=`), Buffer.from(value), Buffer.from("\n")]);
    let size = body.length + 1;
    while (String(size).length + body.length !== size) size = String(size).length + body.length;
    return Buffer.concat([Buffer.from(String(size)), body]);
  });
  return makeEntry({ name: "pax", flag, content: Buffer.concat(content) });
}

export const END = Buffer.alloc(1024);

export function makeRawTar(...entries: readonly (RawEntry | Buffer)[]): Buffer {
  return Buffer.concat([...entries.map((entry) => (Buffer.isBuffer(entry) ? entry : makeEntry(entry))), END]);
}

function padBlock(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}
