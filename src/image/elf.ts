import type { ElfMachine } from "../model/system.js";
import type { ReadBytes } from "./file-content.js";

const ELF_HEADER_BYTES = 20;

/** e_machine of files that are not for a CPU: EM_NONE, and EM_BPF, whose code the kernel translates. */
const NO_CPU = [0, 247];

/**
 * The CPU that an ELF file is for, from its first bytes; undefined for any other file, and for an ELF file
 * that is not for a CPU. Includes relocatable objects: a compiler in the image may link them into programs.
 * @see System V gABI, "ELF Header"
 */
export function tryParseElfMachine(bytes: Uint8Array): ElfMachine | undefined {
  if (bytes.length < ELF_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isElf = view.getUint32(0) === 0x7f454c46;
  const bits = { 1: 32, 2: 64 }[view.getUint8(4)];
  const data = view.getUint8(5);
  if (!isElf || (bits !== 32 && bits !== 64) || (data !== 1 && data !== 2)) return undefined;
  const machine = view.getUint16(18, data === 1);
  return NO_CPU.includes(machine) ? undefined : { machine, bits, endianness: data === 1 ? "little" : "big" };
}

/** e_ident[EI_OSABI] of ELF files for Linux: System V (the usual one), GNU, and two of ARM. */
const LINUX_ABIS = [0, 3, 64, 97];

/** Whether an ELF file may be for Linux, from its first bytes, and not for a system such as FreeBSD. */
export function isLinuxElf(bytes: Uint8Array): boolean {
  return LINUX_ABIS.includes(bytes[7] ?? -1);
}

/** What the loader needs before it can run an ELF file. Texts are Latin-1, as in the file. */
export interface ElfNeeds {
  /** The path of the program's loader; undefined for libraries and static programs. */
  readonly interpreter: string | undefined;
  /** The names of the needed libraries, from DT_NEEDED. */
  readonly libraries: readonly string[];
  /** The folders in which the loader looks first, from DT_RUNPATH or DT_RPATH. */
  readonly searched: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NULL = 0;
const DT_NEEDED = 1;
const DT_STRTAB = 5;
const DT_STRSZ = 10;
const DT_RPATH = 15;
const DT_RUNPATH = 29;

/** More than any linker writes. Files that exceed these limits are not programs. */
const MAX_SEGMENTS = 256;
const MAX_DYNAMIC_BYTES = 1 << 16;
const MAX_STRINGS_BYTES = 32 << 20;
const MAX_NEEDED = 1000;
/** PATH_MAX of Linux. */
const MAX_TEXT = 4096;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly sizeBytes: number;
}

/**
 * Reads what an ELF program or library needs from its program headers and its dynamic section. Undefined if
 * it needs nothing, or is not such a file: relocatable, damaged, or with the debug information only.
 * @see System V gABI, "Program Loading and Dynamic Linking"
 */
export function tryReadElfNeeds(read: ReadBytes, { bits, endianness }: ElfMachine): ElfNeeds | undefined {
  const reader = createReader(read, bits, endianness === "little");
  const segments = reader.readSegments();
  const interp = segments.find(({ type }) => type === PT_INTERP);
  const interpreter = interp && tryReadText(read(interp.offset, Math.min(interp.sizeBytes, MAX_TEXT)), 0);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const { libraries, searched } = (dynamic && reader.tryReadDynamic(dynamic, segments)) ?? NOTHING;
  if (interpreter === undefined && libraries.length === 0) return undefined;
  return { interpreter, libraries, searched };
}

const NOTHING = { libraries: [], searched: [] };

function createReader(read: ReadBytes, bits: 32 | 64, isLittle: boolean) {
  /** A number of `size` bytes in a buffer; NaN if it ends before. */
  const numberAt = (bytes: Buffer, offset: number, size: 2 | 4 | 8): number => {
    if (offset + size > bytes.length) return NaN;
    if (size === 8) return Number(isLittle ? bytes.readBigUInt64LE(offset) : bytes.readBigUInt64BE(offset));
    return isLittle ? bytes.readUIntLE(offset, size) : bytes.readUIntBE(offset, size);
  };
  const word = bits === 64 ? 8 : 4;

  return {
    readSegments: (): readonly Segment[] => {
      const header = read(0, 64);
      const [start, size, count] =
        bits === 64
          ? [numberAt(header, 32, 8), numberAt(header, 54, 2), numberAt(header, 56, 2)]
          : [numberAt(header, 28, 4), numberAt(header, 42, 2), numberAt(header, 44, 2)];
      const isSane = size === (bits === 64 ? 56 : 32) && count <= MAX_SEGMENTS && Number.isSafeInteger(start);
      if (!isSane) return [];
      const table = read(start, size * count);
      return Array.from({ length: Math.floor(table.length / size) }, (_, i) => {
        const at = i * size;
        const field = (in64: number, in32: number) => numberAt(table, at + (bits === 64 ? in64 : in32), word);
        return {
          type: numberAt(table, at, 4),
          offset: field(8, 4),
          address: field(16, 8),
          sizeBytes: field(32, 16),
        };
      }).filter(({ offset, sizeBytes }) => Number.isSafeInteger(offset + sizeBytes));
    },

    tryReadDynamic: (dynamic: Segment, segments: readonly Segment[]) => {
      const table = read(dynamic.offset, Math.min(dynamic.sizeBytes, MAX_DYNAMIC_BYTES));
      const values = new Map<number, number[]>();
      let isComplete = false;
      for (let at = 0; !isComplete && at + 2 * word <= table.length; at += 2 * word) {
        const tag = numberAt(table, at, word);
        isComplete = tag === DT_NULL;
        values.set(tag, [...(values.get(tag) ?? []), numberAt(table, at + word, word)]);
        if ((values.get(DT_NEEDED)?.length ?? 0) > MAX_NEEDED) return undefined;
      }
      const [address] = values.get(DT_STRTAB) ?? [];
      const [size] = values.get(DT_STRSZ) ?? [];
      if (!isComplete || address === undefined || size === undefined || size > MAX_STRINGS_BYTES)
        return undefined;
      const holder = segments.find(
        (segment) =>
          segment.type === PT_LOAD &&
          segment.address <= address &&
          address + size <= segment.address + segment.sizeBytes,
      );
      if (holder === undefined) return undefined;
      const strings = read(holder.offset + (address - holder.address), size);
      const textsOf = (tag: number) =>
        (values.get(tag) ?? [])
          .map((offset) => tryReadText(strings, offset))
          .filter((text) => text !== undefined);
      // The loader ignores DT_RPATH if there is a DT_RUNPATH. @see ld.so(8)
      const path = textsOf(DT_RUNPATH)[0] ?? textsOf(DT_RPATH)[0];
      return {
        libraries: textsOf(DT_NEEDED),
        searched: path?.split(":").filter((item) => item !== "") ?? [],
      };
    },
  };
}

/** A text that ends with NUL; undefined if it is empty, too long, or has control characters. */
function tryReadText(bytes: Buffer, offset: number): string | undefined {
  const end = bytes.indexOf(0, offset);
  if (offset > bytes.length || end < 0) return undefined;
  const text = bytes.toString("latin1", offset, end);
  // eslint-disable-next-line no-control-regex
  return text.length > 0 && text.length < MAX_TEXT && !/[\x00-\x1f\x7f]/.test(text) ? text : undefined;
}
