import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { COMMON, FIXTURE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readChildEnvironments, readCommandLines, searchFiles } from "../secret-search.js";
import { type Builder, startBuilder, startRegistry } from "../testbed.js";

const machine = makeTemporaryFolder("secrets");
let builder: Builder;
let registry: Awaited<ReturnType<typeof startRegistry>>;

beforeAll(async () => {
  builder = await startBuilder(join(machine, "builder"));
  registry = await startRegistry(join(machine, "registry"));
}, 120_000);
afterAll(async () => {
  await builder.stop();
  await registry.stop();
  removeTemporaryFolders();
});

const SIGNING_KEY = readFileSync("test/fixtures/cache-key/secret", "utf8").trim();
const GITHUB_TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";
const VARIABLE = "the container's own secret";

/** Finds the secrets in a text, by name. Any line of a key counts. */
function findSecrets(text: string): readonly string[] {
  const secrets = {
    "ssh-private-key": builder.key.split("\n").slice(1, -2),
    "cache-signing-key": [SIGNING_KEY.split(":")[1] ?? ""],
    "registry-password": [
      registry.password,
      Buffer.from(`${registry.username}:${registry.password}`).toString("base64"),
    ],
    "github-token": [GITHUB_TOKEN],
    "the smoke test's variable": [VARIABLE],
  };
  return Object.entries(secrets)
    .filter(([, parts]) => parts.some((part) => part !== "" && text.includes(part)))
    .map(([name]) => name);
}

it("leaks no secret in an argument, output, log or file, and keeps none after post", async () => {
  const runner = createRunner(machine);
  const step = runner.startStep({
    inputs: {
      ...COMMON,
      installables: `path:${FIXTURE}#image`,
      strategy: "remote",
      builders: builder.line,
      "ssh-private-key": builder.key,
      "ssh-known-hosts": builder.knownHosts,
      "github-token": GITHUB_TOKEN,
      cache: `file://${join(runner.folder, "cache")}`,
      "cache-signing-key": SIGNING_KEY,
      image: `${registry.host}/team/hello`,
      tags: "latest",
      "registry-username": registry.username,
      "registry-password": registry.password,
      "smoke-test": `container: { environment: { TOKEN: "${VARIABLE}" } }
checks: [{ http: { port: 8080, path: /healthz } }, { stop: 0 }]`,
    },
  });
  const seen = new Set<string>();
  const environments = new Set<string>();
  while (step.child.exitCode === null) {
    for (const secret of findSecrets(readCommandLines())) seen.add(secret);
    for (const environment of readChildEnvironments(step.child.pid ?? 0)) environments.add(environment);
    await sleep(15);
  }
  const main = await step.result;
  if (main.exitCode !== 0) throw new Error(main.log);
  expect([...seen]).toEqual([]);
  expect(environments.size).toBeGreaterThan(0);
  expect(findSecrets([...environments].join("\n"))).toEqual([]);
  expect(findSecrets(main.log)).toEqual([]);
  expect(findSecrets(JSON.stringify([main.outputs, main.state]))).toEqual([]);
  expect(findSecrets(main.summary)).toEqual([]);
  expect(findSecrets(readFileSync(main.outputs["report"] ?? "", "utf8"))).toEqual([]);
  // Until post, secrets are only in the run's own folder, in files that no one else can read.
  const kept = searchFiles(runner.folder, findSecrets);
  expect(kept.map(({ path }) => path.startsWith(join(runner.temp, "cross-build-")))).toEqual(
    kept.map(() => true),
  );
  expect(kept.map(({ mode }) => mode)).toEqual(kept.map(() => 0o600));
  expect(kept.flatMap(({ secrets }) => secrets)).not.toContain("ssh-private-key");
  for (const folder of ["etc-nix", "ssh_config.d"])
    expect(searchFiles(join(machine, folder), findSecrets)).toEqual([]);

  const post = await runner.runStep({ state: main.state });
  expect(findSecrets(post.log)).toEqual([]);
  expect(searchFiles(runner.folder, findSecrets)).toEqual([]);
}, 240_000);

it.each<[string, (key: string) => string]>([
  ["as it is", (key) => key],
  ["in one line", (key) => key.replaceAll("\n", "\\n")],
  ["in Base64", (key) => Buffer.from(key).toString("base64").replaceAll(/.{76}/g, "$&\n")],
  ["with a passphrase in front of it", (key) => `secret ${key}`],
])(
  "masks every line of a key that is given %s, and every line of the repaired key",
  async (_, mangle) => {
    const given = mangle(builder.key);
    const step = createRunner(machine).startStep({
      action: "setup",
      // No builder needs to answer: the lines are masked before the connection.
      inputs: {
        ...COMMON,
        builders: "ssh-ng://127.0.0.1:1",
        "ssh-private-key": given,
        "ssh-known-hosts": "",
      },
    });
    const { exitCode, log } = await step.result;
    expect(exitCode).toBe(0);
    const masked = new Set([...step.readLog().matchAll(/^::add-mask::(.*)$/gm)].map(([, line]) => line));
    for (const line of [...given.split("\n"), ...builder.key.split("\n")]) {
      if (line !== "") expect([...masked]).toContain(line);
    }
    expect(findSecrets(log)).toEqual([]);
  },
  120_000,
);
