"""Finds the CPU that a file is for."""

import os
import struct

# The magic numbers of 64-bit Mach-O files in both byte orders.
MACH_O = {bytes.fromhex("feedfacf"), bytes.fromhex("cffaedfe")}
# The values of e_machine that are not a CPU: none, and BPF.
NO_CPU = {0, 247}
NAMES = {
    3: "i686",
    21: "powerpc64le",
    22: "s390x",
    40: "armv7l",
    62: "x86_64",
    183: "aarch64",
    243: "riscv64",
}


def read_machine(path):
    """Returns what a file has machine code for: (e_machine, bits, endianness) of ELF, "macOS", or None."""
    with open(path, "rb") as file:
        head = file.read(20)
    if head[:4] in MACH_O:
        return "macOS"
    if len(head) < 20 or head[:4] != b"\x7fELF" or head[4] not in (1, 2) or head[5] not in (1, 2):
        return None
    (machine,) = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)
    if machine in NO_CPU:
        return None
    return machine, 32 * head[4], "little" if head[5] == 1 else "big"


def list_files(path):
    if os.path.islink(path):
        return
    if os.path.isfile(path):
        yield path
    for folder, folders, names in os.walk(path):
        folders.sort()
        for name in sorted(names):
            file = os.path.join(folder, name)
            if not os.path.islink(file) and os.path.isfile(file):
                yield file


def name_of(machine):
    """Returns the name of a value of read_machine."""
    return machine if machine == "macOS" else NAMES.get(machine[0], f"machine {machine[0]}")
