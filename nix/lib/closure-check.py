"""Fails where the closure of an image has a file for another CPU than the image's, or is larger than it may be.

A reference to something of the build platform is seen by what it leads to: a shell, a compiler or a library whose code is for that
CPU. So is what was downloaded for the wrong one. Runs as the builder of a derivation with structured attributes, without a shell.
"""

import fnmatch
import json
import os
import struct
import sys
from collections import deque

SHOWN = 5
STORE_PREFIX = len("/nix/store/") + 32 + len("-")
# Mach-O for 64 bits, in both byte orders, and of several CPUs.
MACH_O = {bytes.fromhex("feedfacf"), bytes.fromhex("cffaedfe")}
# e_machine of files that are for no CPU in particular: none, and BPF.
NO_CPU = {0, 247}
NAMES = {3: "i686", 21: "powerpc64le", 22: "s390x", 40: "armv7l", 62: "x86_64", 183: "aarch64", 243: "riscv64"}


def read_machine(path):
    """The CPU of a program, library or object file as (e_machine, bits, endianness), "macOS", or None."""
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


def is_allowed(file, allowed):
    """By a store path that it is in, or by a glob on what follows the hash: `firmware-*`, or `app-1.0/share/*.o`."""
    name = file[STORE_PREFIX:]
    return any(
        file == pattern or file.startswith(pattern + "/") if pattern.startswith("/")
        else fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name.split("/")[0], pattern)
        for pattern in allowed
    )


def find_foreign(paths, native, allowed):
    """Store path → its first file for another CPU, and that CPU."""
    foreign = {}
    for path in sorted(paths):
        for file in list_files(path):
            machine = read_machine(file)
            if machine is not None and machine not in native and not is_allowed(file, allowed):
                foreign[path] = (file, machine if machine == "macOS" else NAMES.get(machine[0], f"machine {machine[0]}"))
                break
    return foreign


def find_chains(graph):
    """Store path → one of the shortest ways to it, from what nothing else in the closure needs."""
    needed = {other for path, entry in graph.items() for other in entry["references"] if other != path}
    chains = {path: [path] for path in sorted(set(graph) - needed)}
    todo = deque(chains)
    while todo:
        path = todo.popleft()
        for other in sorted(graph[path]["references"]):
            if other not in chains:
                chains[other] = [*chains[path], other]
                todo.append(other)
    return chains


def render_size(count):
    return f"{count / 2**20:.1f} MiB"


def check_cpu(graph, order):
    native = {(elf["machine"], elf["bits"], elf["endianness"]) for elf in [order["elf"], *order["runs"]]}
    foreign = find_foreign(graph, native, order["allowed"])
    if not foreign:
        return []
    chains = find_chains(graph)
    # What one of them needs itself comes with it, and goes with it.
    first = [path for path in sorted(foreign) if not any(step in foreign for step in chains[path][:-1])]
    lines = []
    for path in first[:SHOWN]:
        file, machine = foreign[path]
        lines.append(f"{file} is for {machine}")
        for step, needed in enumerate(chains[path]):
            name = "the image's config" if needed == order["config"] else needed
            lines.append(f"  {'-> ' if step else 'by '}{name}")
    if len(first) > SHOWN:
        lines.append(f"and {len(first) - SHOWN} more like these")
    cpu, kernel = order["system"].split("-")
    own = "macOS" if kernel == "darwin" else cpu
    where = "of the build platform" if {machine for _, machine in foreign.values()} == {own} else "for another CPU"
    return [
        f"the image {order['image']} for {order['targetSystem']} has {len(foreign)} store path(s) {where}:",
        *lines,
        "Take it from the package set of the target: tools of the build belong into nativeBuildInputs, and nothing in $out may name them.",
    ]


def check_size(graph, order):
    total = sum(entry["narSize"] for entry in graph.values())
    if order.get("maxBytes") is None or total <= order["maxBytes"]:
        return []
    largest = sorted(graph.items(), key=lambda item: -item[1]["narSize"])[:SHOWN]
    return [
        f"the image {order['image']} takes {render_size(total)}, and its maxSize is {render_size(order['maxBytes'])}. The largest:",
        *(f"{render_size(entry['narSize'])} {path}" for path, entry in largest),
    ]


def main():
    with open(os.environ.get("NIX_ATTRS_JSON_FILE", ".attrs.json"), encoding="utf-8") as file:
        order = json.load(file)
    graph = {entry["path"]: entry for entry in order["closure"]}
    problems = [*check_cpu(graph, order), *check_size(graph, order)]
    if problems:
        print("cross-build:", "\n".join(problems), file=sys.stderr)
        sys.exit(1)
    total = sum(entry["narSize"] for entry in graph.values())
    with open(order["outputs"]["out"], "w", encoding="utf-8") as out:
        json.dump({"storePaths": len(graph), "narSize": total}, out)


if __name__ == "__main__":
    main()
