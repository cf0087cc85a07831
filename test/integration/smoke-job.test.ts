import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { prepareCrun } from "../crun.js";
import { COMMON, FIXTURE, readReport } from "../job.js";
import { preparePodman } from "../podman.js";
import { createRunner, makeTemporaryFolder, pathWithout, removeTemporaryFolders } from "../runner.js";

const machine = makeTemporaryFolder("smoke");

afterAll(() => {
  removeTemporaryFolders();
});

async function judge(
  checks: string,
  env: Readonly<Record<string, string>> = {},
  runner = createRunner(machine),
) {
  const step = await runner.runStep({
    inputs: {
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      image: `oci:${join(runner.folder, "image")}`,
      tags: "judged",
      "smoke-test": checks.startsWith("container:") ? checks : `checks:\n${checks}`,
    },
    env,
  });
  // Nor may the engine leave files there, as Podman does when a container runs out of memory.
  expect(readdirSync(runner.workspace)).toEqual([]);
  return { step, smoke: readReport(step).smokeTests[0] };
}

const ENGINES = [
  ["docker", {}],
  ["podman", preparePodman(makeTemporaryFolder("podman"))],
  ["runc", { PATH: `${pathWithout("docker", "podman")}:/usr/sbin` }],
  ["crun", { PATH: pathWithout("docker", "podman", "runc") }],
] as const;
prepareCrun();

const EVERY_KIND = `container:
  environment: { GREETING: "hello = 'world' # $HOME" }
  user: "65533"
  non-root: true
  read-only: true
  volumes: [/var/lib/app]
  memory: 64MiB
checks:
  - name: port
    tcp: { port: 8080, timeout: 20s }
  - log: listening
  - name: self
    http: { port: 8080, path: /self, body: '"user":65533,"greeting":"hello = ''world'' # $HOME"' }
  - health: healthy
  - command: [/bin/server, --version]
    output: "1.0.0 x86_64"
  - name: creates
    http:
      method: POST
      path: /items
      port: 8080
      headers: { X-Key: open }
      status: 201
      response-headers: { content-type: json }
      within: 10s
  - { name: root, command: [/bin/server, --write, /file], exit-code: 4, output: Read-only }
  - { name: volume, command: [/bin/server, --write, /var/lib/app/file] }
  - { name: scratch, command: [/bin/server, --write, /tmp/file] }
  - name: graceful
    stop: 0
    timeout: 5s
  - exit-code: 0
    args: [--version]
`;

describe.each(ENGINES)("every kind of check in %s", (engine, env) => {
  it("passes", async () => {
    const { step, smoke } = await judge(EVERY_KIND, env);
    if (step.exitCode !== 0) throw new Error(step.log);
    expect(smoke?.runtime).toMatch(new RegExp(`^${engine} `));
    expect(smoke?.checks.map(({ name, outcome }) => [name, outcome])).toEqual([
      ["not root", "passed"],
      ["port", "passed"],
      ['log "listening"', "passed"],
      ["self", "passed"],
      ["health", "passed"],
      ["/bin/server --version", "passed"],
      ["creates", "passed"],
      ["root", "passed"],
      ["volume", "passed"],
      ["scratch", "passed"],
      ["graceful", "passed"],
      ["not root", "passed"],
      ["exit code 0", "passed"],
    ]);
    expect(step.outputs["promoted"]).toBe("true");
  }, 240_000);

  it.each([
    [
      "logs something else",
      "  - { log: never said, timeout: 1s }\n",
      /no line of the log contains "never said"/,
    ],
    ["listens on another port", "  - tcp: { port: 9, timeout: 1s }\n", /closed immediately|no connection/],
    [
      "runs as root",
      'container: { user: "0", non-root: true }\nchecks:\n  - tcp: { port: 8080, timeout: 5s }\n',
      /user "0"/,
    ],
    ["stops with another exit code", "  - { stop: 3 }\n", /exit code 0, expected 3/],
    [
      "needs more memory than its limit",
      "container: { memory: 8MiB }\nchecks:\n  - { exit-code: 0, args: [--hoard], timeout: 20s }\n",
      /exit code 137.*expected 0/,
    ],
  ])(
    "fails when the container %s",
    async (_, checks, said) => {
      const { step, smoke } = await judge(checks, env);
      expect(step).toMatchObject({
        exitCode: 1,
        outputs: { "error-code": "GATE_FAILED", promoted: "false" },
      });
      expect(smoke?.checks[0]?.detail).toMatch(said);
    },
    120_000,
  );
});

