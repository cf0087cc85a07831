import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";

import type { Report } from "../../src/report/report.js";
import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type Runner,
  type StepResult,
} from "../runner.js";
import { readNixRelease, type Service, startBinfmt, startBuilder, startRegistry } from "../testbed.js";

const FIXTURE = resolve("test/fixtures/hello");
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync("docs/report.schema.json", "utf8")) as object,
);

/** What every job on the fixture needs: the Nix of the test bed, and the folders of the machine's compilers. */
const COMMON = {
  ...readNixRelease(),
  "extra-conf": "sandbox-paths = /bin /usr /lib /lib64\nsubstituters =",
  "smoke-test": join(FIXTURE, "smoke-test.yaml"),
};

function readReport(step: StepResult): Report {
  const report = JSON.parse(readFileSync(step.outputs["report"] ?? "", "utf8")) as Report;
  expect(validate.errors ?? []).toEqual([]);
  expect({ valid: validate(report), errors: validate.errors }).toEqual({ valid: true, errors: null });
  return report;
}

/** The digest under a tag of an OCI layout. */
function readLayoutTag(folder: string, tag: string): string | undefined {
  const index = JSON.parse(readFileSync(join(folder, "index.json"), "utf8")) as {
    manifests: { digest: string; annotations?: Record<string, string> }[];
  };
  return index.manifests.find(({ annotations }) => annotations?.["org.opencontainers.image.ref.name"] === tag)
    ?.digest;
}

/** A copy of the fixture, for tests that change it. */
function copyFixture(runner: Runner): string {
  const folder = join(runner.folder, "flake");
  cpSync(FIXTURE, folder, { recursive: true });
  return folder;
}

afterAll(() => {
  removeTemporaryFolders();
});

