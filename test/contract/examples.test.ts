import { globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";

import { chooseCaches } from "../../src/binary-cache/binary-cache.js";
import { parsePublicKey } from "../../src/binary-cache/signing-key.js";
import { readMachines } from "../../src/builders/machine-line.js";
import { parseSshHosts } from "../../src/ssh/config-input.js";
import { GATE_INPUTS } from "../../src/action/gate-inputs.js";
import { TOTAL_INPUTS } from "../../src/action/total-inputs.js";
import { INPUTS } from "../../src/action/inputs.js";
import { parseSmokeSpec } from "../../src/smoke/spec.js";

const DOCUMENTS = [
  "README.md",
  "CONTRIBUTING.md",
  ...readdirSync("docs").map((name) => join("docs", name)),
].filter((name) => name.endsWith(".md"));

/** Reads the YAML blocks of a Markdown file. */
function readYamlBlocks(file: string): readonly unknown[] {
  const blocks = readFileSync(file, "utf8").matchAll(/^```yaml\n([^]*?)^```$/gm);
  return [...blocks].map(([, yaml]) => parse(yaml ?? "") as unknown);
}

/** Finds the `with` of every step that uses our action, at any depth. */
function findCalls(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof value !== "object" || value === null) return [];
  const { uses, with: given } = { uses: undefined, with: undefined, ...value } as {
    uses: unknown;
    with: unknown;
  };
  const own =
    typeof uses === "string" && /^fluo\/cross-build(?:\/\w+)?@/.test(uses) ? [{ ...(given as object) }] : [];
  return [...own, ...Object.values(value).flatMap(findCalls)];
}

const NAMES: readonly string[] = [...INPUTS, ...GATE_INPUTS, ...TOTAL_INPUTS].map(({ name }) => name);

/** A block that is no workflow, smoke test or Kubernetes manifest shows inputs, as under `with`. */
function asCall(block: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (typeof block !== "object" || block === null) return [];
  const isOther =
    ["on", "jobs", "steps", "checks", "kind"].some((key) => key in block) || Array.isArray(block);
  return isOther ? [] : [{ ...block }];
}

const templates = readdirSync("workflows").filter((name) => name.endsWith(".yml"));
const calls = [
  ...DOCUMENTS.flatMap((file) => readYamlBlocks(file).map((block) => [file, block] as const)),
  ...templates.map(
    (name) =>
      [join("workflows", name), parse(readFileSync(join("workflows", name), "utf8")) as unknown] as const,
  ),
].flatMap(([file, block]) => [...findCalls(block), ...asCall(block)].map((given) => [file, given] as const));

describe("the examples", () => {
  it("exist", () => {
    expect(calls.length).toBeGreaterThan(2);
  });

  it.each(calls)("in %s set only inputs that exist", (_, given) => {
    expect(Object.keys(given).filter((name) => !NAMES.includes(name))).toEqual([]);
  });

  it.each(calls)("in %s have valid builders, caches and keys", async (_, given) => {
    // A word stands in for each expression that GitHub would evaluate.
    const text = (name: string) =>
      typeof given[name] === "string" ? given[name].replace(/\$\{\{[^}]*\}\}/g, "word") : "";
    const run = { nonce: "0", systemDefault: "x86_64-linux" };
    const builders = await readMachines(text("builders"), run, "/", () =>
      Promise.reject(new Error("no files")),
    );
    expect(builders.length > 0).toBe(text("builders") !== "");
    expect(parseSshHosts(text("ssh-config")).length > 0).toBe(text("ssh-config") !== "");
    const cache = text("cache");
    if (cache !== "")
      for (const { cache: own } of chooseCaches(cache, "/", false)) {
        expect(own.uri).toMatch(/^(?:file:|https:|github$)/);
      }
    for (const key of text("trusted-public-keys").split(/\s+/)) {
      if (key !== "") expect(parsePublicKey(key)).toBe(key);
    }
  });

  it.each(calls)("in %s have valid smoke tests", (_, given) => {
    const smoke = given["smoke-test"];
    if (typeof smoke === "string" && smoke.includes("checks:"))
      expect(parseSmokeSpec(smoke).checks.length).toBeGreaterThan(0);
  });

  it("of smoke tests in docs/smoke-test.md are valid", () => {
    const specs = readYamlBlocks("docs/smoke-test.md");
    expect(specs.length).toBe(3);
    for (const spec of specs) expect(parseSmokeSpec(JSON.stringify(spec)).checks.length).toBeGreaterThan(0);
  });

  it.each(globSync("{templates,examples}/*"))("of smoke tests in %s are valid", (folder) => {
    const spec = readFileSync(join(folder, "smoke-test.yaml"), "utf8");
    expect(parseSmokeSpec(spec).checks.length).toBeGreaterThan(0);
  });
});
