import { join } from "node:path";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { Derivation } from "../model/derivation.js";
import { isStorePath, nameOfStorePath, type StorePath } from "../model/store-path.js";
import { writeFileAtomically } from "../platform/files.js";
import type { RunNix } from "./command.js";

/**
 * Makes each derivation of a graph anew, with one more variable. It gets other output paths, and so do the
 * derivations of the graph that depend on it, whose texts then have the new paths. The variable's context has
 * the dependencies, since a text from JSON has none.
 */
const RENEW = `
{ file, salt }:
let
  inherit (builtins) appendContext attrNames concatMap concatStringsSep fromJSON getContext isAttrs isList
    isString mapAttrs readFile replaceStrings;
  graph = fromJSON (readFile file);
  renewed = mapAttrs renew graph;
  renew = _: { attributes, inputs, context, ... }:
    let
      pairsOf = drv: map
        (name: { old = graph.\${drv}.outputs.\${name}; new = renewed.\${drv}.\${name}.outPath; })
        inputs.\${drv};
      pairs = concatMap pairsOf (attrNames inputs);
      olds = map ({ old, ... }: old) pairs;
      news = map ({ new, ... }: new) pairs;
      rewrite = value:
        if isString value then replaceStrings olds news value
        else if isList value then map rewrite value
        else if isAttrs value then mapAttrs (_: rewrite) value
        else value;
    in
    derivation (rewrite attributes // {
      crossBuildSalt = appendContext salt (context // getContext (concatStringsSep "" news));
    });
in
mapAttrs (_: { drvPath, ... }: drvPath) renewed
`;

const LIMIT_MS = 15 * 60_000;

/** The derivations to renew, as `describeGraph` writes them. */
export interface RenewableGraph {
  readonly drvPaths: readonly StorePath[];
  readonly json: string;
}

/**
 * Describes the derivations `drvPaths` of a closure for `renewDerivations`. Leaves out those with a fixed
 * output: their output path does not depend on how it is made. Throws `PLAN_IMPOSSIBLE` for a derivation
 * whose output paths are not known before it is built, or whose texts are not UTF-8.
 */
export function describeGraph(
  drvPaths: Iterable<StorePath>,
  closure: ReadonlyMap<StorePath, Derivation>,
): RenewableGraph {
  const graph = new Map(
    [...drvPaths].flatMap((drvPath) => {
      const derivation = closure.get(drvPath);
      return derivation === undefined || hasFixedOutput(derivation) ? [] : [[drvPath, derivation] as const];
    }),
  );
  const described = [...graph].map(([drvPath, derivation]) => {
    const inputs = [...derivation.inputs];
    const kept = inputs.filter(([input]) => !graph.has(input));
    return [
      drvPath,
      {
        outputs: Object.fromEntries(derivation.outputs.map(({ name, path }) => [name, path])),
        attributes: describeAttributes(drvPath, derivation),
        inputs: Object.fromEntries(inputs.filter(([input]) => graph.has(input))),
        context: Object.fromEntries<object>([
          ...derivation.sources.map((source) => [source, { path: true }] as const),
          ...kept.map(([input, outputs]) => [input, { outputs }] as const),
        ]),
      },
    ] as const;
  });
  return { drvPaths: [...graph.keys()], json: JSON.stringify(Object.fromEntries(described)) };
}

function hasFixedOutput({ outputs }: Derivation): boolean {
  return outputs.some(({ hash }) => hash !== "");
}

/** The arguments of `derivation` that gave this derivation. */
function describeAttributes(drvPath: StorePath, derivation: Derivation): Readonly<Record<string, unknown>> {
  const { outputs, platform, builder, args, environment } = derivation;
  if (outputs.some(({ path }) => path === undefined))
    throw notRenewable(drvPath, "its output paths are not known before it is built");
  const readText = (bytes: Buffer) => {
    const text = bytes.toString();
    if (!Buffer.from(text).equals(bytes)) throw notRenewable(drvPath, "it has texts that are not UTF-8");
    return text;
  };
  const variables = new Map(environment.map(([name, value]) => [readText(name), readText(value)]));
  const structured = variables.get("__json");
  const names = (variables.get("outputs") ?? "").split(/\s+/).filter((name) => name !== "");
  return {
    name: nameOfStorePath(drvPath),
    // Nix writes them anew.
    ...Object.fromEntries([...variables].filter(([name]) => outputs.every((output) => output.name !== name))),
    // A derivation has a variable `outputs` only if its author listed them, then in their order.
    ...(names.length > 0 && { outputs: names }),
    ...(structured !== undefined && { ...readStructured(drvPath, structured), __json: undefined }),
    // Of Nix's own attributes, the one that has to be a Boolean.
    ...((structured !== undefined || variables.has("__structuredAttrs")) && {
      __structuredAttrs: structured !== undefined,
    }),
    system: platform,
    builder: readText(builder),
    args: args.map(readText),
  };
}

const STRUCTURED = z.record(z.string(), z.unknown());

function readStructured(drvPath: StorePath, json: string): z.infer<typeof STRUCTURED> {
  try {
    return STRUCTURED.parse(JSON.parse(json));
  } catch {
    throw notRenewable(drvPath, "its structured attributes are not a JSON object");
  }
}

function notRenewable(drvPath: StorePath, reason: string): ActionError {
  return new ActionError("PLAN_IMPOSSIBLE", `${nameOfStorePath(drvPath)} cannot be built again: ${reason}`, {
    hint: "A comparison needs input-addressed derivations.",
  });
}

export interface RenewRequest {
  readonly graph: RenewableGraph;
  /** Another value gives other derivations; the same one gives the same. */
  readonly salt: string;
  /** Where to write the expression and the graph. */
  readonly folder: string;
}

const RENEWED = z.record(z.string(), z.string());

/**
 * Makes derivations that do the same as those of a graph, but that have never been built: they differ by the
 * variable `crossBuildSalt`. Builds nothing and deletes nothing. Returns the new derivation of each old one.
 * Rejects with the codes of RunCommand.
 */
export async function renewDerivations(
  runNix: RunNix,
  { graph, salt, folder }: RenewRequest,
): Promise<ReadonlyMap<StorePath, StorePath>> {
  const expression = join(folder, "renew.nix");
  const file = join(folder, "renew.json");
  await writeFileAtomically(expression, RENEW);
  await writeFileAtomically(file, graph.json);
  const apply = `renew: renew { file = ${renderNixString(file)}; salt = ${renderNixString(salt)}; }`;
  const output: Buffer[] = [];
  await runNix(["eval", "--json", "--file", expression, "--apply", apply], {
    cwd: folder,
    timeoutMs: LIMIT_MS,
    onStdoutBytes: (bytes) => output.push(bytes),
  });
  const renewed = RENEWED.parse(JSON.parse(Buffer.concat(output).toString()));
  return new Map(
    Object.entries(renewed).map(([old, renewal]) => {
      if (!isStorePath(old) || !isStorePath(renewal))
        throw new Error(`${old} is not a store path, or ${renewal} is not`);
      return [old, renewal];
    }),
  );
}

/** @see Nix manual, "String literal" */
function renderNixString(text: string): string {
  return `"${text.replace(/["\\]|\$(?=\{)/g, "\\$&")}"`;
}
