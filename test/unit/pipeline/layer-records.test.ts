import { text } from "node:stream/consumers";

import { describe, expect, it } from "@jest/globals";

import { ActionError, runCancelled } from "../../../src/errors/action-error.js";
import { DEFAULT_LIMITS } from "../../../src/image/budget.js";
import type { LayerSource, MadeLayer } from "../../../src/image/make-layer.js";
import { DEFAULT_COMPRESSION } from "../../../src/model/compression.js";
import { digestOf } from "../../../src/model/digest.js";
import type { StorePath } from "../../../src/model/store-path.js";
import type { RunNix } from "../../../src/nix/command.js";
import { LayerRecords } from "../../../src/pipeline/layer-records.js";
import { createSilentLog } from "../../silent-log.js";

const PATH: StorePath = "/nix/store/0123456789abcdfghijklmnpqrsvwxyz-a";
const SOURCE: LayerSource = { kind: "tar", folder: PATH };
const LAYERS = {
  sources: [SOURCE],
  target: "x86_64-linux",
  compression: DEFAULT_COMPRESSION,
  hashes: new Map([[PATH, "sha256-A"]]),
  baseName: undefined,
  files: [],
  workFolder: "/work",
} as const;
const JOB = { ...LAYERS, source: SOURCE, file: "/made", limits: DEFAULT_LIMITS };
const DIGEST = digestOf(Buffer.from("layer"));
const MADE: MadeLayer = {
  layer: {
    ...{ diffId: DIGEST, digest: DIGEST, tarBytes: 1, sizeBytes: 1, source: { file: "/made" } },
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    audit: { filesRead: 0, elfFiles: 0, entries: [], largestPaths: [] },
  },
  spent: { unpackedBytes: 1, pathBytes: 0 },
};
const REFUSED = new ActionError("COMMAND_FAILED", "lacks a signature by a trusted key", { hint: "None." });
const TOO_SLOW = new ActionError("COMMAND_TIMEOUT", "the cache does not answer", { hint: "None." });

/** Opens the records of a machine that has none, where some commands of nix-store fail. */
function open(failures: Readonly<Record<string, Error>>) {
  const imported: string[] = [];
  const debug: string[] = [];
  const runNixStoreCli: RunNix = async ([command = "", ...args], { input }) => {
    const failure = failures[command];
    if (failure !== undefined) throw failure;
    if (command === "--import" && typeof input === "object") imported.push(await text(input));
    return { exitCode: 0, stdout: args.join("\n"), stderr: "" };
  };
  const caches = [{ substituter: "file:///cache", restored: undefined }] as never;
  const upload = {
    find: () => Promise.reject(new Error("there is no record to ask for")),
    skip: () => undefined,
    openRepository: () => Promise.reject(new Error("nothing is fetched")),
  };
  const log = { ...createSilentLog(), debug: (line: string) => debug.push(line) };
  const records = LayerRecords.open(LAYERS, { session: { runNixStoreCli, caches }, upload, log });
  return { records, imported, debug };
}

async function makeAndSave(opened: ReturnType<typeof open>): Promise<readonly StorePath[]> {
  const records = await opened.records;
  expect(await records.reuse(() => Promise.resolve(MADE))(JOB)).toBe(MADE);
  return records.save();
}

describe("LayerRecords", () => {
  it("adds the records of layers that were made to the store", async () => {
    const opened = open({});
    const [path, ...others] = await makeAndSave(opened);
    expect(others).toEqual([]);
    expect(opened.imported[0]).toContain(path);
    expect(opened.imported[0]).toContain(DIGEST);
    expect(opened.debug).toEqual([]);
  });

  it("makes the layers if the cache does not answer in time", async () => {
    const opened = open({ "--realise": TOO_SLOW });
    expect(await makeAndSave(opened)).toHaveLength(1);
    expect(opened.debug).toEqual([expect.stringContaining("the cache does not answer")]);
  });

  it("makes the layers if the store cannot be asked", async () => {
    const opened = open({ "--check-validity": REFUSED });
    expect(await makeAndSave(opened)).toHaveLength(1);
    expect(opened.debug).toHaveLength(1);
  });

  it("records nothing if the Nix daemon does not trust the user", async () => {
    const opened = open({ "--import": REFUSED });
    expect(await makeAndSave(opened)).toEqual([]);
    expect(opened.debug).toEqual([expect.stringContaining("lacks a signature by a trusted key")]);
  });

  it.each(["--realise", "--check-validity", "--import"])("ends with the run during %s", async (command) => {
    const cancelled = runCancelled("cancelled");
    await expect(makeAndSave(open({ [command]: cancelled }))).rejects.toBe(cancelled);
  });
});
