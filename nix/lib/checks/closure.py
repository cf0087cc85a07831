"""Fails if the closure of an image has a file for another CPU than the image's, or is larger than maxSize.

A reference to the build platform is found by what it brings in: a shell, compiler or library whose code is
for that CPU. A download for the wrong CPU is found in the same way. This is the builder of a derivation with
structured attributes; it needs no shell.
"""

import fnmatch
import json
import os
import sys
from collections import deque

from elf import list_files, name_of, read_machine

SHOWN = 5
STORE_PREFIX = len("/nix/store/") + 32 + len("-")


def is_allowed(file, allowed):
    """Whether the file is below an allowed store path, or its name after the hash matches an allowed glob.

    Such a glob is `firmware-*`, or `app-1.0/share/*.o`.
    """
    name = file[STORE_PREFIX:]
    return any(
        file == pattern or file.startswith(pattern + "/") if pattern.startswith("/")
        else fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name.split("/")[0], pattern)
        for pattern in allowed
    )


def find_foreign(paths, native, allowed):
    """Returns a dict: store path → its first file for another CPU, and that CPU."""
    foreign = {}
    for path in sorted(paths):
        for file in list_files(path):
            machine = read_machine(file)
            if machine is not None and machine not in native and not is_allowed(file, allowed):
                foreign[path] = (file, name_of(machine))
                break
    return foreign


def find_chains(graph):
    """Returns a dict: store path → a shortest chain of references to it, from a path without referrers."""
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
    # List the first such path of each chain only: without it, the paths that it brings in are gone too.
    first = [path for path in sorted(foreign) if not any(step in foreign for step in chains[path][:-1])]
    lines = []
    for path in first[:SHOWN]:
        file, machine = foreign[path]
        lines.append(f"{file} is for {machine}")
        for step, needed in enumerate(chains[path]):
            name = "the image's config" if needed == order["config"] else needed
            lines.append(f"  {'-> ' if step else 'by '}{name}")
    if len(first) > SHOWN:
        lines.append(f"and {len(first) - SHOWN} more")
    cpu, kernel = order["system"].split("-")
    own = "macOS" if kernel == "darwin" else cpu
    is_of_build = {machine for _, machine in foreign.values()} == {own}
    where = "of the build platform" if is_of_build else "for another CPU"
    count = "1 store path" if len(foreign) == 1 else f"{len(foreign)} store paths"
    return [
        f"the image {order['image']} for {order['targetSystem']} has {count} {where}:",
        *lines,
        "Take them from the target's package set. Build tools belong in nativeBuildInputs, "
        "and no file in $out may refer to them.",
    ]


def check_size(graph, order):
    total = sum(entry["narSize"] for entry in graph.values())
    if order.get("maxBytes") is None or total <= order["maxBytes"]:
        return []
    largest = sorted(graph.items(), key=lambda item: -item[1]["narSize"])[:SHOWN]
    return [
        f"the image {order['image']} takes {render_size(total)}, "
        f"but its maxSize is {render_size(order['maxBytes'])}. The largest store paths:",
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
