import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { FakeRegistry } from "../fake-registry.js";
import { COMMON, FIXTURE } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { type Builder, startBuilder } from "../testbed.js";

const PASSWORD = "hunter2-of-the-registry";
const machine = makeTemporaryFolder("debug-log");
const registry = new FakeRegistry();
let inputs: Readonly<Record<string, string>>;
let builder: Builder;

beforeAll(async () => {
  const host = await registry.start();
  builder = await startBuilder(join(machine, "builder"));
  inputs = {
    ...COMMON,
    installables: `path:${FIXTURE}#image`,
    strategy: "remote",
    builders: builder.line,
    "ssh-private-key": builder.key,
    "ssh-known-hosts": builder.knownHosts,
    image: `${host}/app`,
    "registry-username": "ci",
    "registry-password": PASSWORD,
  };
}, 120_000);

afterAll(async () => {
  registry.stop();
  await builder.stop();
  removeTemporaryFolders();
});

it("has every process and request with its duration, and no secret, if the runner asks", async () => {
  const { exitCode, log } = await createRunner(machine).runStep({ inputs, env: { RUNNER_DEBUG: "1" } });
  if (exitCode !== 0) throw new Error(log);
  const [, pid] = /^::debug::process (\d+): \S*\/nix .*\beval\b/m.exec(log) ?? [];
  expect(log).toMatch(new RegExp(`^::debug::process ${pid ?? "none"}: exit code 0 after \\d+ ms$`, "m"));
  expect(log).toMatch(/^::debug::HEAD http:\/\/\S+\/v2\/app\/blobs\/\S+: status 404 after \d+ ms$/m);
  expect(log).toMatch(/^::debug::PUT http:\/\/\S+\/v2\/app\/manifests\/\S+: status 201 after \d+ ms$/m);
  for (const exchange of ["connect by ssh", "ask for its facts and Nix's handshake"]) {
    expect(log).toMatch(new RegExp(`^::debug::127\\.0\\.0\\.1: ${exchange}: done after \\d+ ms$`, "m"));
  }
  const [, secretLine = ""] = builder.key.split("\n");
  for (const secret of [PASSWORD, Buffer.from(`ci:${PASSWORD}`).toString("base64"), secretLine]) {
    expect(log).not.toContain(secret);
  }
}, 240_000);

it("is not written if the runner does not ask", async () => {
  const { exitCode, log } = await createRunner(machine).runStep({ inputs });
  if (exitCode !== 0) throw new Error(log);
  expect(log).not.toMatch(/^::debug::(?:process|HEAD|PUT) /m);
}, 240_000);
