// Sends a file as a layer, for upload.bench.ts: a process that loads nothing but what it measures.
// Usage: push-layer.ts client|fetch HOST FILE BYTES
import { openAsBlob } from "node:fs";

import { digestOf } from "../src/model/digest.js";
import { systemClock } from "../src/platform/clock.js";
import { createHttpClient } from "../src/platform/http.js";
import { createRegistryClient } from "../src/registry/client.js";
import { createSilentLog } from "../test/silent-log.js";
import { openRegistryRepository } from "../src/registry/registry-repository.js";

const [way, host = "", file = "", sizeBytes = ""] = process.argv.slice(2);

if (way === "fetch") {
  const body = await openAsBlob(file);
  const answer = await fetch(`http://${host}/upload`, { method: "PUT", body, redirect: "manual" });
  if (answer.status !== 201) throw new Error(`status ${answer.status}`);
} else {
  const client = createRegistryClient(host, "app", undefined, {
    clock: systemClock,
    log: createSilentLog(),
    sendHttp: createHttpClient({}),
  });
  const describe = (text: string) => {
    const bytes = Buffer.from(text);
    const mediaType = "application/vnd.oci.image.manifest.v1+json";
    return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source: { bytes } };
  };
  const layer = {
    ...describe("a digest that is not checked"),
    sizeBytes: Number(sizeBytes),
    source: { file },
  };
  const image = { manifest: describe('{"layers":[]}'), config: describe("{}"), layers: [layer] };
  await openRegistryRepository(client).push(image);
}
