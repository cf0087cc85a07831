import { randomUUID } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, expect, it } from "@jest/globals";

import { writeHostileDaemon } from "../hostile-daemon.js";
import { COMMON, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { asInputs, type Builder, createGraph, startBuilder } from "../testbed.js";

const machine = makeTemporaryFolder("protocol");
const pool: Builder[] = [];

beforeAll(async () => {
  const first = await startBuilder(join(machine, "one"));
  pool.push(first);
  pool.push(await startBuilder(join(machine, "two"), { like: first }));
}, 120_000);
afterAll(async () => {
  for (const builder of pool) await builder.stop();
  removeTemporaryFolders();
});

const GARBAGE = 'os.write(1, b"\\xff" * 64)';
/** A line of a build's log with a million fields. */
const ENDLESS = `os.write(1, words(0x52534C54, 5, 101, 10**6))
        while True: os.write(1, words(0, 0) * 1024)`;

it.each([
  ["garbage", GARBAGE, "cannot parse the answer of 127.0.0.1"],
  ["endless fields", ENDLESS, "a list is too long"],
])(
  "hands the build to Nix's build hook if a builder answers us with %s",
  async (name, attack, why) => {
    const program = join(machine, "nix-daemon");
    writeHostileDaemon(program, attack);
    const hostile = pool.map((builder, index) =>
      index === 0 ? { ...builder, line: builder.line.replace(/ /, `?remote-program=${program} `) } : builder,
    );
    const step = await createRunner(machine).runStep({
      inputs: {
        ...COMMON,
        ...asInputs(hostile),
        installables: `${createGraph(join(machine, name.replace(" ", "-")))}#graph`,
        strategy: "remote",
      },
    });
    if (step.exitCode !== 0) throw new Error(step.log);
    const { attempts, builders } = readReport(step);
    expect(attempts).toMatchObject([
      { mode: "distributed", outcome: "failed", code: "BUILDER_UNREACHABLE" },
      { mode: "build-hook", outcome: "built" },
    ]);
    expect(attempts[0]?.message).toContain(why);
    // Nix itself still understands the builder, so it is not dropped.
    expect(builders.map(({ state }) => state)).not.toContain("dropped");
  },
  240_000,
);

/** Twelve derivations for any builder, and one that only a builder with big-parallel can build. */
const FLAKE = `{
  outputs = _: {
    packages.x86_64-linux.default =
      let
        run = name: inputs: features: derivation {
          inherit name inputs;
          salt = "@SALT@";
          system = "x86_64-linux";
          builder = "/bin/sh";
          args = [ "-c" "echo $name > $out" ];
          requiredSystemFeatures = features;
        };
        leaves = builtins.genList (number: run "leaf-\${toString number}" [ ] [ ]) 12;
      in
      run "root" (leaves ++ [ (run "special" [ ] [ "big-parallel" ]) ]) [ ];
  };
}`;

it("drops a builder whose daemon says hello and then nothing, even if only it can build a step", async () => {
  const program = join(machine, "silent-daemon");
  writeHostileDaemon(program, "pass");
  const [first, second] = pool;
  if (first === undefined || second === undefined) throw new Error("two builders are needed");
  const hostile = [
    { ...first, line: first.line.replace(/ /, `?remote-program=${program} `) },
    { ...second, line: second.line.replace(" big-parallel", "") },
  ];
  const flake = makeTemporaryFolder("silent");
  writeFileSync(join(flake, "flake.nix"), FLAKE.replace("@SALT@", randomUUID()));
  const step = await createRunner(machine).runStep({
    inputs: { ...COMMON, ...asInputs(hostile), installables: `path:${flake}#default`, strategy: "remote" },
    timeoutMs: 220_000,
  });
  const { attempts } = readReport(step);
  expect(attempts[0]).toMatchObject({
    mode: "distributed",
    outcome: "failed",
    code: "BUILDER_UNREACHABLE",
    message: expect.stringContaining("has not answered for") as unknown,
  });
}, 240_000);

it("takes no path from a builder that it did not ask for, even one of the same build", async () => {
  const folder = join(machine, "unasked");
  mkdirSync(folder);
  writeFileSync(join(folder, "nix-daemon"), '#!/bin/sh\nexec nix-daemon "$@"\n', { mode: 0o755 });
  // The output of chain-8 is part of the build, but chain-9 does not refer to it.
  const store = `#!/bin/sh
[ "$1" = --export ] || exec nix-store "$@"
shift
exec nix-store --export "$@" $(ls -d /nix/store/*-chain-8 | head -n 1)
`;
  writeFileSync(join(folder, "nix-store"), store, { mode: 0o755 });
  const [first] = pool;
  if (first === undefined) throw new Error("a builder is needed");
  const line = first.line.replace(/ /, `?remote-program=${folder}/nix-daemon `);
  const step = await createRunner(machine).runStep({
    inputs: {
      ...COMMON,
      ...asInputs([{ ...first, line }]),
      installables: `${createGraph(join(machine, "chain"))}#chain`,
      strategy: "remote",
    },
  });
  const { attempts } = readReport(step);
  expect(attempts[0]).toMatchObject({ mode: "single-store", outcome: "failed", code: "BUILDER_DENIED" });
  expect(attempts[0]?.message).toMatch(/127\.0\.0\.1 sent "\S+-chain-8", which was not requested/);
}, 240_000);