describe("a native build into an OCI layout", () => {
  const machine = makeTemporaryFolder("native");
  const layout = join(machine, "image");
  const inputs = {
    ...COMMON,
    installables: `path:${FIXTURE}#image`,
    image: `oci:${layout}`,
    tags: "latest, v1",
    cache: `file://${join(machine, "cache")}`,
  };
  let first: StepResult;
  let report: Report;

  beforeAll(async () => {
    first = await createRunner(machine).runStep({ inputs });
    if (first.exitCode !== 0) throw new Error(first.log);
    report = readReport(first);
  }, 240_000);

  it("installs Nix, builds here, and promotes the digest that it tested", () => {
    expect(report.nix).toMatchObject({ origin: "installed" });
    expect(report.plan).toMatchObject({ target: "x86_64-linux", strategy: "native" });
    expect(report.builds.map(({ place, outcome }) => [place, outcome])).toContainEqual(["local", "built"]);
    expect(report.smoke).toMatchObject({ outcome: "passed", isEmulated: false });
    expect(report.promotion).toMatchObject({ state: "promoted" });
    expect(report.outcome).toBe("success");
    expect(readLayoutTag(layout, "latest")).toBe(first.outputs["digest"]);
    expect(readLayoutTag(layout, "v1")).toBe(first.outputs["digest"]);
  });

  it("sets every output", () => {
    expect(first.outputs).toMatchObject({
      digest: expect.stringMatching(/^sha256:/) as unknown,
      imageid: expect.stringMatching(/^sha256:/) as unknown,
      image: `oci:${layout}@${first.outputs["digest"] ?? ""}`,
      tags: "latest\nv1",
      "smoke-test": "passed",
      promoted: "true",
      "error-code": "",
    });
    expect(first.outputs["store-paths"]).toMatch(/^\/nix\/store\//);
    expect(first.summary).toContain(first.outputs["digest"] ?? "missing");
  });

  it("fills the binary cache, so that a new machine builds nothing and uploads nothing", async () => {
    const second = await createRunner(makeTemporaryFolder("second")).runStep({ inputs });
    expect(second).toMatchObject({ exitCode: 0 });
    const again = readReport(second);
    expect(again.builds).toEqual([]);
    expect(again.substitutions.length).toBeGreaterThan(0);
    expect(again.cache).toMatchObject({ pathsPushed: 0, hitRate: 1, isTrustedByLocation: true });
    expect(again.layers.map(({ state }) => state)).toEqual(again.layers.map(() => "reused"));
    expect(second.outputs["digest"]).toBe(first.outputs["digest"]);
    expect(again.promotion).toMatchObject({ state: "unchanged" });
  }, 240_000);

  it("reuses the Nix that is there", async () => {
    const third = await createRunner(machine).runStep({ inputs });
    expect(third).toMatchObject({ exitCode: 0 });
    expect(readReport(third).nix).toMatchObject({ origin: "reused" });
  }, 240_000);

  it("builds in the sandbox", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, image: "", tags: "", "smoke-test": "", installables: `path:${FIXTURE}#sandboxed` },
    });
    expect(step).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it("moves no tag to an image that answers 500", async () => {
    const before = readLayoutTag(layout, "latest");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, installables: `path:${FIXTURE}#broken` },
    });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_FAILED", "smoke-test": "failed", promoted: "false" },
    });
    expect(step.log).toContain("500");
    expect(before).toBe(first.outputs["digest"]);
    expect(readLayoutTag(layout, "latest")).toBe(before);
    expect(readReport(step)).toMatchObject({ outcome: "failure", promotion: { state: "withheld" } });
  }, 120_000);

  it("stops at a file for another CPU before anything is pushed", async () => {
    const empty = join(machine, "audited");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, image: `oci:${empty}`, installables: `path:${FIXTURE}#mixed` },
    });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "AUDIT_FAILED", digest: "", promoted: "false" },
    });
    expect(step.log).toMatch(/\/opt\/foreign\/server.*aarch64/s);
    expect(readReport(step).audit?.foreign).toMatchObject([
      { path: "/opt/foreign/server", machine: "aarch64" },
    ]);
  }, 120_000);

  it("lets such a file pass where audit-allow names it", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs,
        tags: "",
        image: `oci:${join(machine, "allowed")}`,
        installables: `path:${FIXTURE}#mixed`,
        "audit-allow": "/opt/foreign/**",
      },
    });
    expect(step).toMatchObject({ exitCode: 0 });
  }, 120_000);

  it("reads an archive that is gzipped as a whole", async () => {
    const step = await createRunner(machine).runStep({
      inputs: {
        ...inputs,
        tags: "gz",
        image: `oci:${join(machine, "gzipped")}`,
        installables: `path:${FIXTURE}#gzipped`,
      },
    });
    expect(step).toMatchObject({ exitCode: 0, outputs: { promoted: "true" } });
  }, 120_000);

  it("names a derivation that fails, and shows what it said last", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, installables: `path:${FIXTURE}#failing` },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "BUILD_FAILED", digest: "" } });
    expect(step.log).toContain("line 30");
    const failed = readReport(step);
    expect(failed.builds.map(({ outcome }) => outcome)).toContain("failed");
    expect(failed.error).toMatchObject({ code: "BUILD_FAILED" });
  }, 120_000);

  it.each(["pull_request", "pull_request_target"])(
    "tests but pushes nothing on %s",
    async (event) => {
      const untouched = join(machine, `pr-${event}`);
      const step = await createRunner(machine).runStep({
        inputs: { ...inputs, push: "true", image: `oci:${untouched}` },
        env: { GITHUB_EVENT_NAME: event },
      });
      expect(step).toMatchObject({
        exitCode: 0,
        outputs: { digest: "", promoted: "false", "smoke-test": "passed" },
      });
      expect(() => readFileSync(join(untouched, "index.json"))).toThrow();
      expect(step.log).toContain(`nothing is pushed on the event ${event}`);
    },
    120_000,
  );

  it("leaves no process, no file and no container once post has run", async () => {
    const runner = createRunner(machine);
    const main = await runner.runStep({ inputs });
    const post = await runner.runStep({ state: main.state });
    expect(post).toMatchObject({ exitCode: 0 });
    expect(post.log).not.toContain("::warning");
  }, 120_000);
});

