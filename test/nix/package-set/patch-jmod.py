"""patch-jmod.py DEBIAN.PY IMPORT-DEBIAN.PY: makes the files in java.base.jmod load libraries from the store.

jlink makes runtimes from the files in the jmods of $out. java.base has the hashes of the other modules, so
those are not changed.
"""

import importlib.util
import os
import shutil
import sys
import zipfile
from pathlib import Path

MAGIC = b"JM\x01\x00"

spec = importlib.util.spec_from_file_location("import_debian", sys.argv[2])
import_debian = importlib.util.module_from_spec(spec)
spec.loader.exec_module(import_debian)

jmod = Path(os.environ["out"], "lib/openjdk/jmods/java.base.jmod")
data = jmod.read_bytes()
if not data.startswith(MAGIC):
    sys.exit(f"patch-jmod.py: {jmod} is not a jmod file")
archive, root = Path("java.base.zip"), Path("java.base")
archive.write_bytes(data[len(MAGIC) :])
with zipfile.ZipFile(archive) as files:
    files.extractall(root)
    names = files.namelist()
import_debian.patch_tree(root, os.environ["interpreter"], os.environ["loadPath"])
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as files:
    for name in names:
        # A fixed time, so that the result is reproducible.
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        files.writestr(info, b"" if name.endswith("/") else (root / name).read_bytes())
jmod.write_bytes(MAGIC + archive.read_bytes())
shutil.rmtree(root)
