import { spawnSync } from "node:child_process";

import type { Layers } from "./engines.js";
import type { Random } from "./fuzz/random.js";
import { makeRawTar, type RawEntry } from "./unit/image/raw-tar.js";

/** Everything below a folder: path, type, mode, owner, links, target and time, and what files contain. */
export function listFiles(root: string): readonly string[] {
  // overlayfs lists the name of a whiteout in a folder that no lower layer has, and find then fails.
  const find = (...args: readonly string[]) =>
    spawnSync("find", [".", "-mindepth", "1", ...args], { cwd: root, encoding: "latin1" }).stdout.split("\n");
  return [
    ...find("-printf", String.raw`%P %y %m %U:%G %l\n`),
    ...find("-type", "f", "-printf", String.raw`%P links %n time %Ts\n`, "-exec", "sha256sum", "{}", ";"),
  ].toSorted();
}

const FOLDER = { flag: "5", mode: 0o755 } as const;
/** Images with what audits and engines have to agree on. */
export const LAYER_CASES: readonly (readonly [string, Layers])[] = [
  [
    "modes, owners and links of several layers",
    [
      makeRawTar(
        { name: "./", ...FOLDER },
        { name: "./tmp/", flag: "5", mode: 0o1777 },
        { name: "./etc/", ...FOLDER },
        { name: "./etc/passwd", content: "root", mode: 0o640 },
        { name: "./bin/", ...FOLDER },
        { name: "./bin/su", content: "setuid", mode: 0o4755 },
        { name: "./bin/link", flag: "1", linkName: "./bin/su", mode: 0o4755 },
        { name: "./bin/ls", content: "removed" },
      ),
      makeRawTar(
        { name: "etc/", flag: "5", mode: 0o700 },
        { name: "etc/passwd", flag: "2", linkName: "/run/passwd" },
        { name: "etc/.wh.none" },
      ),
      makeRawTar({ name: "bin/", ...FOLDER }, { name: "bin/.wh.ls" }, { name: "pipe", flag: "6" }),
    ],
  ],
];

/** Layers as image builders write them: a layer has an entry for each folder that it has files in. */
export function makeLayers(random: Random): Layers {
  return Array.from({ length: 3 + random.below(3) }, () => {
    const entries = new Map<string, RawEntry>();
    const add = (entry: RawEntry & { readonly name: string }) => {
      if (!entries.has(entry.name)) entries.set(entry.name, entry);
    };
    const isReplaced = random.below(4) === 0;
    const replaced = random.pick(["a", "b"]);
    for (const folder of ["a", "b"]) {
      if (isReplaced && folder === replaced) continue;
      add({ name: folder, flag: "5", mode: random.pick([0o755, 0o700, 0o1777]) });
      if (random.below(4) === 0) add({ name: `${folder}/.wh..wh..opq` });
      for (const name of ["one", "two", "three"]) {
        const path = `${folder}/${name}`;
        const content = `content ${random.below(1000)}`;
        const kind = random.below(6);
        if (kind === 0) add({ name: path, content, mode: random.pick([0o644, 0o4755]) });
        if (kind === 1) add({ name: path, flag: "2", linkName: random.pick(["/b", "one", "../a/two"]) });
        if (kind === 2) add({ name: `${folder}/.wh.${name}` });
        if (kind === 3) add({ name: path, flag: "5", mode: 0o750 });
        if (kind === 3) add({ name: `${path}/file`, content });
        if (kind === 4 && entries.get(`${folder}/one`)?.content !== undefined)
          add({ name: path, flag: "1", linkName: `${folder}/one`, mode: 0o600 });
      }
    }
    if (isReplaced) {
      const ways = [{ name: replaced, content: "file" }, { name: `.wh.${replaced}` }];
      add(random.pick([...ways, { name: replaced, flag: "2", linkName: "/etc" }]));
    }
    return makeRawTar(...entries.values());
  });
}
