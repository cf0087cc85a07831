#!/usr/bin/env python3
"""busybox.py CPU: fetches Debian's static busybox for another CPU, and prints the path of the program.

Does nothing if it was fetched before.
"""

import shutil
import sys
import tempfile
from pathlib import Path

from debian import apt, find_mirror, run

SUITE = "trixie"
TOP = Path(__file__).resolve().parents[2] / ".testbed/busybox"


def main():
    (cpu,) = sys.argv[1:]
    program = TOP / cpu / "busybox"
    if not program.exists():
        TOP.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=TOP) as name:
            work = Path(name)
            options = apt(work, SUITE, [cpu], find_mirror())
            run(*options, "update")
            run(*options, "download", "busybox-static", cwd=work)
            (archive,) = work.glob("*.deb")
            run("dpkg-deb", "-x", archive, work / "files")
            draft = work / "draft"
            draft.mkdir()
            shutil.copy(work / "files/usr/bin/busybox", draft)
            shutil.rmtree(program.parent, ignore_errors=True)
            draft.rename(program.parent)
    print(program)


if __name__ == "__main__":
    main()
