import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { FakeRegistry } from "../fake-registry.js";
import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import {
  createRunner,
  makeTemporaryFolder,
  removeTemporaryFolders,
  type StepOptions,
  type StepResult,
} from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** No server listens there. */
const NOWHERE = "127.0.0.1:1";
const machine = makeTemporaryFolder("early");
const image = { ...COMMON, installables: `path:${FIXTURE}#image` };
const run = (options: StepOptions) => createRunner(machine).runStep(options);

/** Requires that a step failed with a code before anything was built. */
function expectEarly(step: StepResult, code: string): void {
  expect({ code: step.outputs["error-code"], log: step.log }).toMatchObject({ code });
  expect(readReport(step).phases.map(({ name }) => name)).not.toContain("build");
}

/** Returns a PATH on which a `docker` with this script comes first. */
function dockerInFront(script: string): string {
  const folder = makeTemporaryFolder("docker");
  writeFileSync(join(folder, "docker"), `#!/bin/bash --norc\n${script}\nexec /usr/bin/docker "$@"\n`, {
    mode: 0o755,
  });
  return `${folder}:${PATH}`;
}

/** The IDs of all containers, and of all images. */
const listLeft = () =>
  [
    ["ps", "--all", "--quiet"],
    ["images", "--quiet"],
  ].map((args) => execFileSync("docker", args, { encoding: "utf8" }));

afterAll(() => {
  removeTemporaryFolders();
});

describe("45: what a run needs later is checked before the build", () => {
  it("the engine's CPU", async () => {
    const inputs = { ...image, ...SMOKE_TEST, systems: "aarch64-linux", image: `oci:${join(machine, "x")}` };
    expectEarly(await run({ inputs }), "GATE_EMULATED");
    expect(existsSync(join(machine, "x"))).toBe(false);
  }, 240_000);

  it("that the engine starts a container, which leaves nothing in it", async () => {
    const broken = dockerInFront('[ "$1" != run ] || { echo "no runtime" >&2; exit 125; }');
    const step = await run({ inputs: { ...image, ...SMOKE_TEST }, env: { PATH: broken } });
    expectEarly(step, "GATE_NO_RUNTIME");
    expect(step.log).toContain("no runtime");
    expect(listLeft()).toEqual(["", ""]);
  }, 240_000);

  it("that the registry can be reached", async () => {
    expectEarly(await run({ inputs: { ...image, image: `${NOWHERE}/app` } }), "REGISTRY_FAILED");
  }, 240_000);

  it("both the engine and the registry, and names both failures", async () => {
    const inputs = { ...image, ...SMOKE_TEST, systems: "aarch64-linux", image: `${NOWHERE}/app` };
    const step = await run({ inputs });
    expectEarly(step, "GATE_EMULATED");
    expect(step.log).toMatch(/::error::REGISTRY_FAILED: 127\.0\.0\.1:1 cannot be reached/);
  }, 240_000);

  it("the package of the flake, the smoke test and the folder", async () => {
    expectEarly(
      await run({ inputs: { ...image, installables: `path:${FIXTURE}#nothing` } }),
      "FLAKE_OUTPUT_MISSING",
    );
    for (const wrong of [{ "smoke-test": "checks: [{ htp: / }]" }, { "working-directory": "services/ap" }]) {
      expectEarly(await run({ inputs: { ...image, ...wrong } }), "INPUT_INVALID");
    }
  }, 240_000);

  it("nothing that the run does not need", async () => {
    const unused = { ...image, image: `${NOWHERE}/app` };
    const unpushed = await run({ inputs: { ...unused, push: "false" } });
    expect(unpushed).toMatchObject({ exitCode: 0 });
    const elsewhere = await run({ inputs: unused, env: { GITHUB_EVENT_NAME: "pull_request" } });
    expect(elsewhere).toMatchObject({ exitCode: 0 });
    const left = await run({
      inputs: {
        ...image,
        ...SMOKE_TEST,
        systems: "aarch64-linux",
        promote: "false",
        image: `oci:${join(machine, "left")}`,
      },
      // The engine answers, but starts nothing: another gate tests the image.
      env: { PATH: dockerInFront('[ "$1" != run ] || exit 125') },
    });
    expect({ exitCode: left.exitCode, log: left.log }).toMatchObject({ exitCode: 0 });
    expect(left.log).toContain("the smoke test of aarch64-linux is left to a gate on its CPU");
  }, 360_000);

  it("and a run that is cancelled then leaves nothing in the engine", async () => {
    const mark = join(makeTemporaryFolder("mark"), "loaded");
    const runner = createRunner(machine);
    const slow = dockerInFront(`[ "$1" != run ] || { touch ${mark}; sleep 60; }`);
    const step = runner.startStep({ inputs: { ...image, ...SMOKE_TEST }, env: { PATH: slow } });
    while (step.child.exitCode === null && !existsSync(mark)) await sleep(20);
    step.child.kill("SIGINT");
    const { state, outputs } = await step.result;
    expect(outputs["error-code"]).toBe("CANCELLED");
    await runner.runStep({ state });
    expect(listLeft()).toEqual(["", ""]);
  }, 240_000);
});

