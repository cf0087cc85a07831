import type { ElfMachine } from "../model/system.js";

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
