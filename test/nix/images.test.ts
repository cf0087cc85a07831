import { execFileSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, readLayoutTag, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type StepResult } from "../runner.js";
import { type Service, startBinfmt } from "../testbed.js";
import { createProject, fillCache, findPackageSet, runIsolated, runNix } from "./project.js";
import { createReadmeProject, readReadmeInputs } from "./readme.js";
import { readRow, renderTable, type Row } from "./table.js";

const LIMIT_MS = 600_000;
const rows: Row[] = [];
const machine = makeTemporaryFolder("nix-library");
// Stands for the public binary cache, which has native packages of ARM64 but nothing of a cross set.
const cache = makeTemporaryFolder("native-cache");
let project: string;
let binfmt: Service;

beforeAll(async () => {
  project = createProject("test/nix/images", findPackageSet());
  const builder = fillCache(cache, "aarch64-linux", ["cacert", "tzdata", "jdk_headless", "nodejs"]);
  // What Maven downloads for the example, where there is a network. With another hash, Nix would not find it.
  const downloads = join(findPackageSet(), "../maven/repository");
  const repository = runNix(builder, ["store", "add", "--name", "backend-repository", downloads]).trim();
  runNix(builder, ["copy", "--to", `file://${cache}?compression=none`, repository]);
  binfmt = await startBinfmt("aarch64");
}, LIMIT_MS);
afterAll(async () => {
  await binfmt.stop();
  removeTemporaryFolders();
  process.stdout.write(`\n${renderTable(rows)}\n\n`);
});

interface Job {
  readonly name: string;
  readonly system: string;
  readonly inputs?: Readonly<Record<string, string>>;
}

/** Runs the action's job on an image: build, audit, push to a layout on disk, smoke test, move the tags. */
function runJob({ name, system, inputs = {} }: Job): Promise<StepResult> {
  const sandboxPaths = ["/bin", "/usr", "/lib", "/lib64", "/etc/maven", join(process.cwd(), ".testbed")];
  return createRunner(machine).runStep({
    timeoutMs: LIMIT_MS,
    inputs: {
      ...COMMON,
      "extra-conf": `sandbox-paths = ${sandboxPaths.join(" ")}\nsubstituters = file://${cache}?trusted=1`,
      installables: `path:${project}#${name}`,
      systems: system,
      image: `oci:${layoutOf(name, system)}`,
      tags: "latest",
      "smoke-test": join(project, "smoke-test.yaml"),
      "allow-emulated-gate": String(system !== "x86_64-linux"),
      ...inputs,
    },
  });
}

function layoutOf(name: string, system: string): string {
  return join(machine, `${name}-${system}`);
}

interface Descriptor {
  readonly digest: string;
}

function pathOfBlob(name: string, system: string, { digest }: Descriptor): string {
  return join(layoutOf(name, system), "blobs", digest.replace(":", "/"));
}

/** Reads the image's manifest from the layout that it was pushed to. */
function readManifest(name: string, system: string): { config: Descriptor; layers: readonly Descriptor[] } {
  const digest = readLayoutTag(layoutOf(name, system), "latest") ?? "";
  const text = readFileSync(pathOfBlob(name, system, { digest }), "utf8");
  return JSON.parse(text) as ReturnType<typeof readManifest>;
}

function readConfig(
  name: string,
  system: string,
): { architecture: string; created: string; config: unknown } {
  const file = pathOfBlob(name, system, readManifest(name, system).config);
  return JSON.parse(readFileSync(file, "utf8")) as ReturnType<typeof readConfig>;
}

/** Lists the last layer, which has the files of `contents`, as tar does: with modes and numeric owners. */
function listLastLayer(name: string, system: string): string {
  const [layer] = readManifest(name, system).layers.slice(-1);
  if (layer === undefined) throw new Error(`${name} has no layers`);
  const file = pathOfBlob(name, system, layer);
  return execFileSync("tar", ["--list", "--verbose", "--numeric-owner", "--file", file], {
    encoding: "utf8",
  });
}

