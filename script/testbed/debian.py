"""Fetches and patches Debian packages, for a Nix release and for the package set of the library's tests."""

import struct
import subprocess
import sys
from pathlib import Path

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"


def run(*command, **options):
    done = subprocess.run(command, text=True, capture_output=True, **options)
    if done.returncode != 0:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        sys.exit(f"{Path(sys.argv[0]).name}: {command[0]} failed: {' '.join(last)}")
    return done.stdout


def find_mirror():
    """Returns the mirror of this machine's apt if the machine is a Debian, otherwise Debian's own."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)|$(ORIGIN)|$(LABEL)", "Created-By: Packages"],
        text=True,
        capture_output=True,
    ).stdout
    return next(
        (line.split("|")[0] for line in told.splitlines() if line.endswith("|Debian|Debian")), MIRROR
    )


def apt(work, suite, architectures, mirror):
    """Returns an apt command that ignores this machine's packages: a closure is complete down to libc.

    Packages that are named without an architecture have the first of `architectures`.
    """
    for folder in ("lists/partial", "cache/archives/partial", "state"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror} {suite} main\n")
    (work / "status").touch()
    settings = {
        "Dir::Etc::SourceList": work / "sources.list",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": work / "state",
        "Dir::State::Lists": work / "lists",
        "Dir::State::status": work / "status",
        "Dir::Cache": work / "cache",
        "APT::Architecture": architectures[0],
        "APT::Architectures": ",".join(architectures),
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",
    }
    options = (word for name, value in settings.items() for word in ("-o", f"{name}={value}"))
    return ["apt-get", "-qq", *options]


def patch(file, *options):
    """Runs patchelf, and works around NixOS/patchelf#414.

    Old versions move a note of aarch64 programs, but not the program header that points to it
    (PT_GNU_PROPERTY), and the kernel refuses such a program. The note only enables a protection, so the
    header becomes PT_NULL.
    """
    run("patchelf", *options, str(file))
    with open(file, "r+b") as elf:
        header = elf.read(64)
        (table,) = struct.unpack_from("<Q", header, 32)
        size, count = struct.unpack_from("<HH", header, 54)
        for position in range(table, table + size * count, size):
            elf.seek(position)
            if elf.read(4) == struct.pack("<I", 0x6474E553):
                elf.seek(position)
                elf.write(bytes(4))
