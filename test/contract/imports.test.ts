import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, it } from "@jest/globals";
import ts from "typescript";

/** Reads which files of `src/` each of them imports, including imports of types. */
function readImports(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    globSync("src/**/*.ts").map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"));
      const own = importedFiles.filter(({ fileName }) => fileName.startsWith("."));
      return [file, own.map(({ fileName }) => join(dirname(file), fileName.replace(/\.js$/, ".ts")))];
    }),
  );
}

/** Finds the first cycle: its files in order, with the same file first and last. */
function findCircle(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const visit = (file: string, above: readonly string[]): readonly string[] | undefined => {
    const start = above.indexOf(file);
    if (start !== -1) return [...above.slice(start), file];
    if (done.has(file)) return undefined;
    for (const next of imports.get(file) ?? []) {
      const circle = visit(next, [...above, file]);
      if (circle !== undefined) return circle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const circle = visit(file, []);
    if (circle !== undefined) return circle;
  }
  return undefined;
}

it("finds a cycle", () => {
  const imports = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(findCircle(imports)).toEqual(["b", "c", "b"]);
});

it("has no cycle of imports, not even of types", () => {
  const imports = readImports();
  expect(imports.size).toBeGreaterThan(100);
  expect(
    [...imports.values()].flat().filter((file) => !imports.has(file) && !file.endsWith(".json")),
  ).toEqual([]);
  expect(findCircle(imports)).toBeUndefined();
});

/** The modules that a file loads as soon as it is loaded: no types, and nothing that `import()` names. */
function listStaticImports(file: string): readonly string[] {
  const { statements } = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  return statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const isType = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    const { moduleSpecifier: name } = statement;
    return !isType && name !== undefined && ts.isStringLiteral(name) ? [name.text] : [];
  });
}

/** The packages that are loaded with the entry point. */
function listLoaded(entry: string): ReadonlySet<string> {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const name of listStaticImports(file)) {
      if (!name.startsWith(".")) packages.add(name);
      else if (name.endsWith(".js")) visit(join(dirname(file), name.replace(/\.js$/, ".ts")));
    }
  };
  visit(entry);
  return packages;
}

function listPackages(loaded: ReadonlySet<string>): readonly string[] {
  return [...loaded].filter((name) => !name.startsWith("node:")).toSorted();
}

it("every step starts without the packages that only some runs need", () => {
  const loaded = listLoaded("src/action/start-step.ts");
  expect(listPackages(loaded)).toEqual(["@actions/core", "p-retry"]);
  // Each costs a start one to five milliseconds.
  const slow = ["node:http", "node:https", "node:http2", "node:tls", "node:zlib"];
  expect(slow.filter((name) => loaded.has(name))).toEqual([]);
  expect([...listLoaded("src/action/command-line.ts")]).toContain("commander");
});

it("ssh's proxy command starts without any package, once for each connection to a pod", () => {
  for (const entry of ["src/index.ts", "src/cli.ts"]) expect([...listLoaded(entry)]).toEqual([]);
  expect(listPackages(listLoaded("src/kubernetes/proxy-command.ts"))).toEqual([]);
});

it.each(globSync("bench/*.bench.ts"))("%s runs outside of Jest", (file) => {
  expect([...listLoaded(file)]).toContain("node:path");
  expect([...listLoaded(file)]).not.toContain("@jest/globals");
});
