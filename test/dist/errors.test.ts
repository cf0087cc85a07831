import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { explainUrl, type ErrorCode } from "../../src/errors/action-error.js";
import { startBalancer } from "../balancer.js";
import { COMMON, FIXTURE, readReport, SMOKE_TEST } from "../job.js";
import {
  createRunner,
  makeTemporaryFolder,
  pathWithout,
  removeTemporaryFolders,
  type StepOptions,
  type StepResult,
} from "../runner.js";
import { type Builder, readNixRelease, startBuilder } from "../testbed.js";
import { FakeRegistry } from "../fake-registry.js";

const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const machine = makeTemporaryFolder("errors");
const registry = new FakeRegistry();
let registryHost: string;
let builder: Builder;

beforeAll(async () => {
  registryHost = await registry.start();
  builder = await startBuilder(join(machine, "builder"));
  const step = await createRunner(machine).runStep({
    inputs: { ...COMMON, installables: `path:${FIXTURE}#image` },
  });
  if (step.exitCode !== 0) throw new Error(step.log);
}, 120_000);

afterAll(async () => {
  registry.stop();
  await builder.stop();
  removeTemporaryFolders();
});

const image = { ...COMMON, installables: `path:${FIXTURE}#image` };
const remote = () => ({
  ...image,
  strategy: "remote",
  builders: builder.line,
  "ssh-private-key": builder.key,
  "ssh-known-hosts": builder.knownHosts,
});
const into = (name: string) => ({ ...image, image: `oci:${join(machine, name)}` });
const run = (options: StepOptions, on = machine) => createRunner(on).runStep(options);

/** Returns a PATH on which a program with this script comes first. */
function programInFront(name: string, script: string): string {
  const folder = makeTemporaryFolder("program");
  writeFileSync(join(folder, name), `#!/bin/bash --norc\n${script}\n`, { mode: 0o755 });
  return `${folder}:${PATH}`;
}

/** Returns a flake whose package `image` is this Nix expression. */
function flakeWith(expression: string): string {
  const flake = makeTemporaryFolder("flake");
  writeFileSync(
    join(flake, "flake.nix"),
    `{ outputs = { self }: {\n  packages.x86_64-linux.image =\n    ${expression};\n}; }\n`,
  );
  return flake;
}

const WRONG_HASH = `derivation {
      name = "wrong";
      system = "x86_64-linux";
      builder = "/bin/sh";
      args = [ "-c" "echo 1 > $out" ];
      outputHashMode = "flat";
      outputHashAlgo = "sha256";
      outputHash = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    }`;

const onNewMachine = (options: StepOptions) => run(options, makeTemporaryFolder("new"));

