"""Writes the description that stream-image.py reads.

Each store path has a layer, those that most others need first; the last layer has all that are left.
"""

import json
import os

with open(os.environ["NIX_ATTRS_JSON_FILE"]) as file:
    order = json.load(file)
graph = {entry["path"]: set(entry["references"]) - {entry["path"]} for entry in order["closure"]}


def closure_of(path, seen):
    for other in graph[path]:
        if other not in seen:
            seen.add(other)
            closure_of(other, seen)
    return seen


needed = dict.fromkeys(graph, 0)
for path in graph:
    for other in closure_of(path, set()):
        needed[other] += 1
included = [path for path in graph if path not in order["excluded"]]
paths = sorted(included, key=lambda path: (-needed[path], path))
# Leave one layer for the customisation, and one for the paths that are left.
single = order["maxLayers"] - 2
layers = [[path] for path in paths[:single]] + ([paths[single:]] if paths[single:] else [])
with open(order["baseJson"]) as file:
    description = json.load(file)
settings = order["settings"]
description.update(settings, uid=str(settings["uid"]), gid=str(settings["gid"]), store_layers=layers)
for time in ("created", "mtime"):
    description[time] = description[time].replace("Z", "+00:00")
with open(order["outputs"]["out"], "w") as out:
    json.dump(description, out)
