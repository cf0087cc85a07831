import { access, readFile } from "node:fs/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { BuildGraph } from "../model/build-graph.js";
import { type BuildNeeds, type Derivation, outputPaths } from "../model/derivation.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { readFileIfPresent } from "../platform/files.js";

/**
 * Reads the bytes of the `.drv` file `drvPath`. Rejects with `BUILD_FAILED` for anything else.
 * @see Nix manual, "Store Derivation and Deriving Path", "ATerm format"
 */
export function parseDerivation(file: Buffer, drvPath: string): Derivation {
  // Latin-1 has a character for each byte: the environment need not be UTF-8.
  const text = file.toString("latin1");
  const strings = /"(?:[^"\\]|\\[^])*"/y;
  let at = 0;
  const take = (token: string) => {
    if (!text.startsWith(token, at)) throw invalid(drvPath);
    at += token.length;
  };
  const takeString = () => {
    strings.lastIndex = at;
    const found = strings.exec(text)?.[0];
    if (found === undefined) throw invalid(drvPath);
    at += found.length;
    return unescapeString(found.slice(1, -1));
  };
  const takeList = <T>(open: string, takeItem: () => T, close: string): readonly T[] => {
    const items: T[] = [];
    take(open);
    while (at < text.length && text[at] !== close) {
      if (items.length > 0) take(",");
      items.push(takeItem());
    }
    take(close);
    return items;
  };
  const takeStrings = () => takeList("[", takeString, "]");
  const takePath = (path: string) => {
    if (!isStorePath(path)) throw invalid(drvPath);
    return path;
  };
  const takeTuple = () => takeList("(", takeString, ")");
  const takeInput = () => {
    take("(");
    const path = takePath(takeString());
    take(",");
    const names = takeStrings();
    take(")");
    return [path, names] as const;
  };
  take("Derive(");
  const outputs = takeList("[", takeTuple, "]").map(
    ([name = "", path = "", hashAlgorithm = "", hash = ""]) => ({
      name,
      path: path === "" ? undefined : takePath(path),
      hashAlgorithm,
      hash,
    }),
  );
  take(",");
  const inputs = new Map(takeList("[", takeInput, "]"));
  take(",");
  const sources = takeStrings().map(takePath);
  take(",");
  const platform = takeString();
  take(",");
  const builder = toBytes(takeString());
  take(",");
  const args = takeStrings().map(toBytes);
  take(",");
  const environment = takeList("[", takeTuple, "]").map(
    ([name = "", value = ""]) => [toBytes(name), toBytes(value)] as const,
  );
  take(")");
  return { outputs, inputs, sources, platform, builder, args, environment };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

function unescapeString(text: string): string {
  return text.replace(/\\([^])/g, (_, character: string) => ESCAPES[character] ?? character);
}