describe("45: a registry whose account may only read", () => {
  const registry = new FakeRegistry();
  let host: string;
  beforeAll(async () => {
    host = await registry.start();
  });
  afterAll(() => {
    registry.stop();
  });

  it.each(["the registry", "the token service"])(
    "fails before the build if %s says so",
    async (who) => {
      registry.misbehave = ({ method, url = "", headers }, response) => {
        if (url.startsWith("/token")) {
          // As the specification asks for: a token with what the account may do, and no error.
          response.writeHead(200).end('{"token":"reads"}');
          return true;
        }
        if (who === "the token service" && (headers.authorization === undefined || method === "POST")) {
          response
            .writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token",service="s"` })
            .end();
          return true;
        }
        if (method !== "POST") return false;
        response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
        return true;
      };
      const step = await run({ inputs: { ...image, image: `${host}/app` } });
      expectEarly(step, "REGISTRY_DENIED");

      const doctor = await run({ action: "doctor", inputs: { image: `${host}/app` } });
      expect(doctor).toMatchObject({ exitCode: 1, outputs: { "error-code": "REGISTRY_DENIED" } });
      const reading = await run({ action: "doctor", inputs: { image: `${host}/app`, push: "false" } });
      expect(reading.log).toContain(
        "it has no tag latest yet; uploads were not tried: disabled by the input push",
      );
      expect(reading.outputs["error-code"]).toBe("");
    },
    240_000,
  );

  it("and a token that may delete cancels the upload", async () => {
    const cancelled: (string | undefined)[] = [];
    registry.misbehave = ({ method, url = "", headers }, response) => {
      const { authorization } = headers;
      if (url.startsWith("/token")) {
        const token = decodeURIComponent(url).includes(":pull,push,delete") ? "all" : "pushes";
        response.writeHead(200).end(JSON.stringify({ token }));
        return true;
      }
      const isAllowed =
        authorization === "Bearer all" || (method !== "DELETE" && authorization !== undefined);
      if (!isAllowed) {
        response.writeHead(401, { "www-authenticate": `Bearer realm="http://${host}/token"` }).end();
        return true;
      }
      if (method !== "DELETE") return false;
      cancelled.push(authorization);
      response.writeHead(204).end();
      return true;
    };
    const doctor = await run({ action: "doctor", inputs: { image: `${host}/app` } });
    expect({ exitCode: doctor.exitCode, log: doctor.log }).toMatchObject({ exitCode: 0 });
    expect(cancelled).toEqual(["Bearer all"]);
  }, 120_000);
});

describe("46: an image name with capitals", () => {
  const folder = join(machine, "registry");
  let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
  beforeAll(async () => {
    registry = await startRegistry(folder);
  }, 60_000);
  afterAll(async () => {
    await registry.stop();
  });

  it("is pushed in lower case, and no cancelled upload stays in the registry (45)", async () => {
    const step = await run({
      inputs: {
        ...image,
        image: `${registry.host}/MyOrg/App`,
        "registry-username": registry.username,
        "registry-password": registry.password,
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    const name = `${registry.host}/myorg/app`;
    expect(step.outputs["image"]).toBe(`${name}@${step.outputs["digest"] ?? ""}`);
    expect(step.log).toContain(
      `input image: the image "${registry.host}/MyOrg/App" is ${name}: registries accept only lower case`,
    );
    // This registry writes the state of its hash anew after it has removed the session.
    const sessions = globSync(join(folder, "storage/**/_uploads/*/{startedat,data}"));
    expect(sessions).toEqual([]);
  }, 240_000);

  it("of one word is refused", async () => {
    const step = await run({ inputs: { ...image, image: "myapp" } });
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "INPUT_INVALID" } });
    expect(step.log).toContain("ghcr.io/OWNER/myapp");
  }, 60_000);
});

