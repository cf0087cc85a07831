import { globSync, readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import ts from "typescript";

interface RaisedError {
  readonly place: string;
  /** The source code of the hint; undefined if the error has none. */
  readonly hint: string | undefined;
}

/** Finds every `new …Error(code, message, options)` of an `ActionError` in a source file. */
function findErrors(file: string, source: string): readonly RaisedError[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: RaisedError[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && /^(?:ActionError|ProtocolError)$/.test(node.expression.getText(tree))) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      found.push({ place: `${file}:${line + 1}`, hint: findHint(node.arguments?.[2], tree) });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

function findHint(options: ts.Node | undefined, tree: ts.SourceFile): string | undefined {
  if (options === undefined || !ts.isObjectLiteralExpression(options)) return undefined;
  for (const property of options.properties) {
    if (property.name?.getText(tree) !== "hint") continue;
    return ts.isPropertyAssignment(property) ? property.initializer.getText(tree) : "hint";
  }
  return undefined;
}

const errors = globSync("src/**/*.ts")
  .sort()
  .flatMap((file) => findErrors(file, readFileSync(file, "utf8")));

describe("every error that is raised in src", () => {
  it("is found", () => {
    const source = 'throw new ActionError("X", "y");\nthrow new ActionError("X", "y", { cause, hint: "z" });';
    expect(findErrors("a.ts", source)).toEqual([
      { place: "a.ts:1", hint: undefined },
      { place: "a.ts:2", hint: '"z"' },
    ]);
    expect(errors.length).toBeGreaterThan(100);
  });

  it("has a hint", () => {
    expect(errors.filter(({ hint }) => hint === undefined || /^["'`]\s*["'`]$/.test(hint))).toEqual([]);
  });

  it("points to pages by their URL, not by a path in this repository", () => {
    const withoutUrls = errors.map(({ place, hint = "" }) => ({
      place,
      hint: hint.replace(/https?:\/\/[^\s"'`]+/g, ""),
    }));
    expect(withoutUrls.filter(({ hint }) => /\b(?:docs|src|test|script)\/|\.md\b/.test(hint))).toEqual([]);
  });
});
