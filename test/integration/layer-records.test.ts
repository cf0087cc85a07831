import { chmodSync, cpSync, globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import type { StorePath } from "../../src/model/store-path.js";
import { renderFileExport } from "../../src/nix-protocol/export.js";
import { runCacheJob } from "../cache-job.js";
import { startFakeGithubCache } from "../fake-github-cache.js";
import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import { installNix, runIsolated, runNix } from "../nix/project.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";
import { findFreePort, type Service, startRegistry } from "../testbed.js";

const LIMIT_MS = 300_000;
const flake = makeTemporaryFolder("layered");
const cache = makeTemporaryFolder("layer-cache");
let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
beforeAll(async () => {
  cpSync("test/fixtures/layered", flake, { recursive: true });
  cpSync(join(FIXTURE, "httpd.c"), join(flake, "httpd.c"));
  cpSync("test/nix/package-set/stream-image.py", join(flake, "stream-image.py"));
  registry = await startRegistry(makeTemporaryFolder("layer-registry"));
}, LIMIT_MS);
afterAll(async () => {
  await registry.stop();
  removeTemporaryFolders();
});

function imageInputs() {
  return {
    systems: "x86_64-linux",
    image: `${registry.host}/team/hello`,
    tags: "",
    "registry-username": registry.username,
    "registry-password": registry.password,
  };
}

/** Runs a job on a machine, which is a new one unless it is given. */
async function run(
  inputs: Readonly<Record<string, string>>,
  machine = makeTemporaryFolder("layer-machine"),
): Promise<StepResult> {
  return createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      installables: `path:${flake}#image`,
      cache: `file://${cache}`,
      ...imageInputs(),
      ...inputs,
    },
    env: { RUNNER_DEBUG: "1" },
  });
}

/** How many layers were sent, and how many of the others were not even made. */
function countLayers(step: StepResult): { readonly sent: number; readonly known: number } {
  if (step.exitCode !== 0) throw new Error(step.log);
  const { layers } = readReport(step);
  expect(layers).toHaveLength(4);
  const known = layers.filter(({ state }) => state === "recorded").length;
  expect(known).toBe(Number(/([0-9]+) of 4 layers not made again/.exec(step.log)?.[1] ?? 0));
  return { sent: layers.filter(({ state }) => state === "sent").length, known };
}

describe("the records of layers", () => {
  const first = makeTemporaryFolder("first-machine");
  let digest: string | undefined;

  it(
    "are written to the cache, and spare a new machine every layer that the registry has",
    async () => {
      const made = await run({}, first);
      expect(countLayers(made)).toEqual({ sent: 4, known: 0 });
      digest = made.outputs["digest"];

      const again = await run({ ...SMOKE_TEST, tags: "latest" });
      expect(again.outputs).toMatchObject({ digest, "smoke-test": "passed", promoted: "true" });
      expect(countLayers(again)).toEqual({ sent: 0, known: 4 });
      const [before, after] = [readReport(made), readReport(again)];
      expect(after.audits).toEqual(before.audits);
      expect(after.caches).toMatchObject([{ pathsPushed: 0 }]);
    },
    LIMIT_MS,
  );

  it(
    "are in GitHub's cache, too, also where Nix runs as a daemon",
    async () => {
      const github = await startFakeGithubCache();
      try {
        chmodSync(flake, 0o755);
        const options = { isUnprivileged: true, inputs: imageInputs() };
        await runCacheJob(github, flake, options);
        const again = await runCacheJob(github, flake, options);
        expect(countLayers(again)).toEqual({ sent: 0, known: 4 });
        expect(again.report.caches).toMatchObject([{ state: "unchanged" }]);
      } finally {
        github.stop();
      }
    },
    LIMIT_MS,
  );

  it(
    "of a layer that changes are not used",
    async () => {
      const text = readFileSync(join(flake, "flake.nix"), "utf8");
      writeFileSync(join(flake, "flake.nix"), text.replace('"changing" "first"', '"changing" "second"'));
      const changed = await run({});
      writeFileSync(join(flake, "flake.nix"), text);
      expect(countLayers(changed)).toEqual({ sent: 1, known: 3 });
      expect(changed.outputs["digest"]).not.toBe(digest);
    },
    LIMIT_MS,
  );

  it(
    "do not replace a layer that the repository lacks",
    async () => {
      const folder = makeTemporaryFolder("layout");
      const image = `oci:${folder}`;
      const elsewhere = await run({ image }, first);
      expect(elsewhere.outputs["digest"]).toBe(digest);
      expect(countLayers(elsewhere)).toEqual({ sent: 4, known: 0 });

      const gone = readReport(elsewhere).layers[1]?.digest ?? "";
      rmSync(join(folder, "blobs", gone.replace(":", "/")));
      const repaired = await run({ image }, first);
      expect(repaired.outputs["digest"]).toBe(digest);
      expect(countLayers(repaired)).toEqual({ sent: 1, known: 3 });
    },
    LIMIT_MS,
  );

  it(
    "are not needed: a cache that is down costs nothing but the layers",
    async () => {
      const down = `http://127.0.0.1:${await findFreePort()}`;
      const step = await run({ cache: down, "cache-push": "false" });
      expect(step).toMatchObject({ exitCode: 0, outputs: { digest } });
      expect(countLayers(step)).toEqual({ sent: 0, known: 0 });
    },
    LIMIT_MS,
  );
});