/** How a user can get each error code from the bundle, with real services and tools. */
const SCENARIOS: Readonly<Record<ErrorCode, () => Promise<StepResult>>> = {
  INPUT_INVALID: () => run({ inputs: { ...image, systems: "linux/amd64" } }),
  EVENT_REFUSED: () => run({ inputs: image, env: { GITHUB_EVENT_NAME: "pull_request_target" } }),
  HOST_UNSUPPORTED: () => {
    const old = programInFront("nix", "echo 'nix (Nix) 2.3.16'");
    return onNewMachine({ inputs: image, env: { PATH: old }, prelude: "mkdir -p /nix/store/old" });
  },
  CANCELLED: async () => {
    const step = createRunner(machine).startStep({
      inputs: { ...image, installables: `path:${FIXTURE}#slow` },
    });
    while (step.child.exitCode === null && !step.readLog().includes("building slow")) await sleep(20);
    step.child.kill("SIGINT");
    return step.result;
  },
  COMMAND_MISSING: () =>
    onNewMachine({
      inputs: { ...image, ...readNixRelease("trixie", "xz") },
      env: { PATH: pathWithout("xz") },
    }),
  COMMAND_FAILED: () => {
    // The first image that is loaded is the one that tries the engine.
    const mark = join(makeTemporaryFolder("mark"), "loaded");
    const path = programInFront(
      "docker",
      `[ "$1" != load ] || mkdir ${mark} || { echo broken >&2; exit 7; }; exec /usr/bin/docker "$@"`,
    );
    return run({ inputs: { ...into("failed"), ...SMOKE_TEST }, env: { PATH: path } });
  },
  COMMAND_TIMEOUT: () => {
    const folder = makeTemporaryFolder("helper");
    writeFileSync(join(folder, "config.json"), '{"credsStore":"asleep"}');
    const path = programInFront("docker-credential-asleep", "sleep 300");
    return run({
      inputs: { ...image, image: `${registryHost}/asleep` },
      env: { PATH: path, DOCKER_CONFIG: folder },
    });
  },
  DISK_FULL: () => run({ inputs: image, prelude: 'mount -t tmpfs -o size=40m none "$RUNNER_TEMP"' }),
  DOWNLOAD_FAILED: () => onNewMachine({ inputs: { ...image, "nix-url": "file:///nonexistent.tar.xz" } }),
  NIX_DIGEST_MISMATCH: () => onNewMachine({ inputs: { ...image, "nix-sha256": "0".repeat(64) } }),
  NIX_ARCHIVE_INVALID: () => {
    const file = join(makeTemporaryFolder("archive"), "nix.tar.xz");
    execFileSync("tar", ["-cJf", file, "-C", FIXTURE, "."]);
    const [digest = ""] = execFileSync("sha256sum", [file], { encoding: "utf8" }).split(" ");
    return onNewMachine({ inputs: { ...image, "nix-url": `file://${file}`, "nix-sha256": digest } });
  },
  NIX_DISK_FULL: () => onNewMachine({ inputs: image, prelude: "mount -t tmpfs -o size=20m none /nix" }),
  NIX_NOT_WRITABLE: () => onNewMachine({ inputs: image, prelude: "mount -t tmpfs -o ro none /nix" }),
  NIX_HALF_INSTALLED: () => onNewMachine({ inputs: image, prelude: "mkdir -p /nix/store/left" }),
  NIX_DAEMON_FAILED: () =>
    run({
      inputs: image,
      env: { NIX_REMOTE: "daemon" },
      prelude:
        "mount -t tmpfs none /nix/var/nix/daemon-socket 2> /dev/null || true; " +
        "mv /nix/.cross-build-installed /nix/.moved",
    }).finally(() => {
      const mark = join(machine, "nix/.moved");
      if (existsSync(mark)) execFileSync("mv", [mark, join(machine, "nix/.cross-build-installed")]);
    }),
  NIX_NOT_TRUSTED: async () => {
    const other = makeTemporaryFolder("untrusted");
    const first = createRunner(other, { isUnprivileged: true });
    await first.runStep({ inputs: image }).then((step) => first.runStep({ state: step.state }));
    const conf = join(other, "etc-nix/nix.conf");
    execFileSync("sed", ["-i", "s/^trusted-users = .*/trusted-users = root/", conf]);
    const runner = createRunner(other, { isUnprivileged: true });
    const step = await runner.runStep({ inputs: { ...remote(), installables: `path:${FIXTURE}#sandboxed` } });
    await runner.runStep({ state: step.state });
    return step;
  },
  FLAKE_INVALID: () => {
    const flake = makeTemporaryFolder("flake");
    writeFileSync(join(flake, "flake.nix"), "{ outputs = ");
    return run({ inputs: { ...image, installables: `path:${flake}#image` } });
  },
  FLAKE_OUTPUT_MISSING: () => run({ inputs: { ...image, installables: `path:${FIXTURE}#nothing` } }),
  EVALUATION_FAILED: () =>
    run({ inputs: { ...image, installables: `path:${flakeWith("({ }).archiv")}#image` } }),
  PLAN_IMPOSSIBLE: () => run({ inputs: { ...image, strategy: "remote" } }),
  QEMU_FAILED: () => {
    const flake = makeTemporaryFolder("flake");
    const image = `derivation { name = "image"; system = "s390x-linux"; builder = "/bin/sh"; }`;
    writeFileSync(join(flake, "flake.nix"), `{ outputs = _: { packages.s390x-linux.image = ${image}; }; }`);
    const inputs = { ...COMMON, installables: `path:${flake}#image`, systems: "s390x-linux" };
    const env = { PATH: programInFront("tee", "exit 1") };
    return run({ inputs: { ...inputs, "register-emulation": "true" }, env });
  },
  SSH_KEY_INVALID: () => run({ inputs: { ...remote(), "ssh-private-key": "not a key" } }),
  SSH_CONFIG_OVERRIDDEN: () =>
    run({
      inputs: remote(),
      prelude: "printf 'Host *\\n  Port 1\\n' > /etc/ssh/ssh_config.d/00-first.conf",
    }).finally(() => {
      rmSync(join(machine, "ssh_config.d/00-first.conf"), { force: true });
    }),
  BUILDER_UNREACHABLE: () =>
    run({
      inputs: {
        ...remote(),
        builders: builder.line.replace(/:[0-9]+ /, ":1 "),
        "ssh-known-hosts": builder.knownHosts.replace(/\]:[0-9]+/, "]:1"),
      },
    }),
  BUILDER_HOST_KEY: () => run({ inputs: { ...remote(), "ssh-known-hosts": "" } }),
  BUILDER_LOAD_BALANCED: async () => {
    const twin = makeTemporaryFolder("twin");
    for (const name of ["id_ed25519", "id_ed25519.pub"])
      copyFileSync(join(machine, "builder", name), join(twin, name));
    const other = await startBuilder(twin);
    const balancer = await startBalancer([builder.port, other.port]);
    const address = `[127.0.0.1]:${balancer.port}`;
    const step = await run({
      inputs: {
        ...remote(),
        // With ssh: Nix itself connects to the builder, since no other mode supports this protocol.
        builders: builder.line.replace(`:${builder.port}`, `:${balancer.port}`).replace("ssh-ng:", "ssh:"),
        "ssh-known-hosts": [builder, other]
          .map(({ knownHosts }) => knownHosts.replace(/^\S+/, address))
          .join("\n"),
      },
    });
    await balancer.stop();
    await other.stop();
    return step;
  },
  BUILDER_DENIED: () => {
    const key = join(makeTemporaryFolder("key"), "id");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    return run({
      inputs: { ...remote(), "ssh-private-key": execFileSync("cat", [key], { encoding: "utf8" }) },
    });
  },
  BUILDER_UNFIT: () => run({ inputs: { ...remote(), builders: builder.line.replace("x86_64", "riscv64") } }),
  BUILD_FAILED: () => run({ inputs: { ...image, installables: `path:${FIXTURE}#failing` } }),
  HASH_MISMATCH: () => run({ inputs: { ...image, installables: `path:${flakeWith(WRONG_HASH)}#image` } }),
  BUILD_SILENT: () =>
    run({ inputs: { ...image, installables: `path:${FIXTURE}#slow`, "max-silent-time": "2" } }),
  CACHE_FAILED: () =>
    run({ inputs: { ...image, cache: "file:///etc/passwd/cache", "on-cache-failure": "fail" } }),
  IMAGE_INVALID: () => run({ inputs: { ...into("none"), installables: `path:${FIXTURE}#server` } }),
  AUDIT_FAILED: () => run({ inputs: { ...into("mixed"), installables: `path:${FIXTURE}#mixed` } }),
  REGISTRY_DENIED: () => {
    const folder = makeTemporaryFolder("config");
    writeFileSync(join(folder, "config.json"), "half a file");
    return run({ inputs: { ...image, image: `${registryHost}/denied` }, env: { DOCKER_CONFIG: folder } });
  },
  REGISTRY_FAILED: () => {
    mkdirSync(join(machine, "full/of/something"), { recursive: true });
    return run({ inputs: into("full") });
  },
  GATE_NO_RUNTIME: () =>
    run({
      inputs: { ...into("gate"), ...SMOKE_TEST },
      env: { PATH: pathWithout("docker", "podman", "runc", "crun") },
    }),
  GATE_EMULATED: () =>
    run({
      inputs: { ...into("emulated"), ...SMOKE_TEST, systems: "aarch64-linux", strategy: "cross-compile" },
    }),
  GATE_MISMATCH: () => {
    const path = programInFront(
      "docker",
      '[ "$1 $2" != "image inspect" ] || exit 1; exec /usr/bin/docker "$@"',
    );
    return run({ inputs: { ...into("mismatch"), ...SMOKE_TEST }, env: { PATH: path } });
  },
  GATE_FAILED: () =>
    run({ inputs: { ...into("broken"), "smoke-test": "checks: [{ exit-code: 9, args: [--version] }]" } }),
  GATE_INCOMPLETE: async () => {
    const built = await run({ inputs: into("incomplete") });
    return run({ action: "gate", inputs: { image: built.outputs["image"] ?? "", tags: "latest" } });
  },
  CANDIDATE_GONE: async () => {
    const step = createRunner(machine).startStep({
      inputs: { ...into("gone"), ...SMOKE_TEST, tags: "latest" },
    });
    while (step.child.exitCode === null && !step.readLog().includes("pushed ")) await sleep(5);
    rmSync(join(machine, "gone/blobs"), { recursive: true });
    return step.result;
  },
  PROMOTION_FAILED: () => {
    registry.misbehave = ({ method, url = "" }, response) => {
      if (method !== "PUT" || !url.endsWith("/manifests/latest")) return false;
      response.writeHead(403).end();
      return true;
    };
    return run({ inputs: { ...image, ...SMOKE_TEST, image: `${registryHost}/immutable`, tags: "latest" } });
  },
  PROMOTION_SUPERSEDED: async () => {
    const inputs = { ...into("superseded"), ...SMOKE_TEST, tags: "latest" };
    await run({ inputs, env: { GITHUB_RUN_ID: "2" } });
    return run({ inputs: { ...inputs, installables: `path:${FIXTURE}#based` }, env: { GITHUB_RUN_ID: "1" } });
  },
  INTERNAL: () => run({ inputs: image, env: { RUNNER_TEMP: "/etc/passwd/temp" } }),
};

