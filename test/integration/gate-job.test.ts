import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, readReport, SMOKE_TEST } from "../job.js";
import { readTagHeaders } from "../registry-tag.js";
import {
  createRunner,
  makeTemporaryFolder,
  pathWithout,
  removeTemporaryFolders,
  type StepResult,
} from "../runner.js";
import { type Service, startBinfmt, startRegistry } from "../testbed.js";

const machine = makeTemporaryFolder("gate");
let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
let binfmt: Service;
/** An image index for two systems, to which no tag points. */
let candidate: StepResult;

const login = () => ({ "registry-username": registry.username, "registry-password": registry.password });

function build(name: string, inputs: Readonly<Record<string, string>>): Promise<StepResult> {
  return createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      installables: `path:${FIXTURE}#${name}`,
      systems: "x86_64-linux,aarch64-linux",
      promote: "false",
      ...inputs,
    },
  });
}

function judge(inputs: Readonly<Record<string, string>>, env = {}): Promise<StepResult> {
  return createRunner(machine).runStep({ action: "gate", inputs: { ...login(), ...inputs }, env });
}

/** Adds an uncompressed copy of an image to a layout, as other tools push. Returns its manifest's digest. */
function decompressLayers(layout: string, digest: string): string {
  const fileOf = (name: string) => join(layout, "blobs/sha256", name.slice("sha256:".length));
  const add = (bytes: Uint8Array) => {
    const added = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
    writeFileSync(fileOf(added), bytes);
    return { digest: added, size: bytes.length };
  };
  const manifest = JSON.parse(readFileSync(fileOf(digest), "utf8")) as { layers: { digest: string }[] };
  const layers = manifest.layers.map((layer) => ({
    mediaType: "application/vnd.oci.image.layer.v1.tar",
    ...add(gunzipSync(readFileSync(fileOf(layer.digest)))),
  }));
  return add(Buffer.from(JSON.stringify({ ...manifest, layers }))).digest;
}

const readTag = async (tag: string) =>
  (await readTagHeaders(registry, "team/gate", tag)).get("docker-content-digest");

beforeAll(async () => {
  binfmt = await startBinfmt("aarch64");
  registry = await startRegistry(join(machine, "registry"));
  candidate = await build("image", {
    ...login(),
    ...SMOKE_TEST,
    image: `${registry.host}/team/gate`,
    tags: "latest",
  });
  if (candidate.exitCode !== 0) throw new Error(candidate.log);
}, 300_000);
afterAll(async () => {
  await registry.stop();
  await binfmt.stop();
  removeTemporaryFolders();
});

describe("a build with promote: false", () => {
  it("tests the image for this machine's CPU, and leaves the rest and the tags to the gate", async () => {
    const { smokeTests, promotion } = readReport(candidate);
    expect(smokeTests).toMatchObject([{ target: "x86_64-linux", outcome: "passed" }]);
    expect(candidate.log).toContain("the smoke test of aarch64-linux is left to a gate on its CPU");
    expect(promotion).toMatchObject({ state: "withheld" });
    expect(candidate.outputs["promoted"]).toBe("false");
    expect(await readTag("latest")).toBeNull();
  });
});