it("runs without an engine for a user with sudo, who then has the sockets of the container", async () => {
  const folder = makeTemporaryFolder("sudo");
  const env = { PATH: ENGINES[2][1].PATH };
  const runner = createRunner(folder, { isUnprivileged: true });
  const checks = "  - http: { port: 8080, path: /version }\n  - { stop: 0, timeout: 5s }\n";
  const { step, smoke } = await judge(checks, env, runner);
  if (step.exitCode !== 0) throw new Error(step.log);
  expect(smoke?.runtime).toMatch(/^runc /);
  const post = await runner.runStep({ state: step.state, env });
  expect(post).toMatchObject({ exitCode: 0 });
  expect(readdirSync(runner.temp).filter((name) => /^cross-build-[0-9a-f]+$/.test(name))).toEqual([]);
}, 240_000);

it("reports what is missing if there is no container engine", async () => {
  const PATH = pathWithout("docker", "podman", "crun", "runc");
  const { step } = await judge("  - exit-code: 0\n", { PATH });
  expect(step).toMatchObject({
    exitCode: 1,
    outputs: { "error-code": "GATE_NO_RUNTIME", promoted: "false" },
  });
  expect(step.log).toMatch(
    /docker is not installed .*podman is not installed .*runc is not installed .*crun is not installed /,
  );
}, 120_000);

it("fails if another process could answer in the container's place on the host's network", async () => {
  const server = createServer().listen(8080, "127.0.0.1");
  await once(server, "listening");
  try {
    const env = { ...ENGINES[1][1], PATH: pathWithout("slirp4netns") };
    const { step } = await judge("  - http: { port: 8080, path: /version }\n", env);
    expect(step).toMatchObject({ exitCode: 1, outputs: { "error-code": "GATE_NO_RUNTIME" } });
    expect(step.log).toContain("port 8080 of this machine is in use");
  } finally {
    server.close();
  }
}, 120_000);

describe("a smoke test in Docker", () => {
  it("passes if a container exits with the expected code", async () => {
    const { step, smoke } = await judge("  - { exit-code: 0, args: [--version], timeout: 20s }\n");
    expect(step).toMatchObject({ exitCode: 0, outputs: { promoted: "true" } });
    expect(smoke?.checks).toMatchObject([{ kind: "exit-code", outcome: "passed" }]);
  }, 240_000);

  it.each([
    ["exits with another code", "  - { exit-code: 7, args: [--version] }\n", /exit code 0, expected 7/],
    [
      "takes too long",
      "  - http: { port: 8080, path: /slow, within: 50ms, timeout: 2s }\n",
      /took [0-9]+ ms, more than the allowed 50 ms/,
    ],
    [
      "has other headers",
      "  - http: { port: 8080, path: /version, response-headers: { server: nginx }, timeout: 1s }\n",
      /the header server is missing/,
    ],
    [
      "prints something else",
      "  - { command: [/bin/server, --version], output: 2.0.0 }\n",
      /the output does not contain "2\.0\.0"/,
    ],
    ["does not exit", "  - { exit-code: 0, timeout: 1s }\n", /still running after 1 s/],
    ["has no such command", "  - { command: [/bin/none] }\n", /exit code 12[67]/],
    ["never answers on the port", "  - http: { port: 9, timeout: 1s }\n", /no answer/],
    [
      "answers something else",
      "  - http: { port: 8080, path: /version, body: '2.0.0', timeout: 1s }\n",
      /does not contain "2\.0\.0"/,
    ],
    [
      "answers another status",
      "  - http: { port: 8080, path: /none, timeout: 1s }\n",
      /status 404 instead of 200/,
    ],
  ])(
    "fails when the container %s, and shows its log",
    async (_, checks, said) => {
      const { step, smoke } = await judge(checks);
      expect(step).toMatchObject({
        exitCode: 1,
        outputs: { "error-code": "GATE_FAILED", promoted: "false" },
      });
      expect(smoke?.checks[0]?.detail).toMatch(said);
      expect(smoke?.containerLog).toMatch(/listening|1\.0\.0/);
    },
    120_000,
  );
});
