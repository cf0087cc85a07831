import { Readable } from "node:stream";

import { isStorePath } from "../model/store-path.js";
import type { CommandOptions, CommandOutput } from "../platform/command.js";
import type { Built } from "./build.js";
import { readClosure } from "./derivation.js";
import { guardExport } from "./export-stream.js";

export interface ImportEffects {
  /**
   * Runs `nix-store` on the builder with `input` as its stdin, and gives its stdout as it comes. `arguments` are for a shell. Throws
   * `BUILDER_UNREACHABLE` when it fails.
   */
  readonly runOnBuilder: (shellArguments: string, input: string) => AsyncIterable<Buffer>;
  /** Runs `nix-store` here. */
  readonly runNixStore: (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;
}

const QUERY_LIMIT_MS = 60_000;
const COPY_LIMIT_MS = 60 * 60_000;

/**
 * Brings what was built on a builder here: of the outputs' closures what this machine lacks, in one stream, and nothing that is not an
 * output or a source of the derivations that were built. Resolves to the number of paths. Rejects with `BUILDER_UNREACHABLE`,
 * `BUILDER_DENIED`, and as RunCommand does.
 */
export async function importClosure(built: readonly Built[], effects: ImportEffects): Promise<number> {
  const { runOnBuilder, runNixStore } = effects;
  const outPaths = built.map(({ outPath }) => outPath);
  const closure = (await readAll(runOnBuilder(`--query --requisites ${outPaths.join(" ")}`, "")))
    .toString("utf8")
    .split("\n")
    .filter(isStorePath);
  const { stdout } = await runNixStore(["--check-validity", "--print-invalid", ...closure], {
    timeoutMs: QUERY_LIMIT_MS,
  });
  const missing = stdout.split("\n").filter(isStorePath);
  if (missing.length === 0) return 0;

  const expected = await listExpected(built);
  const stream = guardExport(runOnBuilder("--export $(cat)", `${missing.join("\n")}\n`), (path) =>
    expected.has(path),
  );
  await runNixStore(["--import"], { timeoutMs: COPY_LIMIT_MS, input: Readable.from(stream) });
  return missing.length;
}

/** All that a builder may have had in its hands for these derivations. */
async function listExpected(built: readonly Built[]): Promise<ReadonlySet<string>> {
  const closure = await readClosure(built.map(({ drvPath }) => drvPath));
  const expected = new Set<string>(built.map(({ outPath }) => outPath));
  for (const { outputs, sources } of closure.values()) {
    for (const path of [...outputs, ...sources]) expected.add(path);
  }
  return expected;
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