describe("the images of mkFlakeOutputs, in the action's job", () => {
  it.each([
    ["hello", "x86_64-linux", "native", "passed", "amd64"],
    ["hello", "aarch64-linux", "cross-compile", "passed (emulated)", "arm64"],
  ])(
    "are built, audited, tested and promoted: %s for %s",
    async (name, system, strategy, verdict, architecture) => {
      const step = await runJob({ name, system });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      rows.push(readRow(name, report));
      expect(step.outputs).toMatchObject({ "smoke-test": verdict, promoted: "true" });
      expect(report).toMatchObject({ plans: [{ strategy }], audits: [{ foreign: [] }] });
      expect(report.audits[0]?.elfFiles).toBeGreaterThan(0);
      expect(readConfig(name, system)).toMatchObject({
        architecture,
        created: "1970-01-01T00:00:01+00:00",
        config: {
          User: "65532:65532",
          Env: ["GREETING=hello", "SSL_CERT_FILE=/etc/ssl/certs/ca-bundle.crt", "TZDIR=/share/zoneinfo"],
          ExposedPorts: { "8080/tcp": {} },
          StopSignal: "SIGINT",
          Volumes: { "/data": {} },
          Healthcheck: {
            Test: ["CMD", expect.stringMatching(/\/bin\/server$/), "--version"],
            Interval: 1_000_000_000,
          },
          Labels: {
            "org.opencontainers.image.source": "https://example.org/hello",
            "org.opencontainers.image.title": "hello",
            "org.opencontainers.image.version": "1.0.0",
          },
        },
      });
      expect(listLastLayer(name, system)).toMatch(/^drwxr-xr-x 65532\/65532 .* \.\/data\/$/m);
      // The config names the layers. The script itself, whose archive names the config, writes the same.
      const script = step.outputs["store-paths"] ?? "";
      expect(step.log).toContain(`the layers of ${script} are made from the store`);
      const members = runIsolated(machine, ["/bin/sh", "-c", `${script} 2> /dev/null | tar --list`]);
      expect(members).toContain(`${readManifest(name, system).config.digest.replace("sha256:", "")}.json\n`);
    },
    LIMIT_MS,
  );

  it(
    "are built under QEMU as the target's native derivation, if only emulation is allowed",
    async () => {
      const step = await runJob({ name: "hello", system: "aarch64-linux", inputs: { strategy: "emulate" } });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      rows.push(readRow("hello", report));
      expect(report).toMatchObject({ plans: [{ strategy: "emulate" }], audits: [{ foreign: [] }] });
    },
    LIMIT_MS,
  );

  it(
    "are the same as a file and as a stream",
    async () => {
      const step = await runJob({ name: "archive", system: "x86_64-linux" });
      if (step.exitCode !== 0) throw new Error(step.log);
      rows.push(readRow("archive", readReport(step)));
      expect(readLayoutTag(layoutOf("archive", "x86_64-linux"), "latest")).toBe(
        readLayoutTag(layoutOf("hello", "x86_64-linux"), "latest"),
      );
      expect(step.log).toContain("stream-hello is built instead of the archive hello.tar.gz");
      expect(step.outputs["store-paths"]).toMatch(/-stream-hello$/);
    },
    LIMIT_MS,
  );

  it(
    "can have an entrypoint with the target's own shell",
    async () => {
      const step = await runJob({ name: "started", system: "aarch64-linux" });
      if (step.exitCode !== 0) throw new Error(step.log);
      rows.push(readRow("started", readReport(step)));
    },
    LIMIT_MS,
  );
});

it(
  "builds, tests and promotes the image of README.md",
  async () => {
    const installables = `path:${createReadmeProject(findPackageSet())}#image`;
    const { systems = "", "smoke-test": smokeTest = "" } = readReadmeInputs();
    const inputs = { installables, "smoke-test": smokeTest };
    const step = await runJob({ name: "readme", system: systems, inputs });
    if (step.exitCode !== 0) throw new Error(step.log);
    rows.push(readRow("readme", readReport(step)));
    expect(step.outputs).toMatchObject({ "smoke-test": "passed", promoted: "true" });
  },
  LIMIT_MS,
);

