"""import-nix.py DEBIAN.PY IMPORT-DEBIAN.PY: makes the programs and libraries of a Nix in $out load from there.

Libraries are also loaded from $loadPath, with the dynamic linker $interpreter.
"""

import importlib.util
import os
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("import_debian", sys.argv[2])
import_debian = importlib.util.module_from_spec(spec)
spec.loader.exec_module(import_debian)
import_debian.patch_tree(Path(os.environ["out"]), os.environ["interpreter"], os.environ["loadPath"])
