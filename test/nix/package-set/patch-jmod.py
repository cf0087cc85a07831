"""patch-jmod.py DEBIAN.PY IMPORT-DEBIAN.PY: makes the programs and libraries inside java.base.jmod of $out load from the store, as those beside
it do: what jlink makes is made of them. The other modules' hashes are in it, so they stay as they are."""

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
    sys.exit(f"patch-jmod.py: {jmod} is no jmod")
archive, root = Path("java.base.zip"), Path("java.base")
archive.write_bytes(data[len(MAGIC) :])
with zipfile.ZipFile(archive) as files:
    files.extractall(root)
    names = files.namelist()
import_debian.patch_tree(root, os.environ["interpreter"], os.environ["loadPath"])
with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as files:
    for name in names:
        # A time that is always the same.
        files.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), (root / name).read_bytes() if not name.endswith("/") else b"")
jmod.write_bytes(MAGIC + archive.read_bytes())
shutil.rmtree(root)
