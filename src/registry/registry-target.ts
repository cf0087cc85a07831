import { createHash } from "node:crypto";
import { openAsBlob } from "node:fs";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOfHex, isDigest } from "../model/digest.js";
import type { Blob as ImageBlob, OciImage, PushedLayer } from "../model/image.js";
import type { PublishTarget } from "./publish-target.js";
import type { SendRequest } from "./registry-client.js";

const MANIFEST_TYPES = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
].join(", ");
const MAX_MANIFEST_BYTES = 4 << 20;
const PARALLEL_UPLOADS = 4;
/** The slowest line that an upload is given time for, in bytes per millisecond. */
const SLOWEST_UPLOAD = 100;

/** A repository of a registry. Its methods reject with `REGISTRY_DENIED` and `REGISTRY_FAILED`. */
export function openRegistryTarget(send: SendRequest): PublishTarget {
  return {
    push: async (image) => {
      const layers = await mapInParallel(image.layers, async (layer): Promise<PushedLayer> => {
        const state = await pushBlob(send, layer);
        return { digest: layer.digest, sizeBytes: layer.sizeBytes, state };
      });
      await pushBlob(send, image.config);
      await pushManifest(send, image);
      return layers;
    },
    readTag: async (tag) => {
      const { status, headers } = await send({
        method: "HEAD",
        url: `manifests/${tag}`,
        headers: { accept: MANIFEST_TYPES },
        expected: [200, 404],
      });
      if (status === 404) return undefined;
      const digest = headers.get("docker-content-digest") ?? "";
      return isDigest(digest) ? digest : (await readManifest(send, tag)).digest;
    },
    moveTag: async (tag, digest) => {
      const manifest = await readManifest(send, digest);
      if (manifest.digest !== digest) throw wrongBytes(digest, manifest.digest);
      await send({
        method: "PUT",
        url: `manifests/${tag}`,
        headers: { "content-type": manifest.mediaType },
        body: manifest.bytes,
        expected: [201],
      });
    },
    removeTag: async (tag) => {
      await send({ method: "DELETE", url: `manifests/${tag}`, expected: [202, 404] });
    },
  };
}

async function pushBlob(send: SendRequest, blob: ImageBlob): Promise<"sent" | "reused"> {
  const found = await send({ method: "HEAD", url: `blobs/${blob.digest}`, expected: [200, 404] });
  if (found.status === 200) return "reused";
  const { headers, url } = await send({ method: "POST", url: "blobs/uploads/", expected: [202] });
  // The location is relative, or absolute, perhaps on another host, and may have a query of its own.
  const location = new URL(headers.get("location") ?? "", url);
  location.searchParams.set("digest", blob.digest);
  await send({
    method: "PUT",
    url: location,
    headers: { "content-type": "application/octet-stream" },
    body: "bytes" in blob.source ? blob.source.bytes : await openAsBlob(blob.source.file),
    expected: [201],
    timeoutMs: 60_000 + Math.ceil(blob.sizeBytes / SLOWEST_UPLOAD),
  });
  return "sent";
}

async function pushManifest(send: SendRequest, { manifest }: OciImage): Promise<void> {
  const { headers } = await send({
    method: "PUT",
    url: `manifests/${manifest.digest}`,
    headers: { "content-type": manifest.mediaType },
    body: "bytes" in manifest.source ? manifest.source.bytes : new Uint8Array(),
    expected: [201],
  });
  const digest = headers.get("docker-content-digest");
  if (digest !== null && digest !== manifest.digest) throw wrongBytes(manifest.digest, digest);
}

async function readManifest(send: SendRequest, reference: string) {
  const response = await send({
    method: "GET",
    url: `manifests/${reference}`,
    headers: { accept: MANIFEST_TYPES },
    expected: [200],
  });
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > MAX_MANIFEST_BYTES)
      throw new ActionError("REGISTRY_FAILED", `the manifest ${reference} is too large`);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  return {
    bytes,
    mediaType: response.headers.get("content-type") ?? "application/vnd.oci.image.manifest.v1+json",
    digest: digestOfHex(createHash("sha256").update(bytes).digest("hex")),
  };
}

function wrongBytes(wanted: Digest, got: string): ActionError {
  return new ActionError(
    "REGISTRY_FAILED",
    `the registry has other bytes than were pushed: ${JSON.stringify(got)} instead of ${wanted}`,
    {
      hint: "Something between here and the registry changes manifests: push to it directly.",
    },
  );
}

/** Like `Promise.all` over `map`, a few at a time; results in order. */
async function mapInParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results = new Array<R>(items.length);
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, worker));
  return results;
}
