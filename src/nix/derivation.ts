import { access, readFile } from "node:fs/promises";

import { ActionError } from "../errors/action-error.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { readFileIfPresent } from "../platform/files.js";

/** What we need to know of a store derivation. */
export interface Derivation {
  /** Its outputs' paths; those of a content-addressed one are not known before it is built. */
  readonly outputs: readonly StorePath[];
  /** The store derivations that it needs. */
  readonly inputs: readonly StorePath[];
  /** The plain store paths that it needs. */
  readonly sources: readonly StorePath[];
}

/**
 * Reads the text of a `.drv` file. Its first lists are the outputs, the input derivations and the input sources; the rest is not looked
 * at. Rejects with `BUILD_FAILED` what is none.
 * @see Nix manual, "Store Derivation and Deriving Path", "ATerm format"
 */
export function parseDerivation(text: string): Derivation {
  const strings = /"(?:[^"\\]|\\.)*"/y;
  let at = text.startsWith("Derive(") ? "Derive(".length : -1;
  const take = (token: string) => {
    if (at < 0 || !text.startsWith(token, at)) throw invalid();
    at += token.length;
  };
  const takeString = () => {
    strings.lastIndex = at;
    const found = strings.exec(text)?.[0];
    if (found === undefined) throw invalid();
    at += found.length;
    return found.slice(1, -1);
  };
  const takeList = <T>(takeItem: () => T): readonly T[] => {
    const items: T[] = [];
    take("[");
    while (at < text.length && text[at] !== "]") {
      if (items.length > 0) take(",");
      items.push(takeItem());
    }
    take("]");
    return items;
  };
  const takeTuple = (length: number) => () => {
    take("(");
    const words = Array.from({ length }, (_, index) => {
      if (index > 0) take(",");
      return takeString();
    });
    take(")");
    return words;
  };
  const outputs = takeList(takeTuple(4)).map(([, path = ""]) => path);
  take(",");
  const inputs = takeList(() => {
    take("(");
    const path = takeString();
    take(",");
    takeList(takeString);
    take(")");
    return path;
  });
  take(",");
  const sources = takeList(takeString);
  return {
    outputs: outputs.filter(isStorePath),
    inputs: inputs.filter(isStorePath),
    sources: sources.filter(isStorePath),
  };
}

/** Store derivations by path, with all that they need, from this machine's store. */
export async function readClosure(
  roots: readonly StorePath[],
  readText: (path: StorePath) => Promise<string> = (path) => readFile(path, "utf8"),
): Promise<ReadonlyMap<StorePath, Derivation>> {
  const derivations = new Map<StorePath, Derivation>();
  let missing = [...new Set(roots)];
  while (missing.length > 0) {
    const read = await Promise.all(
      missing.map(async (path) => [path, parseDerivation(await readText(path))] as const),
    );
    for (const [path, derivation] of read) derivations.set(path, derivation);
    missing = [...new Set(read.flatMap(([, { inputs }]) => inputs))].filter((path) => !derivations.has(path));
  }
  return derivations;
}

/** The outputs of derivations that this machine has, as far as it has those, too. */
export async function readOutputs(drvPaths: readonly string[]): Promise<readonly StorePath[]> {
  const outputs = await Promise.all(
    drvPaths.map(async (drvPath) => {
      const text = await readFileIfPresent(drvPath);
      const named = text === undefined ? [] : parseDerivation(text).outputs;
      return Promise.all(named.map(async (output) => ((await isPresent(output)) ? [output] : [])));
    }),
  );
  return outputs.flat(2);
}

async function isPresent(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** The shape of what has to be built. */
export interface BuildGraph {
  readonly derivations: number;
  /** The length of its longest chain: what no number of builders makes shorter. */
  readonly depth: number;
}

/** The graph of the derivations `toBuild`; those that need no build do not count. */
export function measureGraph(
  toBuild: readonly StorePath[],
  derivations: ReadonlyMap<StorePath, Derivation>,
): BuildGraph {
  const pending = new Set(toBuild);
  const depths = new Map<StorePath, number>();
  const depthOf = (path: StorePath): number => {
    const known = depths.get(path);
    if (known !== undefined) return known;
    const below = (derivations.get(path)?.inputs ?? []).filter((input) => pending.has(input)).map(depthOf);
    const depth = 1 + Math.max(0, ...below);
    depths.set(path, depth);
    return depth;
  };
  return { derivations: pending.size, depth: Math.max(0, ...[...pending].map(depthOf)) };
}

function invalid(): ActionError {
  return new ActionError("BUILD_FAILED", "a store derivation of this machine cannot be read", {
    hint: "Check the store: nix-store --verify --check-contents.",
  });
}
