"""import-debian.py DEBIAN.PY: unpacks the packages in $debs into $out.

Takes bin, lib, and the folders of usr/ in $keep. Makes programs and libraries load from $out/lib and
$loadPath, with the dynamic linker $interpreter.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

spec = importlib.util.spec_from_file_location("debian", sys.argv[1])
debian = importlib.util.module_from_spec(spec)
spec.loader.exec_module(debian)


def is_dynamic(file):
    """Whether an ELF file has a dynamic section, from the types of its program headers."""
    data = file.read_bytes()
    if data[:4] != b"\x7fELF" or int.from_bytes(data[16:18], "little") not in (2, 3):
        return False
    table, size, count = (int.from_bytes(data[a:b], "little") for a, b in ((32, 40), (54, 56), (56, 58)))
    types = (int.from_bytes(data[table + i * size : table + i * size + 4], "little") for i in range(count))
    return 2 in types


def has_interpreter(file):
    data = file.read_bytes()
    table, size, count = (int.from_bytes(data[a:b], "little") for a, b in ((32, 40), (54, 56), (56, 58)))
    types = (int.from_bytes(data[table + i * size : table + i * size + 4], "little") for i in range(count))
    return 3 in types


def patch_tree(out, interpreter, load_path):
    for file in sorted(out.rglob("*")):
        if file.is_symlink() or not file.is_file() or not is_dynamic(file):
            continue
        # $ORIGIN finds a package's own libraries in a subfolder of lib.
        options = ["--set-rpath", f"$ORIGIN:$ORIGIN/..:$ORIGIN/../lib:{out}/lib:{load_path}"]
        if has_interpreter(file):
            options += ["--set-interpreter", interpreter]
        file.chmod(0o755)
        debian.patch(file, *options)


def resolve_links(out, root):
    """Replaces absolute links, which lead into a Debian, by copies of their targets."""
    for link in [file for file in out.rglob("*") if file.is_symlink() and os.readlink(file).startswith("/")]:
        target = root / os.readlink(link).lstrip("/")
        link.unlink()
        if target.is_file():
            shutil.copy(target, link)
        elif target.is_dir():
            shutil.copytree(target, link, symlinks=True)


def unpack(deb, root):
    """Unpacks a package without its setuid bits, which a build in Nix may not set."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as archive:
        with tarfile.open(fileobj=archive.stdout, mode="r|") as files:
            for file in files:
                file.mode &= 0o777
                files.extract(file, root)
    if archive.returncode != 0:
        sys.exit(f"import-debian.py: cannot read {deb}")


def main():
    out, root = Path(os.environ["out"]), Path("root").resolve()
    for deb in os.environ["debs"].split():
        unpack(deb, root)
    (out / "lib").mkdir(parents=True)
    usr = root / "usr"
    if (usr / "bin").is_dir():
        shutil.copytree(usr / "bin", out / "bin", symlinks=True)
    for file in sorted((usr / "lib" / os.environ["multiarch"]).glob("*.so*")):
        shutil.copy(file, out / "lib" / file.name, follow_symlinks=False)
    for folder in os.environ["keep"].split():
        shutil.copytree(usr / folder, out / folder, symlinks=True, dirs_exist_ok=True)
    resolve_links(out, root)
    if os.environ["interpreter"]:
        patch_tree(out, os.environ["interpreter"], os.environ["loadPath"])
    if not any((out / "lib").iterdir()):
        (out / "lib").rmdir()


if __name__ == "__main__":
    main()
