#!/usr/bin/env python3
"""Makes a Nix release tarball with upstream's layout out of Debian's packages, and prints its path.

    nix-VERSION-SYSTEM/.reginfo    the closure's registration, for nix-store --load-db
    nix-VERSION-SYSTEM/install     only because upstream has one
    nix-VERSION-SYSTEM/store/…     one store path per Debian package

patchelf makes programs and libraries load each other from /nix/store only. The release does not include the
sandbox's shell, which Debian compiles in as /usr/bin/bash-static: set sandbox-paths. A release for another
CPU has a busybox beside Nix, because this machine's programs do not run there. Does nothing if the tarball
exists.
"""

import argparse
import glob
import hashlib
import os
import platform
import re
import shutil
from pathlib import Path

from debian import apt, find_mirror, patch, run

ARCHITECTURES = {
    "x86_64": ("amd64", "x86_64-linux-gnu", "ld-linux-x86-64.so.2"),
    "aarch64": ("arm64", "aarch64-linux-gnu", "ld-linux-aarch64.so.1"),
}
NIX_PROGRAMS = (
    "build channel collect-garbage copy-closure daemon env hash instantiate prefetch-url shell store"
)
NIX32 = "0123456789abcdfghijklmnpqrsvwxyz"


def nix32(digest):
    """Nix's base 32: the digest as a little-endian number, most significant digit first."""
    number = int.from_bytes(digest, "little")
    digits = -(-len(digest) * 8 // 5)
    return "".join(NIX32[number >> 5 * i & 31] for i in reversed(range(digits)))


def nar_hash(path):
    """SHA-256 and size of a path's NAR serialisation (Nix manual, "Nix Archive (NAR) format")."""
    sha, size = hashlib.sha256(), 0

    def put(data):
        nonlocal size
        framed = len(data).to_bytes(8, "little") + data + bytes(-len(data) % 8)
        sha.update(framed)
        size += len(framed)

    def node(path):
        put(b"(")
        put(b"type")
        if path.is_symlink():
            put(b"symlink")
            put(b"target")
            put(os.readlink(path).encode())
        elif path.is_dir():
            put(b"directory")
            for entry in sorted(path.iterdir(), key=lambda entry: entry.name.encode()):
                for word in (b"entry", b"(", b"name", entry.name.encode(), b"node"):
                    put(word)
                node(entry)
                put(b")")
        else:
            put(b"regular")
            if path.stat().st_mode & 0o100:
                put(b"executable")
                put(b"")
            put(b"contents")
            put(path.read_bytes())
        put(b")")

    put(b"nix-archive-1")
    node(path)
    return f"sha256:{nix32(sha.digest())}", size


def fetch_packages(work, suite, architecture, names):
    """Downloads and unpacks packages and their dependencies. Returns a dict: name → (folder, version)."""
    options = apt(work, suite, [architecture], find_mirror())
    run(*options, "update")
    run(*options, "-y", "--download-only", "install", *names)
    packages = {}
    for archive in sorted((work / "cache/archives").glob("*.deb")):
        name, version = run("dpkg-deb", "-W", "--showformat=${Package}\t${Version}", str(archive)).split("\t")
        folder = work / "unpacked" / name
        if not folder.exists():
            folder.mkdir(parents=True)
            run("dpkg-deb", "-x", str(archive), str(folder))
        packages[name] = (folder, re.sub(r"^\d+:|[+-].*$", "", version))
    return packages


def index_libraries(packages, triple):
    """Returns a dict of the shared libraries of all packages: soname → (package, file)."""
    libraries = {}
    for package, (folder, _) in packages.items():
        for place in (f"usr/lib/{triple}", f"lib/{triple}", "usr/lib64", "lib64", "usr/lib/nix"):
            for file in glob.glob(f"{folder}/{place}/*.so*"):
                target = Path(os.path.realpath(file))
                if target.is_file():
                    libraries.setdefault(os.path.basename(file), (package, target))
    return libraries


def needed(file):
    return run("patchelf", "--print-needed", str(file)).split()


def find_closure(program, libraries):
    """Returns two dicts: package → the sonames that `program` loads from it, directly or not; and package →
    the packages that it loads libraries from.
    """
    used, edges = {}, {"nix-bin": {"libc6"}}
    todo = [("nix-bin", program), ("nix-bin", libraries["libgcc_s.so.1"][1])]
    # libc opens libgcc_s by name when a thread is cancelled.
    used["libgcc-s1"] = {"libgcc_s.so.1"}
    edges["nix-bin"].add("libgcc-s1")
    while todo:
        user, file = todo.pop()
        for soname in needed(file):
            package, library = libraries[soname]
            if package != user:
                edges.setdefault(user, set()).add(package)
            if soname not in used.setdefault(package, set()):
                used[package].add(soname)
                if package != "libc6":
                    todo.append((package, library))
    # libc opens some of its parts by name: they must come from the same build.
    used["libc6"] = {soname for soname, (package, _) in libraries.items() if package == "libc6"}
    for package in used:
        edges.setdefault(package, set())
        if package != "libc6":
            edges[package].add("libc6")
    return used, edges


def sort_closure(edges):
    order = []

    def visit(package):
        if package not in order:
            for other in sorted(edges[package]):
                visit(other)
            order.append(package)

    for package in sorted(edges):
        visit(package)
    return order


def build_store(store, packages, libraries, used, edges, loader):
    """Fills `store`. Returns a dict: package → name of its store path."""
    paths = {}
    for package in sort_closure(edges):
        folder, version = packages[package]
        name = {"nix-bin": "nix", "libc6": "glibc", "busybox-static": "busybox"}.get(package, package)
        seed = "\n".join([name, version, *sorted(paths[other] for other in edges[package])])
        paths[package] = f"{nix32(hashlib.sha256(seed.encode()).digest()[:20])}-{name}-{version}"
        out = store / paths[package]
        (out / "lib").mkdir(parents=True)
        load_path = ":".join(f"/nix/store/{paths[other]}/lib" for other in sorted(edges[package] | {package}))
        for soname in sorted(used.get(package, ())):
            file = out / "lib" / soname
            shutil.copyfile(libraries[soname][1], file)
            file.chmod(0o755)
            if package != "libc6":
                patch(file, "--set-rpath", load_path)
        if package == "nix-bin":
            (out / "bin").mkdir()
            program = out / "bin/nix"
            shutil.copyfile(folder / "usr/bin/nix", program)
            program.chmod(0o755)
            interpreter = f"/nix/store/{paths['libc6']}/lib/{loader}"
            patch(program, "--set-rpath", load_path, "--set-interpreter", interpreter)
            for word in NIX_PROGRAMS.split():
                (out / f"bin/nix-{word}").symlink_to("nix")
            (out / "libexec/nix").mkdir(parents=True)
            (out / "libexec/nix/build-remote").symlink_to("../../bin/nix")
        if package == "busybox-static":
            (out / "bin").mkdir()
            busybox = next(file for file in folder.rglob("bin/busybox") if file.is_file())
            shutil.copy(busybox, out / "bin/busybox")
    for file in store.rglob("*"):
        if not file.is_symlink():
            file.chmod(0o555 if file.is_dir() or file.stat().st_mode & 0o100 else 0o444)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--suite", default="trixie", help="the Debian suite to take Nix from (default: %(default)s)"
    )
    parser.add_argument(
        "--cpu", default=platform.machine(), choices=ARCHITECTURES, help="default: this machine's"
    )
    arguments = parser.parse_args()
    cpu, is_foreign = arguments.cpu, arguments.cpu != platform.machine()
    architecture, triple, loader = ARCHITECTURES[cpu]
    top = Path(__file__).resolve().parents[2] / ".testbed/nix"
    kind = f"{arguments.suite}-{cpu}" if is_foreign else arguments.suite
    latest = top / f"{kind}.latest"
    if latest.is_symlink() and latest.exists():
        print(latest.resolve())
        return

    work = top / f"work-{kind}"
    extra = ["busybox-static"] if is_foreign else []
    packages = fetch_packages(work, arguments.suite, architecture, ["nix-bin", "libgcc-s1", *extra])
    libraries = index_libraries(packages, triple)
    used, edges = find_closure(packages["nix-bin"][0] / "usr/bin/nix", libraries)
    edges.update({package: set() for package in extra})
    release = f"nix-{packages['nix-bin'][1]}-{cpu}-linux"
    stage = work / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    store = stage / release / "store"
    store.mkdir(parents=True)
    paths = build_store(store, packages, libraries, used, edges, loader)

    registration = []
    for package in sort_closure(edges):
        digest, size = nar_hash(store / paths[package])
        references = sorted(f"/nix/store/{paths[other]}" for other in edges[package] | {package})
        path = f"/nix/store/{paths[package]}"
        registration += [path, digest, str(size), "", str(len(references)), *references]
    (stage / release / ".reginfo").write_text("\n".join(registration) + "\n")
    install = stage / release / "install"
    install.write_text("#!/bin/sh\necho 'made for tests: unpack it instead' >&2\nexit 1\n")
    install.chmod(0o755)

    # Most tests are not about unpacking, and zstd unpacks ten times as fast. One release is also compressed
    # by xz, as upstream's releases are.
    compressions = {"zst": "zstd -q -3 -T0", "xz": "xz -1 -T0"}
    for suffix in ("xz", "zst") if kind == "trixie" else ("zst",):
        tarball = top / f"{release}.tar.{suffix}"
        draft = top / f".{tarball.name}"
        run(
            "tar", "-c", "--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mode=u+w",
            "--mtime=@1", "-I", compressions[suffix], "-f", str(draft), "-C", str(stage),
            f"{release}/.reginfo", f"{release}/install", f"{release}/store",
        )  # fmt: skip
        digest = hashlib.sha256(draft.read_bytes()).hexdigest()
        (top / f"{tarball.name}.sha256").write_text(f"{digest}\n")
        draft.rename(tarball)
    run("chmod", "-R", "u+w", str(stage))
    shutil.rmtree(stage)
    latest.unlink(missing_ok=True)
    latest.symlink_to(tarball.name)
    print(tarball)


if __name__ == "__main__":
    main()
