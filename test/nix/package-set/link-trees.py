"""link-trees.py OUT TREE…: makes one tree of links to the files of several. The first file of a name wins."""

import os
import sys

out, *trees = sys.argv[1:]
for tree in trees:
    for folder, names, files in os.walk(tree):
        target = os.path.join(out, os.path.relpath(folder, tree))
        links = [name for name in names if os.path.islink(os.path.join(folder, name))]
        if not os.path.isdir(target):
            os.makedirs(target)
        for name in [*files, *links]:
            if not os.path.lexists(os.path.join(target, name)):
                os.symlink(os.path.join(folder, name), os.path.join(target, name))
