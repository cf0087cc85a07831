import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { asInputs, type Builder, createGraph, startBuilder } from "../testbed.js";

const machine = makeTemporaryFolder("protocol");
const pool: Builder[] = [];

/** A daemon that answers the first request of our own client with garbage, and other clients as Nix does. */
const GARBLING_DAEMON = `#!/usr/bin/python3
import os, subprocess, threading

OUR_VERSION = 0x123
HELLO_BYTES = 32

hello = b""
while len(hello) < 16:
    hello += os.read(0, 16 - len(hello))
daemon = subprocess.Popen(["nix-daemon", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
is_ours = int.from_bytes(hello[8:16], "little") == OUR_VERSION
asked = threading.Event()

def answer():
    while True:
        piece = os.read(daemon.stdout.fileno(), 65536)
        if not piece:
            os._exit(0)
        if not asked.is_set():
            os.write(1, piece)

threading.Thread(target=answer, daemon=True).start()
taken = len(hello)
os.write(daemon.stdin.fileno(), hello)
while True:
    piece = os.read(0, 65536)
    if not piece:
        break
    taken += len(piece)
    if is_ours and taken > HELLO_BYTES:
        asked.set()
        os.write(1, b"\\xff" * 64)
        break
    os.write(daemon.stdin.fileno(), piece)
if is_ours and asked.is_set():
    while os.read(0, 65536):
        pass
daemon.stdin.close()
daemon.wait()
`;

beforeAll(async () => {
  const first = await startBuilder(join(machine, "one"));
  pool.push(first);
  pool.push(await startBuilder(join(machine, "two"), { like: first }));
}, 120_000);
afterAll(async () => {
  for (const builder of pool) await builder.stop();
  removeTemporaryFolders();
});

it("hands the build to Nix's build hook if our client cannot parse a builder's answer", async () => {
  const program = join(machine, "nix-daemon");
  writeFileSync(program, GARBLING_DAEMON, { mode: 0o755 });
  const garbling = pool.map((builder, index) =>
    index === 0 ? { ...builder, line: builder.line.replace(/ /, `?remote-program=${program} `) } : builder,
  );
  const step = await createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      ...asInputs(garbling),
      installables: `${createGraph(join(machine, "graph"))}#graph`,
      strategy: "remote",
    },
  });
  if (step.exitCode !== 0) throw new Error(step.log);
  const { attempts, builders } = readReport(step);
  expect(attempts).toMatchObject([
    { mode: "distributed", outcome: "failed", code: "BUILDER_UNREACHABLE" },
    { mode: "build-hook", outcome: "built" },
  ]);
  expect(attempts[0]?.message).toContain("cannot parse the answer of 127.0.0.1");
  // Nix itself still understands the builder, so it is not dropped.
  expect(builders.map(({ state }) => state)).not.toContain("dropped");
}, 240_000);
