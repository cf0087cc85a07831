import { cpSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { COMMON, FIXTURE, readReport } from "../job.js";
import { createRunner, makeTemporaryFolder, removeTemporaryFolders, type RunningStep } from "../runner.js";
import { type Service, startRegistry } from "../testbed.js";

const LIMIT_MS = 300_000;
const LIMIT_MIB = 256;
const INTERVAL_MS = 50;
const flake = makeTemporaryFolder("large");
const machine = makeTemporaryFolder("machine");
let registry: Service & { readonly host: string; readonly username: string; readonly password: string };
beforeAll(async () => {
  cpSync("test/fixtures/layered", flake, { recursive: true });
  cpSync(join(FIXTURE, "httpd.c"), join(flake, "httpd.c"));
  cpSync("test/nix/package-set/stream-image.py", join(flake, "stream-image.py"));
  registry = await startRegistry(makeTemporaryFolder("registry"));
}, LIMIT_MS);
afterAll(async () => {
  await registry.stop();
  removeTemporaryFolders();
});

/** The peak of a step's resident memory in MiB. The shell that the test bed starts becomes the step. */
async function watchMemory({ child, result }: RunningStep): Promise<number> {
  let peakKiB = 0;
  const timer = setInterval(() => {
    const status = readStatus(child.pid);
    if (!/^Name:\s+(?:node|MainThread)$/m.test(status)) return;
    // A process that has ended, but was not waited for, has no memory.
    peakKiB = Math.max(peakKiB, Number(/^VmHWM:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? 0));
  }, INTERVAL_MS);
  try {
    await result;
  } finally {
    clearInterval(timer);
  }
  return peakKiB / 1024;
}

/** Empty for a process that has ended. */
function readStatus(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}

describe("the push of an image of 320 MiB", () => {
  it.each(["gzip", "zstd"])(
    `needs at most ${LIMIT_MIB} MiB of memory: %s`,
    async (compression) => {
      const step = createRunner(machine).startStep({
        // Each thread takes up memory, and there are as many as cores, up to a limit.
        prelude: "taskset --pid --cpu-list 0,1 $$ > /dev/null",
        inputs: {
          ...COMMON,
          installables: `path:${flake}#large`,
          systems: "x86_64-linux",
          image: `${registry.host}/team/${compression}`,
          tags: "",
          compression,
          "registry-username": registry.username,
          "registry-password": registry.password,
        },
      });
      const peakMiB = await watchMemory(step);
      const result = await step.result;
      if (result.exitCode !== 0) throw new Error(result.log);
      expect(readReport(result).layers.map(({ state }) => state)).toEqual(Array(5).fill("sent"));
      // Node alone needs more than that: the test has seen the process.
      expect(peakMiB).toBeGreaterThan(30);
      expect(peakMiB).toBeLessThanOrEqual(LIMIT_MIB);
    },
    LIMIT_MS,
  );
});
