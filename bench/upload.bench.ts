import { execFile } from "node:child_process";
import { once } from "node:events";
import { truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import { measureScenario, renderTable, type Subject, writeResults } from "./measure.js";
import { readTimes, timed, TIME_FORMAT } from "./subjects.js";

/**
 * Sends an image with one layer of 2 GiB to a registry on loopback that stores nothing, and compares the
 * registry client with fetch, which it used before. Each run is a process of its own (push-layer.ts), whose
 * memory is measured.
 */

const LAYER_BYTES = 2 * 2 ** 30;
const GOAL_MIB = 200;

/** Accepts every blob and manifest; has the manifests only. */
async function startSink() {
  const manifests = new Map<string, Buffer>();
  let bytes = 0;
  const server = createServer((request, response) => {
    const { method = "", url = "" } = request;
    const manifest = manifests.get(url);
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (url.includes("/manifests/")) chunks.push(chunk);
    });
    request.on("end", () => {
      if (method === "POST") response.writeHead(202, { location: "/upload" }).end();
      else if (method !== "PUT") {
        response.writeHead(manifest === undefined ? 404 : 200).end(method === "GET" ? manifest : undefined);
      } else {
        if (chunks.length > 0) manifests.set(url, Buffer.concat(chunks));
        response.writeHead(201).end();
      }
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    takeBytes: () => {
      const taken = bytes;
      bytes = 0;
      manifests.clear();
      return taken;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function main(): Promise<void> {
  const rounds = Number(process.env["ROUNDS"] ?? "5");
  const bed = makeTemporaryFolder("upload");
  const file = join(bed, "layer");
  writeFileSync(file, "");
  truncateSync(file, LAYER_BYTES);
  const sink = await startSink();
  const subject = (name: string, way: "client" | "fetch"): Subject => ({
    name,
    run: async () => {
      const times = join(bed, "times");
      const [command = "", ...args] = [
        ...timed(times),
        ...[process.execPath, "--disable-warning=ExperimentalWarning"],
        ...["--import", "./script/typescript.ts", "bench/push-layer.ts"],
        ...[way, sink.host, file, String(LAYER_BYTES)],
      ];
      await promisify(execFile)(command, args, { env: { ...process.env, ...TIME_FORMAT } });
      const bytes = sink.takeBytes();
      if (bytes < LAYER_BYTES) throw new Error(`the registry got ${bytes} bytes`);
      return { ...readTimes(times), bytes };
    },
  });
  const subjects = [
    subject("cross-build", "client"),
    subject(`fetch (Node ${process.versions.node})`, "fetch"),
  ];
  const rows = await measureScenario({ name: "upload-2gib", goalPeakMiB: GOAL_MIB, subjects }, rounds);
  sink.stop();
  removeTemporaryFolders();
  const table = renderTable(rows);
  console.log(table);
  if (rounds >= 5) writeResults("upload", rows, table);
}

await main();
