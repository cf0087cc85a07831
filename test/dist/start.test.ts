import { readFileSync } from "node:fs";

import { expect, it } from "@jest/globals";

it("starts with one file of the bundle, which does not load an HTTP client", () => {
  expect(readFileSync("dist/index.js", "utf8")).toMatch(/^import .* from "\.\/start\.js";$/m);
  const start = readFileSync("dist/start.js", "utf8");
  const imported = [...start.matchAll(/^import .*"(.+)";$/gm)].map(([, name = ""]) => name);
  expect(imported).toContain("node:path");
  expect(imported.filter((name) => name.startsWith("."))).toEqual(["./rolldown-runtime.js"]);
  expect(imported.filter((name) => /^(?:node:)?(?:https?2?|tls|zlib)$/.test(name))).toEqual([]);
});
