import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readLayoutTag, readReport } from "../job.js";
import { preparePodman } from "../podman.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("entrypoint");
const layout = join(machine, "image");
let built: string;

const ENGINES = [
  ["docker", {}],
  ["podman", preparePodman(makeTemporaryFolder("podman"))],
] as const;

beforeAll(async () => {
  const step = await createRunner(machine).runStep({
    inputs: { ...COMMON, installables: `path:${FIXTURE}#image`, image: `oci:${layout}` },
  });
  if (step.exitCode !== 0) throw new Error(step.log);
  built = step.outputs["digest"] ?? "";
}, 240_000);
afterAll(() => {
  removeTemporaryFolders();
});

const fileOf = (digest: string) => join(layout, "blobs/sha256", digest.slice("sha256:".length));
const read = (digest: string) => JSON.parse(readFileSync(fileOf(digest), "utf8")) as Record<string, unknown>;
function store(document: unknown): { readonly digest: string; readonly size: number } {
  const bytes = Buffer.from(JSON.stringify(document));
  const digest = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  writeFileSync(fileOf(digest), bytes);
  return { digest, size: bytes.length };
}

/** Adds the image with another configuration to the layout. */
function reconfigure(change: Readonly<Record<string, unknown>>) {
  const manifest = read(built);
  const descriptor = manifest["config"] as { readonly digest: string };
  const config = read(descriptor.digest);
  const changed = store({ ...config, config: { ...(config["config"] as object), ...change } });
  const { digest } = store({ ...manifest, config: { ...descriptor, ...changed } });
  return { digest, imageId: changed.digest };
}

describe.each(ENGINES)("an image whose entrypoint does not start in %s", (engine, env) => {
  const call = (...args: readonly string[]) =>
    execFileSync(engine, args, { env: { ...process.env, ...env }, encoding: "utf8" }).trim();

  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    [
      "does not exist",
      { Entrypoint: ["/bin/none", "--serve"] },
      /^exit code 127: \["\/bin\/none","--serve"\]/,
    ],
    [
      "is not executable",
      { Entrypoint: ["/etc/passwd"] },
      /^exit code 126: \["\/etc\/passwd"\] does not start/,
    ],
    ["is missing", { Entrypoint: null, Cmd: null }, /^the image has neither an entrypoint nor a command$/],
  ])(
    "fails its smoke test if it %s, and leaves nothing in the engine",
    async (about, change, said) => {
      const { digest, imageId } = reconfigure({ ...change, Labels: { about: `${about} in ${engine}` } });
      const junit = join(machine, "junit.xml");
      const step = await createRunner(machine).runStep({
        action: "gate",
        inputs: {
          image: `oci:${layout}@${digest}`,
          tags: "judged",
          "smoke-test": "checks:\n  - http: { port: 8080, path: /version }\n",
          "smoke-junit": junit,
        },
        env,
      });
      expect({ ...step.outputs, log: step.log }).toMatchObject({
        "error-code": "GATE_FAILED",
        "smoke-test": "failed",
        promoted: "false",
      });
      const [smoke] = readReport(step).smokeTests;
      expect(smoke?.checks).toMatchObject([{ name: "starts", kind: "start", outcome: "failed" }]);
      expect(smoke?.checks[0]?.detail).toMatch(said);
      expect(readFileSync(junit, "utf8")).toContain('<testcase name="starts" classname="x86_64-linux.start"');
      expect(readLayoutTag(layout, "judged")).toBeUndefined();
      expect(JSON.parse(step.outputs["gate-result"] ?? "")).toMatchObject([{ digest, outcome: "failed" }]);
      expect(call("ps", "--all", "--no-trunc", "--format={{.Image}}")).not.toContain(imageId.slice(7));
      expect(call("images", "--all", "--quiet", "--no-trunc")).not.toContain(imageId.slice(7));
    },
    120_000,
  );
});
