import { AARCH64, X86_64 } from "../unit/image/archive.js";
import { makeRawTar, type RawEntry } from "../unit/image/raw-tar.js";
import { mutate, repairHeaders } from "./mutate.js";
import type { Random } from "./random.js";

/** Few names, so that layers often meet at the same path. */
const FOLDERS = ["a", "b", "a/b"];
const FILES = ["a/app", "b/app", "a/b/app", "app", "a", "b"];
const TARGETS = ["a", "b", "../b", "/b", "app"];

/**
 * The layers of an image for which engines and audit may differ: folders and symlinks first, then one program
 * for aarch64 among others, with links to what is there, at last whiteouts. Some tars are also damaged.
 */
export function makeRandomLayers(random: Random): readonly Buffer[] {
  const names: string[] = [];
  const add = (entry: RawEntry) => {
    names.push(String(entry.name));
    return entry;
  };
  const first = [makeFolder("b"), makeFolder("a/b"), makeSymlink(random)].slice(random.below(3)).map(add);
  const second = [
    add(makeProgram(random, AARCH64)),
    ...makeSome(random, () => makeEntry(random, names).map(add)),
  ];
  const third = makeSome(random, () => makeEntry(random, names).map(add));
  const last = makeSome(random, () => makeHiding(random, names));
  const merged =
    random.below(2) === 0 ? [[...first, ...second], third, last] : [first, second, [...third, ...last]];
  const layers = merged.map((entries) => makeRawTar(...dropRepeated(entries)));
  if (random.below(4) > 0) return layers;
  const damaged = random.below(layers.length);
  return layers.map((layer, i) => (i === damaged ? repairHeaders(mutate(layer, layers, random)) : layer));
}

function makeSome(random: Random, make: () => readonly RawEntry[]): readonly RawEntry[] {
  return Array.from({ length: 1 + random.below(2) }, make).flat();
}

/** Docker and Podman refuse a layer that has a path twice. */
function dropRepeated(entries: readonly RawEntry[]): readonly RawEntry[] {
  return [...new Map(entries.map((entry) => [String(entry.name).replace(/\/$/, ""), entry])).values()];
}

function makeProgram(random: Random, content: Buffer): RawEntry {
  return { name: random.pick(FILES), content, mode: 0o755 };
}

function makeFolder(name: string): RawEntry {
  return { name: `${name}/`, flag: "5", mode: 0o755 };
}

function makeSymlink(random: Random): RawEntry {
  return { name: random.pick(FILES), flag: "2", linkName: random.pick(TARGETS) };
}

function makeEntry(random: Random, names: readonly string[]): readonly RawEntry[] {
  switch (random.below(5)) {
    case 0:
      return [makeProgram(random, X86_64)];
    case 1:
      return [makeFolder(random.pick(FOLDERS))];
    case 2:
      return [makeSymlink(random)];
    default:
      return [{ name: random.pick(FILES), flag: "1", linkName: random.pick(names) }];
  }
}

/** Entries that hide what lower layers have: a whiteout, an opaque folder, or something in its place. */
function makeHiding(random: Random, names: readonly string[]): readonly RawEntry[] {
  const name = random.pick(names).replace(/\/$/, "");
  const folder = random.pick(FOLDERS);
  switch (random.below(6)) {
    case 0:
      return [makeFolder(folder), { name: `${folder}/.wh..wh..opq` }];
    case 1:
      return [{ name, content: X86_64, mode: 0o755 }];
    case 2:
      return [makeFolder(name)];
    default:
      return [{ name: name.replace(/[^/]*$/, (base) => `.wh.${base}`) }];
  }
}