interface LayerRecord {
  inputs: string;
  layer: { diffId: string; digest: string; audit: { entries: { findings?: { foreign?: unknown } }[] } };
}

/** Makes a cache with changed records of a machine, optionally signed. */
function plant(machine: string, change: (record: LayerRecord) => void, secretKey?: string): string {
  const [attacker, evil] = [makeTemporaryFolder("attacker"), makeTemporaryFolder("evil-cache")];
  const files = globSync(join(machine, "nix/store/*-cross-build-layer")).map((file) => {
    const record = JSON.parse(readFileSync(file, "utf8")) as LayerRecord;
    change(record);
    const path: StorePath = `/nix/store/${basename(file)}`;
    return { path, content: Buffer.from(JSON.stringify(record)) };
  });
  expect(files).toHaveLength(4);
  installNix(attacker);
  writeFileSync(join(attacker, "export"), Buffer.concat([...renderFileExport(files)]));
  const nixStore = "/nix/var/nix/profiles/default/bin/nix-store";
  runIsolated(attacker, ["bash", "-c", `${nixStore} --import < ${join(attacker, "export")}`]);
  writeFileSync(join(attacker, "key"), secretKey ?? "");
  const key = secretKey === undefined ? "" : `?secret-key=${join(attacker, "key")}`;
  runNix(attacker, ["copy", "--to", `file://${evil}${key}`, ...files.map(({ path }) => path)]);
  return evil;
}

describe("a planted record", () => {
  const secret = readFileSync("test/fixtures/cache-key/secret", "utf8").trim();
  const trusted = readFileSync("test/fixtures/cache-key/public", "utf8").trim();
  const other = `other-1:${Buffer.alloc(64, 7).toString("base64")}`;
  const attacker = makeTemporaryFolder("attacking-machine");
  const mixed = () => ({ installables: `path:${flake}#mixed`, "cache-push": "false" });
  const hideForeign = ({ layer }: LayerRecord) => {
    for (const { findings } of layer.audit.entries) delete findings?.foreign;
  };

  it.each([
    ["has no signature", undefined, "AUDIT_FAILED"],
    ["is signed by another key", other, "AUDIT_FAILED"],
    ["is signed by the trusted key", secret, ""],
  ])(
    "that hides a foreign program counts as the cache's signatures say: it %s",
    async (_, key, code) => {
      const allowed = await run({ ...mixed(), "audit-allow": "/nix/store/*-foreign/**" }, attacker);
      expect(allowed).toMatchObject({ exitCode: 0 });
      const evil = plant(attacker, hideForeign, key);
      const step = await run({ ...mixed(), cache: `file://${evil}`, "trusted-public-keys": trusted });
      expect(step.outputs["error-code"]).toBe(code);
    },
    LIMIT_MS,
  );

  it(
    "as an annotation of the image in the registry changes nothing",
    async () => {
      const allowed = await run({ ...mixed(), "audit-allow": "/nix/store/*-foreign/**" }, attacker);
      const { digest = "" } = allowed.outputs;
      const url = `http://${registry.host}/v2/team/hello/manifests`;
      const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
      const type = "application/vnd.oci.image.manifest.v1+json";
      const headers = { authorization: `Basic ${auth}`, accept: type, "content-type": type };
      const manifest = (await (await fetch(`${url}/${digest}`, { headers })).json()) as object;
      const [file = ""] = globSync(join(attacker, "nix/store/*-cross-build-layer"));
      const annotations = { "cross-build.layer": readFileSync(file, "utf8"), audit: "passed" };
      const body = JSON.stringify({ ...manifest, annotations });
      expect((await fetch(`${url}/latest`, { method: "PUT", headers, body })).status).toBe(201);
      const step = await run({ ...mixed(), ...SMOKE_TEST, tags: "latest", cache: "none" });
      expect(step.outputs["error-code"]).toBe("AUDIT_FAILED");
    },
    LIMIT_MS,
  );

  it(
    "whose diff ID does not fit its blob fails the gate",
    async () => {
      const machine = makeTemporaryFolder("second-machine");
      await run({}, machine);
      const evil = plant(machine, ({ inputs, layer }) => {
        // The image itself says what the diff ID of the topmost layer is.
        if (!inputs.includes('["tar"]')) layer.diffId = layer.diffId.replace(/.{4}$/, "0000");
      });
      const step = await run({ ...SMOKE_TEST, tags: "evil", cache: `file://${evil}`, "cache-push": "false" });
      expect(step.outputs).toMatchObject({ "error-code": "GATE_MISMATCH", promoted: "false" });
      expect(step.log).toMatch(/is not the one that \S+-cross-build-layer describes/);
    },
    LIMIT_MS,
  );

  it(
    "that names a blob which the repository lacks, or is malformed, is ignored",
    async () => {
      const machine = makeTemporaryFolder("third-machine");
      const right = await run({}, machine);
      let count = 0;
      const evil = plant(machine, (record) => {
        if (count++ % 2 === 0) record.layer.digest = record.layer.digest.replace(/.{4}$/, "0000");
        else Object.assign(record, { layer: {} });
      });
      const step = await run({ cache: `file://${evil}`, "cache-push": "false" });
      expect(step).toMatchObject({ exitCode: 0, outputs: { digest: right.outputs["digest"] } });
      expect(countLayers(step)).toEqual({ sent: 0, known: 0 });
      expect(step.log.match(/the record \S+-cross-build-layer is ignored/g)).toHaveLength(4);
    },
    LIMIT_MS,
  );
});
