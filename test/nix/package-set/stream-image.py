"""stream-image.py CONF: writes an image as a docker-archive to standard output.

The digest of a layer is its name and precedes it in the archive, so each layer is made twice: first for the
digest. Config and manifest come last.
"""

import hashlib
import io
import json
import os
import sys
import tarfile
from datetime import datetime
from pathlib import Path


class Counter:
    """A file that keeps only the digest and the number of the bytes that are written to it."""

    def __init__(self):
        self.digest, self.size = hashlib.sha256(), 0

    def write(self, data):
        self.digest.update(data)
        self.size += len(data)
        return len(data)


def list_members(path):
    found = [path]
    if path.is_dir() and not path.is_symlink():
        for folder, names, files in os.walk(path):
            found += [Path(folder) / name for name in [*names, *files]]
    return sorted(found)


def write_layer(target, paths, conf, mtime):
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as layer:
        def own(member):
            member.mtime, member.uid, member.gid = mtime, int(conf["uid"]), int(conf["gid"])
            member.uname, member.gname = conf["uname"], conf["gname"]
            return member

        for folder in ("/nix", "/nix/store"):
            member = tarfile.TarInfo(folder)
            member.type, member.mode = tarfile.DIRTYPE, 0o755
            layer.addfile(own(member))
        for path in paths:
            for file in list_members(Path(path)):
                member = layer.gettarinfo(file)
                member.name = f"/{member.name}"
                if member.islnk():
                    member.type, member.linkname, member.size = tarfile.REGTYPE, "", file.stat().st_size
                own(member)
                if member.isfile():
                    with open(file, "rb") as content:
                        layer.addfile(member, content)
                else:
                    layer.addfile(member)


def make_header(name, size, mtime):
    member = tarfile.TarInfo(name)
    member.size, member.mtime = size, mtime
    return member


def main():
    with open(sys.argv[1]) as file:
        conf = json.load(file)
    mtime = int(datetime.fromisoformat(conf["mtime"]).timestamp())
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        layers, env = [], []
        if conf["from_image"] is not None:
            with tarfile.open(conf["from_image"]) as base:
                manifest = json.load(base.extractfile("manifest.json"))[0]
                config = json.load(base.extractfile(manifest["Config"]))
                env = config["config"].get("Env", [])
                for name, diff_id in zip(manifest["Layers"], config["rootfs"]["diff_ids"]):
                    member = base.getmember(name)
                    archive.addfile(member, base.extractfile(member))
                    layers.append((name, diff_id.removeprefix("sha256:"), [name]))
        for paths in conf["store_layers"]:
            counter = Counter()
            write_layer(counter, paths, conf, mtime)
            digest = counter.digest.hexdigest()
            name = f"{digest}/layer.tar"
            read, write = os.pipe()
            child = os.fork()
            if child == 0:
                os.close(read)
                with open(write, "wb") as pipe:
                    write_layer(pipe, paths, conf, mtime)
                os._exit(0)
            os.close(write)
            with open(read, "rb") as pipe:
                archive.addfile(make_header(name, counter.size, mtime), pipe)
            os.waitpid(child, 0)
            layers.append((name, digest, paths))
        custom = Path(conf["customisation_layer"])
        digest = (custom / "checksum").read_text().strip()
        name = f"{digest}/layer.tar"
        with open(custom / "layer.tar", "rb") as content:
            archive.addfile(make_header(name, os.path.getsize(custom / "layer.tar"), mtime), content)
        layers.append((name, digest, [str(custom)]))

        settings = dict(conf["config"])
        if env:
            entries = [*env, *settings.get("Env", [])]
            settings["Env"] = list({entry.split("=", 1)[0]: entry for entry in entries}.values())
        image = json.dumps({
            "created": conf["created"],
            "architecture": conf["architecture"],
            "os": "linux",
            "config": settings,
            "rootfs": {"diff_ids": [f"sha256:{digest}" for _, digest, _ in layers], "type": "layers"},
            "history": [
                {"created": conf["created"], "comment": f"store paths: {paths}"} for _, _, paths in layers
            ],
        }, indent=4).encode()
        config = f"{hashlib.sha256(image).hexdigest()}.json"
        archive.addfile(make_header(config, len(image), mtime), io.BytesIO(image))
        names = [name for name, _, _ in layers]
        manifest = json.dumps([{"Config": config, "RepoTags": [conf["repo_tag"]], "Layers": names}]).encode()
        archive.addfile(make_header("manifest.json", len(manifest), mtime), io.BytesIO(manifest))


if __name__ == "__main__":
    main()