describe("a signed cache", () => {
  it("is believed by its public key alone", async () => {
    const machine = makeTemporaryFolder("signed");
    const secret = readFileSync("test/fixtures/cache-key/secret", "utf8").trim();
    const trusted = readFileSync("test/fixtures/cache-key/public", "utf8").trim();
    const inputs = {
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      "smoke-test": "",
      cache: `file://${join(machine, "cache")}`,
    };
    const signed = await createRunner(machine).runStep({
      inputs: { ...inputs, "cache-signing-key": secret, "trusted-public-keys": trusted },
    });
    expect(signed).toMatchObject({ exitCode: 0 });
    expect(signed.log).not.toContain(secret.split(":")[1]);

    const believing = await createRunner(makeTemporaryFolder("believing")).runStep({
      inputs: { ...inputs, "trusted-public-keys": trusted, "cache-push": "false" },
    });
    expect(readReport(believing)).toMatchObject({
      builds: [],
      cache: { isTrustedByLocation: false, hitRate: 1 },
    });

    const other = "other-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    const doubting = await createRunner(makeTemporaryFolder("doubting")).runStep({
      inputs: { ...inputs, "trusted-public-keys": other, "cache-push": "false" },
    });
    expect(readReport(doubting).builds.length).toBeGreaterThan(0);
  }, 360_000);
});

describe("a remote builder", () => {
  const machine = makeTemporaryFolder("remote");
  let builder: Service & { readonly line: string; readonly key: string; readonly knownHosts: string };

  beforeAll(async () => {
    builder = await startBuilder(join(machine, "builder"));
  }, 120_000);
  afterAll(async () => {
    await builder.stop();
  });

  const inputs = () => ({
    ...COMMON,
    installables: `path:${FIXTURE}#image`,
    strategy: "remote",
    builders: builder.line,
    "ssh-private-key": builder.key,
    "ssh-known-hosts": builder.knownHosts,
    image: `oci:${join(machine, "image")}`,
    tags: "latest",
  });

  it("builds everything, and nothing is built here", async () => {
    const runner = createRunner(machine);
    const step = await runner.runStep({ inputs: inputs() });
    if (step.exitCode !== 0) throw new Error(step.log);
    const report = readReport(step);
    expect(report.plan).toMatchObject({ strategy: "remote" });
    expect(report.builders).toMatchObject([{ state: "ready" }]);
    expect(report.builds.length).toBeGreaterThan(0);
    expect(report.builds.every(({ place }) => place.startsWith("ssh-ng://"))).toBe(true);
    expect(step.outputs["promoted"]).toBe("true");
    for (const line of builder.key.split("\n").slice(1, 4))
      expect(step.log.replaceAll(`::add-mask::${line}`, "")).not.toContain(line);
    await runner.runStep({ state: step.state });
  }, 240_000);

  it("is refused when its host key is another", async () => {
    const other = builder.knownHosts.replace(
      /AAAA.*$/m,
      "AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl",
    );
    const step = await createRunner(machine).runStep({ inputs: { ...inputs(), "ssh-known-hosts": other } });
    expect(step).toMatchObject({ exitCode: 1, outputs: { digest: "" } });
    expect(readReport(step)).toMatchObject({
      builders: [{ state: "dropped", code: "BUILDER_HOST_KEY" }],
      outcome: "failure",
    });
  }, 120_000);

  it("that is down costs seconds and is named", async () => {
    const line = builder.line.replace(/:[0-9]+ /, ":1 ");
    const knownHosts = builder.knownHosts.replace(/\]:[0-9]+/, "]:1");
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs(), builders: line, "ssh-known-hosts": knownHosts },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "PLAN_IMPOSSIBLE" } });
    expect(readReport(step)).toMatchObject({ builders: [{ state: "dropped", code: "BUILDER_UNREACHABLE" }] });
  }, 120_000);
});