function toBytes(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

/** The number of files that a process may have open is limited. */
const FILES_AT_ONCE = 200;

/** Reads these store derivations and all that they depend on from this machine's store. */
export async function readDerivationClosure(
  roots: readonly StorePath[],
  readBytes: (path: StorePath) => Promise<Buffer> = (path) => readFile(path),
): Promise<ReadonlyMap<StorePath, Derivation>> {
  const derivations = new Map<StorePath, Derivation>();
  let missing = [...new Set(roots)];
  while (missing.length > 0) {
    const read: (readonly [StorePath, Derivation])[] = [];
    for (let at = 0; at < missing.length; at += FILES_AT_ONCE) {
      const some = missing.slice(at, at + FILES_AT_ONCE);
      const files = await Promise.all(some.map(readBytes));
      read.push(
        ...some.map((path, i) => [path, parseDerivation(files[i] ?? Buffer.alloc(0), path)] as const),
      );
    }
    for (const [path, derivation] of read) derivations.set(path, derivation);
    missing = [...new Set(read.flatMap(([, { inputs }]) => [...inputs.keys()]))].filter(
      (path) => !derivations.has(path),
    );
  }
  return derivations;
}

/** Every path that a builder may have used or built for these derivations, as far as known in advance. */
export function listExpected(closure: ReadonlyMap<StorePath, Derivation>): ReadonlySet<StorePath> {
  return new Set(
    [...closure.values()].flatMap((derivation) => [...outputPaths(derivation), ...derivation.sources]),
  );
}

/** The outputs of these derivations that are in this machine's store. Skips derivations that are not. */
export async function readOutputs(drvPaths: readonly string[]): Promise<readonly StorePath[]> {
  const outputs = await Promise.all(
    drvPaths.map(async (drvPath) => {
      const text = await readFileIfPresent(drvPath, "latin1");
      const named =
        text === undefined ? [] : outputPaths(parseDerivation(Buffer.from(text, "latin1"), drvPath));
      return Promise.all(named.map(async (output) => ((await isPresent(output)) ? [output] : [])));
    }),
  );
  return outputs.flat(2);
}

/**
 * Which of these derivations each of them depends on directly. One whose `.drv` file is not in this machine's
 * store, or is damaged, has no entry.
 */
export async function readDependencies(
  drvPaths: readonly string[],
  readBytes: (path: string) => Promise<Buffer> = (path) => readFile(path),
): Promise<ReadonlyMap<string, readonly string[]>> {
  const known = new Set(drvPaths);
  const dependencies = new Map<string, readonly string[]>();
  const read = async (drvPath: string) => {
    try {
      const { inputs } = parseDerivation(await readBytes(drvPath), drvPath);
      dependencies.set(
        drvPath,
        [...inputs.keys()].filter((input) => known.has(input)),
      );
    } catch {
      // The report then shows it without what it waited for.
    }
  };
  const left = [...known];
  while (left.length > 0) await Promise.all(left.splice(0, FILES_AT_ONCE).map(read));
  return dependencies;
}

/** Whether a store path is in this machine's store. */
export async function isPresent(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * For each derivation in `toBuild`, the length of the longest chain that ends with it. Only derivations in
 * `toBuild` count.
 */
export function measureDepths(
  toBuild: readonly StorePath[],
  derivations: ReadonlyMap<StorePath, Derivation>,
): ReadonlyMap<StorePath, number> {
  const pending = new Set(toBuild);
  const depths = new Map<StorePath, number>();
  // Iterative: a chain may be deeper than the call stack allows.
  const stack = [...pending];
  for (let path = stack.at(-1); path !== undefined; path = stack.at(-1)) {
    const inputs = [...(derivations.get(path)?.inputs.keys() ?? [])].filter((input) => pending.has(input));
    const unknown = depths.has(path) ? [] : inputs.filter((input) => !depths.has(input));
    if (unknown.length === 0) {
      depths.set(path, 1 + maxOf(inputs.map((input) => depths.get(input) ?? 0)));
      stack.pop();
    }
    for (const input of unknown) stack.push(input);
  }
  return depths;
}

/** The largest number, or 0. Without spread: there may be more numbers than a call can have arguments. */
function maxOf(numbers: readonly number[]): number {
  return numbers.reduce((largest, number) => Math.max(largest, number), 0);
}

/** The size and shape of the graph of the derivations in `toBuild`. */
export function measureGraph(
  toBuild: readonly StorePath[],
  derivations: ReadonlyMap<StorePath, Derivation>,
): BuildGraph {
  const depths = [...measureDepths(toBuild, derivations).values()];
  const wanted = [...new Set(toBuild)].flatMap((path) => derivations.get(path) ?? []);
  return {
    derivations: depths.length,
    depth: maxOf(depths),
    needs: wanted.map(needsOf),
    isKnown: wanted.every(({ outputs }) => outputs.every(({ path }) => path !== undefined)),
  };
}

/**
 * The platform and features that a derivation requires.
 * @see Nix manual, "Advanced Attributes", requiredSystemFeatures
 */
export function needsOf({ platform, environment }: Derivation): BuildNeeds {
  const variable = (name: string) => environment.find(([key]) => key.toString() === name)?.[1].toString();
  const structured = variable("__json");
  if (structured === undefined) {
    return {
      platform,
      features: (variable("requiredSystemFeatures") ?? "").split(/\s+/).filter((word) => word !== ""),
    };
  }
  // Nix itself refuses to build a derivation in which this is something else.
  const { data } = STRUCTURED.safeParse(tryParseJson(structured));
  return { platform, features: data?.requiredSystemFeatures ?? [] };
}

const STRUCTURED = z.looseObject({ requiredSystemFeatures: z.array(z.string()).optional() });

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function invalid(drvPath: string): ActionError {
  return new ActionError("BUILD_FAILED", `the store derivation ${drvPath} on this machine is damaged`, {
    hint: "Check the store: nix-store --verify --check-contents --repair.",
  });
}
