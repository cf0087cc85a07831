#!/usr/bin/env python3
"""Fetches what the benchmark of pushing needs, and prints the folder.

    skopeo, crane    the newest of Debian, with the libraries that they need
    versions.json    the versions of both
    sources.json     the URL and the SHA-256 of each Debian package in the image that is pushed

Fetches them once, and again when the lists below change.
"""

import fcntl
import hashlib
import json
import platform
import shutil
from pathlib import Path

from debian import apt, find_mirror, run

TOOLS_SUITE = "sid"
TOOLS = ["skopeo", "crane"]
ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
IMAGE_SUITE = "trixie"
# What Node.js, a JRE, Python with NumPy, nginx, ImageMagick and clients of databases need.
PACKAGES = """
bash ca-certificates coreutils curl fonts-dejavu-core libblas3 libblkid1 libbpf1 libbrotli1
libc6 libcairo2 libcurl3t64-gnutls libcurl4t64 libdav1d7 libdb5.3t64 libde265-0 libelf1t64 libexpat1
libfftw3-double3 libfontconfig1 libfreetype6 libgcrypt20 libgdk-pixbuf-2.0-0 libgdk-pixbuf2.0-common
libgfortran5 libglib2.0-0t64 libgmp10 libgnutls30t64 libgomp1 libgssapi-krb5-2 libharfbuzz0b libheif1
libhogweed6t64 libicu76 libidn2-0 libjemalloc2 libjpeg62-turbo libkrb5-3 liblapack3 liblcms2-2 libldap2
liblerc4 libltdl7 liblzma5 libmagickcore-7.q16-10 libmount1 libncursesw6 libnettle8t64 libngtcp2-16
libnode115 libopenjp2-7 libp11-kit0 libpam0g libpango-1.0-0 libpcre2-8-0 libperl5.40 libpixman-1-0
libpng16-16t64 libpq5 libpython3.13-minimal libpython3.13-stdlib libraw23t64 libreadline8t64 librsvg2-2
libselinux1 libsemanage2 libsepol2 libsmartcols1 libsqlite3-0 libssh2-1t64 libssl3t64 libstdc++6 libsystemd0
libtiff6 libtinfo6 libudev1 libunistring5 libuv1t64 libwebp7 libx11-6 libxcb1
libxml2 libxslt1.1 libzstd1 nginx node-corepack node-undici nodejs openjdk-21-jre-headless openssl
perl-modules-5.40 postgresql-client-17 python3-numpy python3.13-minimal redis-tools
shared-mime-info tzdata zlib1g
""".split()
TOP = Path(__file__).resolve().parents[2]
FOLDER = TOP / ".testbed/push-parts"


def fetch_tools(work):
    """Unpacks the tools with all that they depend on: they need a newer libc than this machine's."""
    work.mkdir()
    options = apt(work, TOOLS_SUITE, [ARCHITECTURE], find_mirror())
    run(*options, "update")
    run(*options, "install", "--download-only", "--yes", *TOOLS)
    versions = {}
    for archive in (work / "cache/archives").glob("*.deb"):
        run("dpkg-deb", "-x", archive, work / "root")
        if (name := archive.name.split("_")[0]) in TOOLS:
            versions[name] = run("dpkg-deb", "-f", archive, "Version").split("+")[0].split("-")[0].strip()
    (loader,) = (work / "root").glob("usr/lib*/ld-linux*.so*")
    (libraries,) = (work / "root").glob("usr/lib/*-linux-gnu")
    for name in TOOLS:
        program = FOLDER / name
        command = f"{loader} --library-path {libraries} {work}/root/usr/bin/{name}"
        program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        program.chmod(0o755)
    shutil.rmtree(work / "cache")
    (FOLDER / "versions.json").write_text(json.dumps(versions))


def fetch_image(work):
    (work / "files").mkdir(parents=True)
    options = apt(work, IMAGE_SUITE, [ARCHITECTURE], find_mirror())
    run(*options, "update")
    run(*options, "download", *PACKAGES, cwd=work / "files")
    sources = {}
    for archive in sorted((work / "files").iterdir()):
        # Without the version: apt percent-encodes some of its characters, which a URL would decode.
        name = archive.name.split("_")[0]
        file = archive.rename(archive.with_name(f"{name}.deb"))
        sources[name] = {"url": f"file://{file}", "sha256": hashlib.sha256(file.read_bytes()).hexdigest()}
    (FOLDER / "sources.json").write_text(json.dumps(sources, indent=2))


def main():
    FOLDER.parent.mkdir(exist_ok=True)
    lock = (FOLDER.parent / "push-parts.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    stamp = FOLDER / "stamp"
    lists = hashlib.sha256(Path(__file__).read_bytes() + str(TOP).encode()).hexdigest()
    if not stamp.exists() or stamp.read_text() != lists:
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir()
        fetch_tools(FOLDER / "tools")
        fetch_image(FOLDER / "image")
        stamp.write_text(lists)
    print(FOLDER)


if __name__ == "__main__":
    main()
