import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { digestOfHex, type Digest } from "../../../src/model/digest.js";
import type { Blob, OciImage } from "../../../src/model/image.js";

export const digestOf = (bytes: Uint8Array): Digest =>
  digestOfHex(createHash("sha256").update(bytes).digest("hex"));

export function makeBlob(text: string, mediaType = "application/octet-stream"): Blob {
  const bytes = Buffer.from(text);
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.length, source: { bytes } };
}

export function makeImage(text: string): OciImage {
  const layers = [makeBlob(`${text} 1`), makeBlob(`${text} 2`)];
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const manifest = makeBlob(
    JSON.stringify({ mediaType, layers: layers.map(({ digest }) => digest) }),
    mediaType,
  );
  return { manifest, config: makeBlob(`${text} config`), layers };
}

/** A registry in memory, which tests can make misbehave. */
export class FakeRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, Buffer>();
  readonly requests: string[] = [];
  /** Answers a request in place of the registry, or undefined. */
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      void this.#answer(request, response);
    }).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    if (this.misbehave(request, response)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const path = new URL(url, "http://x");
    const name = path.pathname.split("/").at(-1) ?? "";
    const end = (status: number, headers: Record<string, string> = {}, content?: Buffer) => {
      response.writeHead(status, headers).end(method === "HEAD" ? undefined : content);
    };
    if (path.pathname.includes("/manifests/")) {
      if (method === "PUT") {
        this.manifests.set(digestOf(body), body);
        this.manifests.set(name, body);
        end(201, { "docker-content-digest": digestOf(body) });
      } else if (method === "DELETE") {
        this.manifests.delete(name);
        end(202);
      } else {
        const found = this.manifests.get(name);
        if (found === undefined) end(404);
        else end(200, { "docker-content-digest": digestOf(found) }, found);
      }
    } else if (method === "HEAD") end(this.blobs.has(name) ? 200 : 404);
    else if (method === "GET") end(this.blobs.has(name) ? 200 : 404, {}, this.blobs.get(name));
    else if (method === "POST") end(202, { location: "/v2/app/blobs/uploads/1?state=x" });
    else {
      const digest = path.searchParams.get("digest") ?? "";
      if (path.searchParams.get("state") !== "x" || digestOf(body) !== digest)
        end(400, {}, Buffer.from("bad"));
      else {
        this.blobs.set(digest, body);
        end(201);
      }
    }
  }
}
