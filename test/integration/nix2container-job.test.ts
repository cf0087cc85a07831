import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { readTagHeaders } from "../registry-tag.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";
import { sha256 } from "../unit/image/archive.js";

const PROGRAM = resolve(".testbed/nix2container/nix2container");
afterAll(removeTemporaryFolders);

describe("an image that nix2container describes", () => {
  const machine = makeTemporaryFolder("nix2container");
  const flake = makeTemporaryFolder("flake");
  let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
  beforeAll(async () => {
    copyFileSync("test/fixtures/nix2container/flake.nix", join(flake, "flake.nix"));
    copyFileSync(PROGRAM, join(flake, "nix2container"));
    cpSync(FIXTURE, join(flake, "hello"), { recursive: true });
    registry = await startRegistry(join(machine, "registry"));
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
  });

  const inputs = (name: string) => ({
    ...COMMON,
    ...SMOKE_TEST,
    installables: `path:${flake}#${name}`,
    image: `${registry.host}/team/hello`,
    tags: "latest",
    "registry-username": registry.username,
    "registry-password": registry.password,
  });

  it("is built, pushed and tested, with the image ID that its own skopeo would give", async () => {
    const step = await createRunner(machine).runStep({ inputs: inputs("image") });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.log).toMatch(/layers of .*image-hello\.json are made from the store, without nix2container/);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed", promoted: "true" });
    const headers = await readTagHeaders(registry, "team/hello", "latest");
    expect(headers.get("docker-content-digest")).toBe(step.outputs["digest"]);
    expect(readReport(step).layers.map(({ state }) => state)).toEqual(["sent", "sent", "sent"]);

    const json = join(machine, step.outputs["store-paths"]?.trim() ?? "");
    const config = execFileSync(PROGRAM, ["config", json]);
    expect(step.outputs["imageid"]).toBe(`sha256:${sha256(config)}`);
    const [base] = (JSON.parse(readFileSync(json, "utf8")) as { layers: { digest: string }[] }).layers;
    // It is compressed already, so it is pushed as it is.
    expect(readReport(step).layers[0]?.digest).toBe(base?.digest);

    const folder = makeTemporaryFolder("docker-config");
    const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
    writeFileSync(join(folder, "config.json"), JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const docker = (...args: readonly string[]) =>
      execFileSync("docker", ["--config", folder, ...args], { encoding: "utf8" }).trim();
    docker("pull", "--quiet", step.outputs["image"] ?? "");
    const id = docker("create", step.outputs["image"] ?? "");
    const listing = execFileSync("sh", ["-c", `docker export ${id} | tar -tv --numeric-owner`], {
      encoding: "utf8",
    });
    expect(listing).toMatch(/^drwxrwxrwt 0\/0 .* tmp\/$/m);
    expect(listing).toMatch(/ bin\/server -> \/nix\/store\/.*\/bin\/server$/m);

    const again = await createRunner(machine).runStep({ inputs: inputs("image") });
    expect(readReport(again).layers.every(({ state }) => state === "recorded")).toBe(true);
    expect(again.outputs["digest"]).toBe(step.outputs["digest"]);
  }, 360_000);

  it.each([
    ["changed", /layer 1 is sha256:.* instead of sha256:0000/],
    ["outside", /link of its layer 1 is a symlink/],
  ])(
    "is refused, and no tag is moved: %s",
    async (name, message) => {
      const before = await readTagHeaders(registry, "team/hello", "latest");
      const step = await createRunner(machine).runStep({ inputs: inputs(name) });
      expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "IMAGE_INVALID" } });
      expect(step.log).toMatch(message);
      const after = await readTagHeaders(registry, "team/hello", "latest");
      expect(after.get("docker-content-digest")).toBe(before.get("docker-content-digest"));
    },
    240_000,
  );
});
