"""Builds Go programs for the test bed, and keeps them outside of the clone, in the folder of cross-build's other
caches, for their go.sum and the version of Go."""

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path

from debian import run

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cross-build/testbed"
KEPT_DAYS = 30
ATTEMPTS = 4


def lock_cache(folder):
    """Makes the folder of a cache, and returns the lock on it."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    for left in folder.glob("work-*"):
        shutil.rmtree(left)
    return lock


def keep(folder, name, parts, make):
    """Returns the file or folder of the cache that `make(file)` makes out of `parts`; makes it if necessary."""
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]
    file = folder / f"{name}-{key}"
    if not file.exists():
        with tempfile.TemporaryDirectory(prefix="work-", dir=folder) as work:
            make(Path(work) / name)
            (Path(work) / name).rename(file)
    os.utime(file)
    return file


def find_go():
    if shutil.which("go") is None:
        run(HERE / "packages", "test")
    return run(HERE.parent / "go").strip()


def build_go(folder, module, options):
    """Returns the program that the options make of the Go module in a folder."""
    go = find_go()
    texts = [file.read_text() for file in sorted(module.iterdir())]

    def make(program):
        # The caches of Go would be 4 GB. Without optimisation, the build takes three quarters of the time.
        caches = {"GOCACHE": program.parent / "build", "GOMODCACHE": program.parent / "modules"}
        variables = {**environment, **caches}
        fetch_modules(go, options[-1], cwd=module, env=variables)
        run("nice", "-n", "19", go, "build", "-trimpath", "-buildvcs=false", "-gcflags=all=-N -l",
            "-o", program, *options, cwd=module, env=variables)  # fmt: skip

    environment = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "auto"}
    version = run(go, "version", cwd=module, env=environment)
    return keep(folder, module.name, [version, *options, *texts], make)


def fetch_modules(go, package, **where):
    """Downloads what a package needs. Not at the lowest priority: a server waits only seconds for a client."""
    for attempt in range(ATTEMPTS):
        try:
            run(go, "list", "-deps", package, **where)
            return
        except SystemExit:
            if attempt == ATTEMPTS - 1:
                raise
            time.sleep(5)


def link(file, place):
    """Makes the path `place` lead to a file of the cache."""
    temporary = place.parent / f".{place.name}"
    temporary.unlink(missing_ok=True)
    temporary.symlink_to(file)
    temporary.rename(place)


def prune(folder):
    """Removes what was not used for a month."""
    for file in folder.glob("*-*"):
        if time.time() - file.stat().st_mtime > KEPT_DAYS * 86400:
            shutil.rmtree(file) if file.is_dir() else file.unlink()