describe("the gate action", () => {
  const image = () => candidate.outputs["image"] ?? "";

  it("tests the image for its own CPU, and moves no tag with promote: false", async () => {
    const junit = join(machine, "results/junit.xml");
    const step = await judge({
      ...SMOKE_TEST,
      image: image(),
      tags: "judged",
      promote: "false",
      "smoke-junit": junit,
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed", promoted: "false", "error-code": "" });
    const { image: judged, smokeTests } = readReport(step);
    expect(smokeTests).toMatchObject([{ target: "x86_64-linux", isEmulated: false }]);
    expect(judged?.platforms).toEqual([readReport(candidate).image?.platforms[0]]);
    expect(step.summary).toContain("Smoke test");
    expect(readFileSync(junit, "utf8")).toMatch(
      /<testcase name="answers" classname="x86_64-linux\.http" time="[0-9.]+"\/>/,
    );
    expect(await readTag("judged")).toBeNull();
  }, 120_000);

  it("rejects an image for another CPU before it downloads any of it", async () => {
    const step = await judge({ ...SMOKE_TEST, image: image(), systems: "aarch64-linux", tags: "judged" });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_EMULATED", promoted: "false" },
    });
    expect(readReport(step).phases.map(({ name }) => name)).not.toContain("fetch");
  }, 120_000);

  it("tests all systems if emulation is allowed, reports that, and moves the tags to the index", async () => {
    const step = await judge({
      ...SMOKE_TEST,
      image: image(),
      systems: "x86_64-linux,aarch64-linux",
      tags: "judged,v1",
      "allow-emulated-gate": "true",
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({
      "smoke-test": "passed (emulated)",
      promoted: "true",
      tags: "judged\nv1",
      digest: candidate.outputs["digest"],
      image: image(),
    });
    expect(await readTag("judged")).toBe(candidate.outputs["digest"]);
  }, 120_000);

  it("tests all systems in runc if there is no container engine", async () => {
    const inputs = {
      ...{ ...SMOKE_TEST, image: image(), systems: "x86_64-linux,aarch64-linux", promote: "false" },
      "allow-emulated-gate": "true",
    };
    const step = await judge(inputs, { PATH: pathWithout("docker", "podman") });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.log).toMatch(/the smoke test runs in runc \S+, without a container engine: docker is not /);
    const { smokeTests } = readReport(step);
    expect(smokeTests.map(({ runtime, load }) => [runtime.split(" ")[0], load.way])).toEqual([
      ["runc", "layers"],
      ["runc", "layers"],
    ]);
    const origins = smokeTests.flatMap(({ layers }) => layers.map(({ origin }) => origin));
    expect(new Set(origins)).toEqual(new Set(["fetched"]));
  }, 120_000);

  it("does not promote an index of which it tested one image", async () => {
    const step = await judge({ ...SMOKE_TEST, image: image(), tags: "half" });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_INCOMPLETE", "smoke-test": "skipped", promoted: "false" },
    });
    expect(step.log).toContain("the image linux/arm64 was not tested");
    // It fails before it downloads anything.
    expect(readReport(step).phases.map(({ name }) => name)).not.toContain("fetch");
    expect(await readTag("half")).toBeNull();
  }, 120_000);

  describe("without a smoke test", () => {
    const RUN = { GITHUB_RUN_ID: "7" };
    let results: Readonly<Record<"amd64" | "arm64", string>>;
    beforeAll(async () => {
      const gate = { ...SMOKE_TEST, image: image(), promote: "false" };
      const [amd64, arm64] = [
        await judge(gate, RUN),
        await judge({ ...gate, systems: "aarch64-linux", "allow-emulated-gate": "true" }, RUN),
      ];
      results = { amd64: amd64.outputs["gate-result"] ?? "", arm64: arm64.outputs["gate-result"] ?? "" };
    }, 240_000);
    const promote = (inputs: Readonly<Record<string, string>>, run = RUN) =>
      judge({ image: image(), tags: "latest", ...inputs }, run);

    it("hands over what it tested", () => {
      const [platform] = readReport(candidate).image?.platforms ?? [];
      const text = readFileSync(SMOKE_TEST["smoke-test"]);
      expect(JSON.parse(results.amd64)).toEqual([
        {
          run: 7,
          digest: platform?.digest,
          platform: "linux/amd64",
          smokeTest: `sha256:${createHash("sha256").update(text).digest("hex")}`,
          engine: "linux/amd64",
          outcome: "passed",
        },
      ]);
      expect(JSON.parse(results.arm64)).toMatchObject([{ platform: "linux/arm64", engine: "linux/amd64" }]);
    });

    it.each<[string, () => Readonly<Record<string, string>>, { GITHUB_RUN_ID: string }, RegExp]>([
      ["no results", () => ({}), RUN, /the image linux\/amd64 was not tested; the image linux\/arm64 was/],
      [
        "the result of one image",
        () => ({ "gate-results": results.amd64 }),
        RUN,
        /linux\/arm64 was not tested/,
      ],
      [
        "the results of another run",
        () => ({ "gate-results": `${results.amd64}\n${results.arm64}`, "allow-emulated-gate": "true" }),
        { GITHUB_RUN_ID: "8" },
        /linux\/amd64 was tested in run 7 instead of 8/,
      ],
      [
        "an emulated result",
        () => ({ "gate-results": `${results.amd64}\n${results.arm64}` }),
        RUN,
        /linux\/arm64 was tested under emulation, on linux\/amd64/,
      ],
      [
        "a failed result",
        () => ({ "gate-results": results.amd64.replace("passed", "failed") }),
        RUN,
        /linux\/amd64 failed its smoke test/,
      ],
    ])(
      "does not promote with %s",
      async (_, inputs, run, said) => {
        const step = await promote(inputs(), run);
        expect(step).toMatchObject({
          exitCode: 1,
          outputs: { "error-code": "GATE_INCOMPLETE", promoted: "false" },
        });
        expect(step.log).toMatch(said);
        expect(await readTag("latest")).toBeNull();
      },
      120_000,
    );

    it("promotes with the results of every image, as a matrix passes them on", async () => {
      const outputs = { "x86_64-linux": results.amd64, "aarch64-linux": results.arm64, "i686-linux": "" };
      const step = await promote({
        "gate-results": JSON.stringify(outputs, undefined, 2),
        "allow-emulated-gate": "true",
      });
      expect({ ...step.outputs, log: step.log }).toMatchObject({ "smoke-test": "skipped", promoted: "true" });
      expect(await readTag("latest")).toBe(candidate.outputs["digest"]);
    }, 120_000);
  });

  it("does not pass on a secret that it does not need", async () => {
    const bin = makeTemporaryFolder("gate-bin");
    const seen = join(bin, "environment");
    writeFileSync(join(bin, "docker"), `#!/bin/bash\nenv > ${seen}\nexit 1\n`, { mode: 0o755 });
    for (const name of ["podman", "runc", "crun"])
      writeFileSync(join(bin, name), "#!/bin/bash\nexit 1\n", { mode: 0o755 });
    const secret = "a key that the gate has no use for";
    const step = await judge(
      { ...SMOKE_TEST, image: image(), "ssh-private-key": secret },
      { PATH: `${bin}:${process.env["PATH"] ?? ""}`, DOCKER_HOST: "" },
    );
    expect(step.exitCode).toBe(1);
    expect(readFileSync(seen, "utf8")).toContain("PATH=");
    expect(readFileSync(seen, "utf8")).not.toContain(secret);
  }, 120_000);

  it("moves no tag for a pull request", async () => {
    const step = await judge({ image: image(), tags: "pr" }, { GITHUB_EVENT_NAME: "pull_request" });
    expect(step.outputs).toMatchObject({ promoted: "false" });
    expect(await readTag("pr")).toBeNull();
  }, 120_000);

  it("fails for an image that does not answer, and does not move the tags", async () => {
    const systems = { systems: "x86_64-linux" };
    const broken = await build("broken", { ...login(), ...systems, image: `${registry.host}/team/gate` });
    const step = await judge({ ...SMOKE_TEST, image: broken.outputs["image"] ?? "", tags: "latest" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED", promoted: "false" } });
    expect(await readTag("latest")).toBe(candidate.outputs["digest"]);
  }, 120_000);

  it.each([
    ["a tag", () => `${registry.host}/team/gate:latest`, "INPUT_INVALID"],
    ["a missing digest", () => `${registry.host}/team/gate@sha256:${"0".repeat(64)}`, "REGISTRY_FAILED"],
  ])(
    "rejects %s",
    async (_, name, code) => {
      const step = await judge({ ...SMOKE_TEST, image: name(), tags: "latest" });
      expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": code } });
    },
    120_000,
  );

  it("tests an image with uncompressed layers without changing it", async () => {
    const layout = join(machine, "plain");
    const built = await build("image", { systems: "x86_64-linux", image: `oci:${layout}` });
    if (built.exitCode !== 0) throw new Error(built.log);
    const digest = decompressLayers(layout, built.outputs["digest"] ?? "");
    const step = await judge({ ...SMOKE_TEST, image: `oci:${layout}@${digest}`, tags: "plain" });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed", promoted: "true", digest });
    const imageId = readReport(built).image?.platforms[0]?.imageId;
    expect(readReport(step).image?.platforms).toMatchObject([{ target: "x86_64-linux", digest, imageId }]);
    expect(readLayoutTag(layout, "plain")).toBe(digest);
  }, 120_000);

  it("tests an image in an OCI layout, and is available as a command of the CLI", async () => {
    const layout = join(machine, "layout");
    const built = await build("image", { systems: "x86_64-linux", image: `oci:${layout}` });
    const args = [
      "--image",
      built.outputs["image"] ?? "",
      "--tags",
      "v2",
      "--smoke-test",
      SMOKE_TEST["smoke-test"],
    ];
    // Outside of a workflow, also where these tests run in one.
    const env = { ...process.env, GITHUB_ACTIONS: undefined, GITHUB_EVENT_NAME: undefined };
    const printed = execFileSync(process.execPath, [resolve("dist/cli/index.js"), "gate", ...args], {
      encoding: "utf8",
      cwd: makeTemporaryFolder("gate-cli"),
      env,
      stdio: ["ignore", "pipe", "ignore"],
    });
    expect(printed.split("\n").slice(0, 2)).toEqual([built.outputs["image"], "promoted"]);
    expect(readLayoutTag(layout, "v2")).toBe(built.outputs["digest"]);
  }, 120_000);
});
