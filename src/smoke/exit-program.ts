import { elfMachineOf, type TargetSystem } from "../model/system.js";

/**
 * The machine code of `exit(0)` for Linux: the exit status and the number of the system call go into
 * registers, and then the CPU enters the kernel.
 * @see man 2 syscall, "Architecture calling conventions"
 */
const CODE: Readonly<Record<TargetSystem, string>> = {
  "x86_64-linux": "31ff b83c000000 0f05", // xor edi,edi; mov eax,60; syscall
  "aarch64-linux": "000080d2 a80b80d2 010000d4", // mov x0,#0; mov x8,#93; svc #0
  "i686-linux": "31db b801000000 cd80", // xor ebx,ebx; mov eax,1; int 0x80
  "armv7l-linux": "0000a0e3 0170a0e3 000000ef", // mov r0,#0; mov r7,#1; svc 0
  "riscv64-linux": "13050000 9308d005 73000000", // li a0,0; li a7,93; ecall
  "powerpc64le-linux": "01000038 00006038 02000044", // li r0,1; li r3,0; sc
  "s390x-linux": "a7290000 0a01", // lghi %r2,0; svc 1
};

/** The processor flags in the header: the ABI, where the kernel looks at it. */
const FLAGS: Readonly<Partial<Record<TargetSystem, number>>> = {
  "armv7l-linux": 0x5000000, // EABI version 5
  "powerpc64le-linux": 2, // ELFv2
};

const BASE = 0x400000;
/** The largest page size of the CPUs above. */
const ALIGNMENT = 0x10000;
const EXECUTABLE = 2;
const LOAD = 1;
const READ_AND_EXECUTE = 5;

/**
 * A static program for a system that exits with 0: an ELF file of one segment, which is the whole file.
 * @see ELF gABI, "ELF Header" and "Program Header"
 */
export function createExitProgram(system: TargetSystem): Buffer {
  const { machine, bits, endianness } = elfMachineOf(system);
  const code = Buffer.from(CODE[system].replaceAll(" ", ""), "hex");
  const headerBytes = bits === 64 ? 64 : 52;
  const segmentBytes = bits === 64 ? 56 : 32;
  const codeOffset = headerBytes + segmentBytes;
  const fileBytes = codeOffset + code.length;

  /** Renders fields of the file's byte order; `word` is as wide as an address. */
  const number = (bytes: number) => (value: number) => {
    const field = Buffer.alloc(bytes);
    if (endianness === "little") field.writeUIntLE(value, 0, Math.min(bytes, 6));
    else field.writeUIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6));
    return field;
  };
  const half = number(2);
  const int = number(4);
  const word = number(bits / 8);

  const identification = [0x7f, 0x45, 0x4c, 0x46, bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1];
  const header = [
    Buffer.concat([Buffer.from(identification)], 16),
    half(EXECUTABLE),
    half(machine),
    int(1),
    word(BASE + codeOffset),
    word(headerBytes),
    word(0),
    int(FLAGS[system] ?? 0),
    half(headerBytes),
    half(segmentBytes),
    half(1),
    half(0),
    half(0),
    half(0),
  ];
  const places = [word(0), word(BASE), word(BASE), word(fileBytes), word(fileBytes)];
  const segment =
    bits === 64
      ? [int(LOAD), int(READ_AND_EXECUTE), ...places, word(ALIGNMENT)]
      : [int(LOAD), ...places, int(READ_AND_EXECUTE), word(ALIGNMENT)];
  return Buffer.concat([...header, ...segment, code]);
}