/** Codes of a builder. They are in its entry of the report; the job itself fails with another code. */
const OF_A_BUILDER: readonly string[] = [
  "BUILDER_UNREACHABLE",
  "BUILDER_HOST_KEY",
  "BUILDER_LOAD_BALANCED",
  "BUILDER_DENIED",
  "BUILDER_UNFIT",
];

describe("every error", () => {
  it.each(Object.keys(SCENARIOS) as readonly ErrorCode[])(
    "%s",
    async (code) => {
      const step = await SCENARIOS[code]();
      expect(step.exitCode).toBe(1);
      if (OF_A_BUILDER.includes(code)) {
        expect(JSON.parse(step.outputs["builders"] ?? "")).toMatchObject([{ state: "dropped", code }]);
        return;
      }
      expect({ code: step.outputs["error-code"], log: step.log }).toMatchObject({ code });
      expect(step.log).toContain(explainUrl(code));
    },
    150_000,
  );
});

describe("an error of the flake", () => {
  it("in the evaluation of a package is shown as Nix shows it, with an annotation on its line", async () => {
    const flake = flakeWith("({ }).archiv");
    const step = await run({ inputs: { ...image, installables: `path:${flake}#image` } });
    expect(step.outputs["error-code"]).toBe("EVALUATION_FAILED");
    const { error } = readReport(step);
    expect(error?.message.split("\n").map((line) => line.trim())).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/ cannot be evaluated: attribute 'archiv' missing$/),
        "3|     ({ }).archiv;",
      ]),
    );
    expect(step.log).toMatch(
      new RegExp(`^::error file=${flake}/flake\\.nix,line=3,col=5::EVALUATION_FAILED`, "m"),
    );
  });

  it("in the flake itself keeps Nix's words", async () => {
    const flake = makeTemporaryFolder("flake");
    writeFileSync(join(flake, "flake.nix"), "{\n  outputs = { self }: { packages = archiv; };\n}\n");
    const step = await run({ inputs: { ...image, installables: `path:${flake}#image` } });
    expect(step.outputs["error-code"]).toBe("FLAKE_INVALID");
    expect(step.log).toMatch(
      new RegExp(`file=${flake}/flake\\.nix,line=2,col=[0-9]+::.*undefined variable 'archiv'`),
    );
  });

  it("has the hash to paste", async () => {
    const step = await SCENARIOS.HASH_MISMATCH();
    expect(step.log).toContain(
      'paste its hash: hash = "sha256-Q1WkaxnTSNwvV8BG+O9j1FOOu5NgAPPJ7pVKJ0YN2GU=";',
    );
  });

  it("is not confused with a working-directory that does not exist", async () => {
    const step = await run({ inputs: { ...image, "working-directory": "services/ap" } });
    expect(step.outputs["error-code"]).toBe("INPUT_INVALID");
    expect(step.log).toMatch(/input working-directory: there is no folder \S+\/services\/ap/);
  });
});
