import { spawnSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { startRegistry } from "../testbed.js";
import { createNamespace, helm } from "./cluster.js";
import type { Registry } from "./pool-image.js";

const IMAGE = `ghcr.io/fluo/cross-build-builder@sha256:${"a".repeat(64)}`;
const VALUES = ["deploy/chart/values.yaml", "dist/cli/values.yaml"];
let registry: Registry;
let tree: string;
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  registry = await startRegistry(makeTemporaryFolder("registry"));
  tree = makeTemporaryFolder("tree");
  for (const path of ["script/set-pool-image", "script/publish-chart", "deploy/chart", VALUES[1] ?? ""])
    cpSync(path, join(tree, path), { recursive: true });
  env = {
    PATH: `${resolve(".testbed/kubernetes")}:${process.env["PATH"] ?? ""}`,
    HELM_REGISTRY_CONFIG: join(tree, "registry.json"),
  };
  createNamespace("chart-release", "restricted");
}, 60_000);
afterAll(async () => {
  await registry.stop();
  removeTemporaryFolders();
});

/** Runs a script of the release in a copy of the tree. Resolves to undefined, or to what it complained. */
function run(script: string, ...args: readonly string[]): string | undefined {
  const { status, stderr } = spawnSync(join(tree, "script", script), args, {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return status === 0 ? undefined : stderr;
}

const readValues = (folder: string) => VALUES.map((file) => readFileSync(join(folder, file), "utf8"));

it("a release writes its image into the values, and publishes a chart that has it", () => {
  const { host, username, password } = registry;
  const publish = () => run("publish-chart", "1.2.3", `oci://${host}/charts`, "--plain-http");
  expect(publish()).toContain("image.digest is empty");
  expect(run("set-pool-image", "ghcr.io/fluo/cross-build-builder:1.2.3")).toContain("not an image by digest");
  expect(readValues(tree)).toEqual(readValues("."));
  expect(run("set-pool-image", IMAGE)).toBeUndefined();
  const digest = IMAGE.split("@")[1] ?? "";
  const expected = readValues(".").map((text) => text.replace('digest: ""', `digest: ${digest}`));
  expect(readValues(tree)).toEqual(expected);
  expect(run("set-pool-image", IMAGE)).toContain("has a digest already");

  helm(["registry", "login", host, "--plain-http", "--username", username, "--password-stdin"], {
    env,
    input: password,
  });
  expect(publish()).toBeUndefined();
  const chart = [`oci://${host}/charts/cross-build-builders`, "--version", "1.2.3", "--plain-http"];
  expect(helm(["show", "values", ...chart], { env }).trim()).toBe(expected[0]?.trim());
  const options = ["--namespace", "chart-release", "--dry-run=server"];
  const manifests = helm(["install", "builders", ...chart, ...options], { env });
  expect([...manifests.matchAll(/ image: (\S+)/g)].map(([, image]) => image)).toEqual(
    Array.from({ length: 4 }, () => IMAGE),
  );
}, 120_000);