describe("47: a flake without flake.lock", () => {
  /** A flake that takes its package from an input, in a git repository. */
  function createFlake(): string {
    const folder = makeTemporaryFolder("flake");
    const input = makeTemporaryFolder("input");
    writeFileSync(join(input, "flake.nix"), '{ outputs = { self }: { text = "hello"; }; }\n');
    writeFileSync(
      join(folder, "flake.nix"),
      `{
  inputs.words.url = "path:${input}";
  outputs = { self, words }: {
    packages.x86_64-linux.image = derivation {
      name = "text";
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-c" "echo \${words.text} > $out" ];
    };
  };
}
`,
    );
    git(folder, "init", "--quiet");
    git(folder, "add", "flake.nix");
    return folder;
  }

  const git = (folder: string, ...args: readonly string[]) => execFileSync("git", ["-C", folder, ...args]);
  const build = (flake: string) => run({ inputs: { ...COMMON, installables: `${flake}#image` } });
  const WARNING =
    /^::warning::no flake\.lock of the flake \S+ locks its input words: .* not repeatable\. Run /gm;

  it("gets one warning, also from the doctor, until git tracks a flake.lock", async () => {
    const flake = createFlake();
    const step = await build(flake);
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.log.match(WARNING)).toHaveLength(1);
    expect(step.log).not.toContain("not writing modified lock file");

    const doctor = await run({ action: "doctor", inputs: { ...COMMON, installables: `${flake}#image` } });
    expect(doctor.log).toMatch(/^::warning::flake \S+: no flake\.lock of the flake/m);

    const nix = `nix --extra-experimental-features 'nix-command flakes' flake lock path:${flake}`;
    await run({ inputs: image, prelude: `PATH=/nix/var/nix/profiles/default/bin:$PATH ${nix}` });
    expect(existsSync(join(flake, "flake.lock"))).toBe(true);
    expect((await build(flake)).log.match(WARNING)).toHaveLength(1);
    git(flake, "add", "flake.lock");
    expect((await build(flake)).log).not.toMatch(WARNING);
  }, 360_000);

  it("gets none if it has no inputs", async () => {
    expect((await run({ inputs: image })).log).not.toContain("flake.lock");
  }, 120_000);
});

describe("48: a runner with little disk space", () => {
  it("ends before the build if no run fits, and says how much is missing", async () => {
    const step = await run({
      inputs: { ...image, report: join(makeTemporaryFolder("report"), "report.json") },
      prelude: 'mount -t tmpfs -o size=40m none "$RUNNER_TEMP"',
    });
    expectEarly(step, "DISK_FULL");
    expect(readReport(step).error?.message).toMatch(
      /^the disk of \S+ has [34][0-9]\.[0-9] MiB left, and a run needs at least 100\.0 MiB: 6[0-9]\.[0-9] MiB are missing$/,
    );
  }, 120_000);

  it("is warned if few builds fit, and has the peak of each phase in the report", async () => {
    const step = await createRunner(makeTemporaryFolder("small")).runStep({
      inputs: image,
      prelude: "mount -t tmpfs -o size=600m none /nix",
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(step.log).toMatch(
      /^::warning::the disk of \/nix\/store has [0-9.]+ MiB left, and few builds need less than 1024\.0 MiB: [0-9.]+ MiB are missing\./m,
    );
    const { phases } = readReport(step);
    const disksOf = (phase: string) => phases.find(({ name }) => name === phase)?.disks ?? [];
    const [store, temporary] = disksOf("prepare");
    expect([store?.folder, temporary?.folder.endsWith("/temp")]).toEqual(["/nix/store", true]);
    // Nix itself.
    expect(store?.usedBytes).toBeGreaterThan(50 << 20);
    expect((store?.usedBytes ?? 0) + (store?.freeBytes ?? 0)).toBeLessThanOrEqual(600 << 20);
    expect(disksOf("build")).toHaveLength(2);
  }, 240_000);

  it("ends well if the disk of an OCI layout fills up", async () => {
    const layout = join(makeTemporaryFolder("layout"), "image");
    mkdirSync(layout);
    const step = await run({
      inputs: { ...image, image: `oci:${layout}` },
      prelude: `mount -t tmpfs -o size=64k none ${layout}`,
    });
    expect({ code: step.outputs["error-code"], log: step.log }).toMatchObject({ code: "DISK_FULL" });
    expect(readReport(step).error?.message).toMatch(/^a disk is full: the OCI layout .*ENOSPC.* \(left: /);
  }, 120_000);

  it("keeps the reason if the disk has no space for the report either", async () => {
    const folder = makeTemporaryFolder("full");
    const step = await run({
      inputs: { ...image, installables: `path:${FIXTURE}#failing`, report: join(folder, "report.json") },
      prelude: `mount -t tmpfs -o size=4k none ${folder}; head -c 8192 /dev/zero > ${folder}/filler || true`,
    });
    expect(step.outputs["error-code"]).toBe("BUILD_FAILED");
    expect(step.log).toMatch(/^::warning::the results of the run could not be written: ENOSPC/m);
  }, 120_000);
});

describe("the preflight", () => {
  it("runs beside the installation of Nix", async () => {
    const step = await run({
      inputs: { ...image, ...SMOKE_TEST, image: `oci:${join(machine, "beside")}`, tags: "latest" },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    const phases = new Map(readReport(step).phases.map((phase) => [phase.name, phase]));
    const startOf = (name: string) => Date.parse(phases.get(name)?.startedAt ?? "");
    const preparation = phases.get("prepare");
    expect(startOf("preflight")).toBeLessThan(startOf("prepare") + (preparation?.durationMs ?? 0));
    expect(readFileSync(join(machine, "beside/index.json"), "utf8")).toContain("latest");
  }, 120_000);
});
