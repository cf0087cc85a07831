/** What an ELF file of `makeElf` needs. */
export interface ElfParts {
  readonly machine?: number;
  readonly bits?: 32 | 64;
  readonly isBigEndian?: boolean;
  /** e_type: 2 for a program, 3 for a library. */
  readonly type?: number;
  readonly interpreter?: string;
  readonly needed?: readonly string[];
  readonly runpath?: string;
  readonly rpath?: string;
}

/** An ELF file with program headers and a dynamic section, as a linker writes them, but without code. */
export function makeElf(parts: ElfParts): Buffer {
  const { machine = 62, bits = 64, isBigEndian = false, type = 3, interpreter, needed = [] } = parts;
  const word = bits / 8;
  const number = (value: number, size: number) => {
    const bytes = Buffer.alloc(size);
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value));
    else bytes.writeUIntLE(value, 0, size);
    return isBigEndian ? bytes.reverse() : bytes;
  };
  let strings = "\0";
  const add = (text: string) => {
    const offset = strings.length;
    strings += `${text}\0`;
    return offset;
  };
  const tags: [number, number][] = needed.map((name) => [1, add(name)]);
  if (parts.runpath !== undefined) tags.push([29, add(parts.runpath)]);
  if (parts.rpath !== undefined) tags.push([15, add(parts.rpath)]);

  const headerBytes = bits === 64 ? 64 : 52;
  const segmentBytes = bits === 64 ? 56 : 32;
  const segmentCount = interpreter === undefined ? 2 : 3;
  const base = 0x400000;
  const interpAt = headerBytes + segmentCount * segmentBytes;
  const interp = Buffer.from(interpreter === undefined ? "" : `${interpreter}\0`);
  const stringsAt = interpAt + interp.length;
  const dynamicAt = stringsAt + strings.length;
  tags.push([5, base + stringsAt], [10, strings.length], [0, 0]);
  const dynamic = Buffer.concat(tags.flatMap(([tag, value]) => [number(tag, word), number(value, word)]));
  const total = dynamicAt + dynamic.length;

  const segment = (kind: number, offset: number, size: number) => {
    const rest = [offset, base + offset, base + offset, size, size].map((value) => number(value, word));
    const flags = number(4, 4);
    return bits === 64
      ? Buffer.concat([number(kind, 4), flags, ...rest, number(1, 8)])
      : Buffer.concat([number(kind, 4), ...rest, flags, number(1, 4)]);
  };
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, bits / 32, isBigEndian ? 2 : 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ...[number(type, 2), number(machine, 2), number(1, 4)],
    ...[number(base, word), number(headerBytes, word), number(0, word), number(0, 4)],
    ...[headerBytes, segmentBytes, segmentCount, 0, 0, 0].map((value) => number(value, 2)),
  ]);
  return Buffer.concat([
    header,
    ...(interpreter === undefined ? [] : [segment(3, interpAt, interp.length)]),
    segment(1, 0, total),
    segment(2, dynamicAt, dynamic.length),
    interp,
    Buffer.from(strings, "latin1"),
    dynamic,
  ]);
}
