"""Writes store-paths, registration and total-nar-size of a closure, as nixpkgs' closureInfo does."""

import json
import os

with open(os.environ["NIX_ATTRS_JSON_FILE"]) as file:
    order = json.load(file)
out = order["outputs"]["out"]
closure = order["closure"]
os.mkdir(out)
with open(f"{out}/store-paths", "w") as file:
    file.writelines(f"{entry['path']}\n" for entry in closure)
with open(f"{out}/total-nar-size", "w") as file:
    file.write(f"{sum(entry['narSize'] for entry in closure)}\n")
with open(f"{out}/registration", "w") as file:
    for entry in closure:
        references = entry["references"]
        size, count = str(entry["narSize"]), str(len(references))
        lines = [entry["path"], entry["narHash"], size, "", count, *references]
        file.writelines(f"{line}\n" for line in lines)
