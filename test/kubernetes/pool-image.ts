import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { createProject, findPackageSet } from "../nix/project.js";
import { createRunner } from "../runner.js";
import { readNixRelease, startRegistry } from "../testbed.js";

const LIMIT_MS = 300_000;
/** What the first test file that needs the image leaves for the others. */
const SHARED = join(tmpdir(), "pool-image");

export type Registry = Awaited<ReturnType<typeof startRegistry>>;

/**
 * Starts a registry with the pool's image, which the action has built and pushed after its gate, as a release
 * does. The image is built once for all files of a run.
 */
export async function startImageRegistry(
  machine: string,
): Promise<{ readonly registry: Registry; readonly repository: string; readonly digest: string }> {
  const folder = join(machine, "registry");
  const found = (registry: Registry, digest: string) => ({
    registry,
    repository: `${registry.host}/team/builder`,
    digest,
  });
  if (!isFirst()) {
    const end = Date.now() + LIMIT_MS;
    while (!existsSync(join(SHARED, "digest"))) {
      if (Date.now() > end) throw new Error("the test file that builds the pool's image has failed");
      await sleep(200);
    }
    cpSync(join(SHARED, "storage"), join(folder, "storage"), { recursive: true });
    return found(await startRegistry(folder), readFileSync(join(SHARED, "digest"), "utf8"));
  }
  const registry = await startRegistry(folder);
  try {
    const digest = await buildImage(machine, registry);
    cpSync(join(folder, "storage"), join(SHARED, "storage"), { recursive: true });
    writeFileSync(join(SHARED, "digest.new"), digest);
    renameSync(join(SHARED, "digest.new"), join(SHARED, "digest"));
    return found(registry, digest);
  } catch (error) {
    await registry.stop();
    throw error;
  }
}

function isFirst(): boolean {
  try {
    mkdirSync(SHARED);
    return true;
  } catch {
    return false;
  }
}

/** Returns the digest of the image. */
async function buildImage(machine: string, registry: Registry): Promise<string> {
  const project = createImageProject();
  const sandboxPaths = ["/bin", "/usr", "/lib", "/lib64", join(process.cwd(), ".testbed")];
  const step = await createRunner(machine).runStep({
    timeoutMs: LIMIT_MS,
    inputs: {
      ...readNixRelease(),
      "extra-conf": `sandbox-paths = ${sandboxPaths.join(" ")}\nsubstituters =`,
      installables: `path:${project}#image`,
      image: `${registry.host}/team/builder`,
      tags: "v1",
      "registry-username": registry.username,
      "registry-password": registry.password,
      "smoke-test": join(project, "smoke-test.yaml"),
    },
  });
  const { "smoke-test": smokeTest, promoted, digest = "" } = step.outputs;
  if (step.exitCode !== 0 || smokeTest !== "passed" || promoted !== "true") throw new Error(step.log);
  return digest;
}

/** A copy of deploy/image with this repository's library and the tests' package set. Returns its folder. */
function createImageProject(): string {
  const nixpkgs = findPackageSet();
  const project = createProject("deploy/image", nixpkgs);
  cpSync("nix", join(project, "nix"), { recursive: true });
  const flake = join(project, "flake.nix");
  writeFileSync(flake, readFileSync(flake, "utf8").replace("../../nix", "./nix"));
  return project;
}