describe("the library's builders", () => {
  const answers = (cpu: string, port: number) => {
    const body = `'"status":"ok","cpu":"${cpu}"'`;
    const http = `{ path: /healthz, port: ${port}, status: 200, body: ${body}, timeout: 180s }`;
    return `checks:\n  - http: ${http}\n`;
  };
  const run = (...commands: readonly string[]) =>
    `checks:\n${commands.map((args) => `  - { args: [${args}], exit-code: 0, timeout: 180s }\n`).join("")}`;
  const common = ["/bin/kubectl, version, --client", "/bin/jq, --version"];

  it.each([
    ["node", "x86_64-linux", answers("x64", 3000)],
    ["node", "aarch64-linux", answers("arm64", 3000)],
    ["java", "x86_64-linux", answers("amd64", 8080)],
    ["java", "aarch64-linux", answers("aarch64", 8080)],
    ["tools", "x86_64-linux", run(...common, "/bin/helm, version", "/bin/terraform, version")],
    ["tools", "aarch64-linux", run(...common)],
  ])(
    "make images that are built, audited, tested and promoted: %s for %s",
    async (name, system, smoke) => {
      const step = await runJob({ name, system, inputs: { "smoke-test": smoke } });
      if (step.exitCode !== 0) throw new Error(step.log);
      rows.push(readRow(name, readReport(step)));
      expect(step.outputs).toMatchObject({ promoted: "true" });
    },
    LIMIT_MS,
  );
});

describe("examples and templates, with runtimes of the target's native package set", () => {
  it.each([
    ["examples/bff", "x86_64-linux", "native"],
    ["examples/bff", "aarch64-linux", "cross-compile"],
    ["examples/backend", "x86_64-linux", "native"],
    ["examples/backend", "aarch64-linux", "cross-compile"],
    ["templates/go", "x86_64-linux", "native"],
    ["templates/go", "aarch64-linux", "cross-compile"],
    ["templates/rust", "x86_64-linux", "native"],
    ["templates/rust", "aarch64-linux", "cross-compile"],
  ])(
    "are built, gated by their own smoke test, and promoted: %s for %s",
    async (source, system, strategy) => {
      const name = basename(source);
      const folder = createProject(source, findPackageSet());
      // Under QEMU, a JVM takes longer to start than the limit for a real CPU.
      const smokeTest = readFileSync(join(source, "smoke-test.yaml"), "utf8");
      const inputs = {
        installables: `path:${folder}#image`,
        "smoke-test": smokeTest.replace("http: {", "http: { timeout: 180s,"),
      };
      const step = await runJob({ name, system, inputs });
      if (step.exitCode !== 0) throw new Error(step.log);
      const report = readReport(step);
      rows.push(readRow(name, report));
      expect(step.outputs).toMatchObject({ promoted: "true" });
      expect(report).toMatchObject({ plans: [{ strategy }], audits: [{ foreign: [] }] });
      const user = name === "bff" ? "1000:1000" : "65532:65532";
      expect(readConfig(name, system)).toMatchObject({ config: { User: user } });
    },
    LIMIT_MS,
  );
});

describe("an image with files of the build platform in its closure", () => {
  it(
    "is not built, and the log has the chain of references to such a file",
    async () => {
      const step = await runJob({ name: "leaking", system: "aarch64-linux" });
      expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILD_FAILED" } });
      expect(step.log).toContain("the image leaking for aarch64-linux has");
      const chain = ["by the image's config", "-> /nix/store/\\S+-start", "-> /nix/store/\\S+-bash"];
      expect(step.log).toMatch(new RegExp(["-bash/bin/bash is for x86_64", ...chain].join("[^]*")));
    },
    LIMIT_MS,
  );

  it(
    "is built natively, where those files are for the target as well",
    async () => {
      const step = await runJob({ name: "leaking", system: "x86_64-linux" });
      if (step.exitCode !== 0) throw new Error(step.log);
      expect(step.outputs).toMatchObject({ promoted: "true" });
    },
    LIMIT_MS,
  );

  it(
    "is built if the reference is allowed, and then fails the audit",
    async () => {
      const step = await runJob({ name: "excused", system: "aarch64-linux" });
      expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "AUDIT_FAILED" } });
      // Layers may have been sent before the audit was complete, but nothing that refers to them.
      const blobs = globSync(join(layoutOf("excused", "aarch64-linux"), "blobs/sha256/*"));
      for (const blob of blobs) expect(readFileSync(blob).subarray(0, 2)).toEqual(GZIP);
      expect(existsSync(join(layoutOf("excused", "aarch64-linux"), "index.json"))).toBe(false);
    },
    LIMIT_MS,
  );
});

const GZIP = Buffer.from([0x1f, 0x8b]);

it(
  "an image that is larger than its maxSize is not built, and the log names the largest store paths",
  async () => {
    const step = await runJob({ name: "large", system: "x86_64-linux" });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILD_FAILED" } });
    expect(step.log).toMatch(/its maxSize is 1\.0 MiB[^]*MiB \/nix\/store\/\S+-glibc/);
  },
  LIMIT_MS,
);
