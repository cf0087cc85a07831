import { cpSync, chmodSync } from "node:fs";

import { expect } from "@jest/globals";

import type { Report } from "../src/report/report.js";
import type { FakeGithubCache } from "./fake-github-cache.js";
import { COMMON, FIXTURE, readReport } from "./job.js";
import { createRunner, makeTemporaryFolder, type StepResult } from "./runner.js";

/** A copy of the fixture that every user can read, for tests that change it. */
export function copyFlake(): string {
  const flake = makeTemporaryFolder("flake");
  cpSync(FIXTURE, flake, { recursive: true });
  chmodSync(flake, 0o755);
  return flake;
}

export interface CacheJobOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly isUnprivileged?: boolean;
  /** The machine to use. Default: a new, empty one. */
  readonly machine?: string | undefined;
}

/**
 * Runs one job with a cache service. Asserts that its output has no token and that its post step succeeds.
 */
export async function runCacheJob(
  github: FakeGithubCache,
  flake: string,
  { inputs = {}, env = {}, isUnprivileged = false, machine }: CacheJobOptions = {},
): Promise<StepResult & { readonly report: Report }> {
  const runner = createRunner(machine ?? makeTemporaryFolder("machine"), { isUnprivileged });
  const step = await runner.runStep({
    inputs: { ...COMMON, installables: `path:${flake}#image`, ...inputs },
    env: { ...github.environment, ...env },
  });
  const report = readReport(step);
  const post = await runner.runStep({ state: step.state });
  expect(post).toMatchObject({ exitCode: 0 });
  for (const text of [step.log, step.summary, JSON.stringify(report), JSON.stringify(step.outputs)]) {
    expect(text).not.toContain(github.token);
    expect(text).not.toContain("secret-signature");
  }
  return { ...step, report };
}
