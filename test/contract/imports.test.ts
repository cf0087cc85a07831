import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect, it } from "@jest/globals";
import ts from "typescript";

/** What each file of `src/` imports from there, types too. */
function readImports(): ReadonlyMap<string, readonly string[]> {
  return new Map(
    globSync("src/**/*.ts").map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, "utf8"));
      const own = importedFiles.filter(({ fileName }) => fileName.startsWith("."));
      return [file, own.map(({ fileName }) => join(dirname(file), fileName.replace(/\.js$/, ".ts")))];
    }),
  );
}

/** The files of the first circle that is found, beginning and ending with the same one. */
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

it("finds a circle where there is one", () => {
  const imports = new Map([
    ["a", ["b"]],
    ["b", ["c"]],
    ["c", ["b"]],
  ]);
  expect(findCircle(imports)).toEqual(["b", "c", "b"]);
});

it("has no circle of imports, of types either", () => {
  const imports = readImports();
  expect(imports.size).toBeGreaterThan(100);
  expect(
    [...imports.values()].flat().filter((file) => !imports.has(file) && !file.endsWith(".json")),
  ).toEqual([]);
  expect(findCircle(imports)).toBeUndefined();
});
