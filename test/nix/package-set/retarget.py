"""retarget.py NEW OLD: makes the programs and libraries of a copied tree load from the copy."""

import subprocess
import sys
from pathlib import Path

new, old = sys.argv[1:]
for file in Path(new).rglob("*"):
    if file.is_symlink() or not file.is_file():
        continue
    if file.open("rb").read(4) != b"\x7fELF":
        continue
    told = subprocess.run(["patchelf", "--print-rpath", str(file)], capture_output=True, text=True)
    if old in told.stdout:
        rpath = told.stdout.strip().replace(old, new)
        subprocess.run(["patchelf", "--set-rpath", rpath, str(file)], check=True)
