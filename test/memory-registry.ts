import { Readable } from "node:stream";

import { digestOf } from "../src/model/digest.js";
import type { Blob as ImageBlob, OciImage } from "../src/model/image.js";
import { OCI_CONFIG, OCI_MANIFEST } from "../src/model/media-type.js";
import type { RegistryAnswer, RegistryRequest, SendRequest, UseRegistry } from "../src/registry/client.js";
import { StatusError } from "../src/platform/retry.js";
import { retryOnRegistry } from "../src/registry/retry.js";
import { FakeClock } from "./fake-clock.js";

const LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export function makeBlob(text: string, mediaType = "application/octet-stream"): ImageBlob {
  const bytes = Buffer.from(text);
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source: { bytes } };
}

/** The descriptor of a blob, as manifests and indexes have it. */
export function describeBlob({ mediaType, digest, sizeBytes: size }: ImageBlob) {
  return { mediaType, digest, size };
}

/** An image of two layers. Real registries accept it; it cannot be run. */
export function makeImage(text: string): OciImage {
  const layers = ["1", "2"].map((part) => makeBlob(`${text} ${part}`, LAYER));
  const config = makeBlob(`${text} config`, OCI_CONFIG);
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describeBlob(config),
    layers: layers.map(describeBlob),
  };
  return { manifest: makeBlob(JSON.stringify(manifest), OCI_MANIFEST), config, layers };
}

interface MemoryAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

const NOTHING = new Uint8Array();

/** The repository `app` of a registry, in memory. */
export class MemoryRegistry {
  readonly blobs = new Map<string, Buffer<ArrayBuffer>>();
  readonly manifests = new Map<string, Buffer<ArrayBuffer>>();

  /** Another registry with the same content. */
  clone(): MemoryRegistry {
    const clone = new MemoryRegistry();
    for (const [digest, blob] of this.blobs) clone.blobs.set(digest, blob);
    for (const [name, manifest] of this.manifests) clone.manifests.set(name, manifest);
    return clone;
  }

  /** Access to the registry without a network. None of its answers is transient, so there are no retries. */
  readonly use: UseRegistry = (work) =>
    retryOnRegistry("registry.test", () => work(this.send), {
      clock: new FakeClock(),
      log: { debug: () => undefined },
      retryDelayMs: 0,
    });

  readonly send: SendRequest = async (request) => {
    const url = new URL(request.url, "https://registry.test/v2/app/");
    const { status, headers, body } = this.answer(request.method, url, await readBody(request));
    if (!request.expected.includes(status)) {
      throw new StatusError(`registry.test answered ${status}`, { status, isTransient: false });
    }
    const answer: RegistryAnswer = { status, headers: new Headers(headers), url, body };
    if (request.sink === undefined) return answer;
    await request.sink(Readable.from([body]));
    return { ...answer, body: NOTHING };
  };

  /** The registry's answer to one request. */
  answer(method: string, url: URL, body: Buffer<ArrayBuffer>): MemoryAnswer {
    const name = url.pathname.split("/").at(-1) ?? "";
    if (url.pathname.includes("/manifests/")) return this.#answerManifest(method, name, body);
    if (method === "HEAD" || method === "GET") return this.#answerBlob(method, name);
    if (method === "POST") return plain(202, { location: "/v2/app/blobs/uploads/1?state=x" });
    const digest = url.searchParams.get("digest") ?? "";
    if (url.searchParams.get("state") !== "x" || digestOf(body) !== digest) {
      return { status: 400, headers: {}, body: Buffer.from("bad") };
    }
    this.blobs.set(digest, body);
    return plain(201, {});
  }

  #answerBlob(method: string, name: string): MemoryAnswer {
    const blob = this.blobs.get(name);
    return found(method, blob, blob === undefined ? {} : { "content-length": String(blob.length) });
  }

  #answerManifest(method: string, name: string, body: Buffer<ArrayBuffer>): MemoryAnswer {
    if (method === "PUT") {
      this.manifests.set(digestOf(body), body);
      this.manifests.set(name, body);
      return plain(201, { "docker-content-digest": digestOf(body) });
    }
    if (method === "DELETE") {
      this.manifests.delete(name);
      return plain(202, {});
    }
    const manifest = this.manifests.get(name);
    const headers = manifest === undefined ? {} : { "docker-content-digest": digestOf(manifest) };
    return found(method, manifest, headers);
  }
}

function plain(status: number, headers: Readonly<Record<string, string>>): MemoryAnswer {
  return { status, headers, body: NOTHING };
}

function found(
  method: string,
  content: Buffer<ArrayBuffer> | undefined,
  headers: Readonly<Record<string, string>>,
): MemoryAnswer {
  if (content === undefined) return plain(404, {});
  return { status: 200, headers, body: method === "HEAD" ? NOTHING : content };
}

async function readBody({ body }: RegistryRequest): Promise<Buffer<ArrayBuffer>> {
  if (body === undefined || !("open" in body)) return Buffer.from(body ?? NOTHING);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
