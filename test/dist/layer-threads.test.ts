import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { DEFAULT_LIMITS } from "../../src/image/budget.js";
import { type LayerThreads, openLayerThreads } from "../../src/image/layer-threads.js";
import { createSerialWorkers, type LayerJob } from "../../src/image/make-layer.js";
import type { StorePath } from "../../src/model/store-path.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";

const folder = makeTemporaryFolder("layers");
const owner = { mtime: 1, uid: 0, gid: 0, uname: "root", gname: "root" };
const options = { owner, rootMode: 0o755, hasDeviceNumbers: false };

beforeAll(() => {
  for (const [i, size] of [5 << 20, 1, 3 << 20, 100, 0, 2 << 20].entries()) {
    mkdirSync(join(folder, `path-${i}`));
    writeFileSync(join(folder, `path-${i}/file`), Buffer.alloc(size, `some text of file ${i}`));
  }
});
afterAll(removeTemporaryFolders);

function createJobs(format: "gzip" | "zstd", name: string): readonly LayerJob[] {
  return Array.from({ length: 6 }, (_, i) => ({
    source: { kind: "store", paths: [join(folder, `path-${i}`) as StorePath], options },
    file: join(folder, `${name}-${format}-${i}`),
    target: "x86_64-linux",
    compression: { format, level: 1 },
    limits: DEFAULT_LIMITS,
  }));
}

async function withThreads<T>(script: string, work: (threads: LayerThreads) => Promise<T>): Promise<T> {
  const threads = openLayerThreads(script);
  try {
    return await work(threads);
  } finally {
    await threads.close();
  }
}

describe("threads of the bundle", () => {
  it.each([
    ["the action", "dist/index.js", "gzip"],
    ["the action", "dist/index.js", "zstd"],
    ["the CLI", "dist/cli/index.js", "gzip"],
  ] as const)("make the same layers as one thread: %s, %s, %s", async (_, script, format) => {
    const link = join(folder, `link-${format}-${script.includes("cli") ? "cli" : "action"}`);
    symlinkSync(resolve(script), link);
    const serial = createSerialWorkers();
    const expected = await Promise.all(createJobs(format, "serial").map(serial.makeLayer));
    const [made, inspected] = await withThreads(link, ({ makeLayer, inspectLayer }) => {
      const jobs = createJobs(format, "threads");
      return Promise.all([Promise.all(jobs.map(makeLayer)), Promise.all(jobs.map(inspectLayer))]);
    });
    const withoutFile = ({ layer, spent }: (typeof made)[number]) => ({ ...layer, ...spent, source: {} });
    expect(made.map(withoutFile)).toEqual(expected.map(withoutFile));
    expect(inspected).toEqual(
      expected.map(({ layer: { diffId, tarBytes, audit }, spent }) => ({
        content: { diffId, tarBytes, audit },
        spent,
      })),
    );
  });

  it("report what is wrong with a layer, with the code of a system error", async () => {
    const [job] = createJobs("gzip", "missing");
    if (job === undefined) throw new Error("there is no job");
    const source = { kind: "store", paths: [join(folder, "missing") as StorePath], options } as const;
    await withThreads("dist/index.js", async ({ makeLayer }) => {
      await expect(makeLayer({ ...job, source })).rejects.toMatchObject({ code: "ENOENT" });
      await expect(makeLayer(job)).resolves.toMatchObject({
        layer: { sizeBytes: expect.any(Number) as unknown },
      });
    });
  });

  it("end when the run is cancelled", async () => {
    const cancellation = new AbortController();
    const threads = openLayerThreads("dist/index.js", cancellation.signal);
    const made = Promise.allSettled(createJobs("gzip", "cancelled").map(threads.makeLayer));
    const [late] = createJobs("gzip", "late");
    if (late === undefined) throw new Error("there is no job");
    const reason = new Error("cancelled");
    cancellation.abort(reason);
    expect(await made).toEqual(Array(6).fill({ status: "rejected", reason }));
    await expect(threads.makeLayer(late)).rejects.toBe(reason);
  });
});