describe("cross-compiling for aarch64", () => {
  const machine = makeTemporaryFolder("cross");
  const inputs = {
    ...COMMON,
    installables: `path:${FIXTURE}#image`,
    systems: "aarch64-linux",
    image: `oci:${join(machine, "image")}`,
    tags: "latest",
  };
  let binfmt: Service;
  beforeAll(async () => {
    binfmt = await startBinfmt("aarch64");
  });
  afterAll(async () => {
    await binfmt.stop();
  });

  it("refuses to judge the image on another CPU", async () => {
    const step = await createRunner(machine).runStep({ inputs });
    expect(step).toMatchObject({
      exitCode: 1,
      outputs: { "error-code": "GATE_EMULATED", promoted: "false" },
    });
  }, 240_000);

  it("judges it under QEMU where that is allowed, and says so", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs, "allow-emulated-gate": "true" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.outputs).toMatchObject({ "smoke-test": "passed (emulated)", promoted: "true" });
    expect(readReport(step)).toMatchObject({
      plan: { strategy: "cross-compile" },
      smoke: { isEmulated: true },
    });
    expect(step.summary).toContain("emulated");
  }, 240_000);
});

describe("a registry with basic authentication", () => {
  const machine = makeTemporaryFolder("registry");
  let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
  beforeAll(async () => {
    registry = await startRegistry(join(machine, "registry"));
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
  });

  const inputs = () => ({
    ...COMMON,
    installables: `path:${FIXTURE}#image`,
    image: `${registry.host}/team/hello`,
    tags: "latest",
    "registry-username": registry.username,
    "registry-password": registry.password,
  });

  async function readTag(tag: string): Promise<string | null> {
    const response = await fetch(`http://${registry.host}/v2/team/hello/manifests/${tag}`, {
      method: "HEAD",
      headers: {
        authorization: `Basic ${Buffer.from(`${registry.username}:${registry.password}`).toString("base64")}`,
        accept: "application/vnd.oci.image.manifest.v1+json",
      },
    });
    return response.headers.get("docker-content-digest");
  }

  it("gets the image by digest and then the tag; a broken one does not move it", async () => {
    const good = await createRunner(machine).runStep({ inputs: inputs() });
    if (good.exitCode !== 0) throw new Error(good.log);
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
    expect(readReport(good).layers.every(({ state }) => state === "sent")).toBe(true);

    const again = await createRunner(machine).runStep({ inputs: inputs() });
    expect(readReport(again).layers.every(({ state }) => state === "reused")).toBe(true);

    const broken = await createRunner(machine).runStep({
      inputs: { ...inputs(), installables: `path:${FIXTURE}#broken` },
    });
    expect(broken).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_FAILED" } });
    expect(await readTag("latest")).toBe(good.outputs["digest"]);
  }, 360_000);

  it("denies a wrong password, which is not printed", async () => {
    const step = await createRunner(machine).runStep({
      inputs: { ...inputs(), "registry-password": "not-the-password" },
    });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "REGISTRY_DENIED" } });
    expect(step.log.replace("::add-mask::not-the-password", "")).not.toContain("not-the-password");
  }, 120_000);
});

describe("a flake that changes", () => {
  it("gives another digest", async () => {
    const machine = makeTemporaryFolder("change");
    const runner = createRunner(machine);
    const flake = copyFixture(runner);
    mkdirSync(join(machine, "out"));
    const inputs = {
      ...COMMON,
      installables: `path:${flake}#image`,
      image: `oci:${join(machine, "image")}`,
      tags: "latest",
    };
    const first = await runner.runStep({ inputs });
    const source = join(flake, "httpd.c");
    writeFileSync(source, `${readFileSync(source, "utf8")}\nconst char changed[] = "changed";\n`);
    const second = await runner.runStep({ inputs });
    expect([first.exitCode, second.exitCode]).toEqual([0, 0]);
    expect(second.outputs["digest"]).not.toBe(first.outputs["digest"]);
  }, 360_000);
});
