import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { MemoryRegistry } from "./memory-registry.js";

/** A registry in memory behind HTTP on loopback, which tests can make misbehave. */
export class FakeRegistry extends MemoryRegistry {
  readonly requests: string[] = [];
  /** Answers a request in place of the registry and returns true, or returns false. */
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  #server: Server | undefined;

  async start(): Promise<string> {
    this.#server = createServer((request, response) => {
      void this.#respond(request, response);
    }).listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  /** Answers in its own way the first `times` requests with this method and this part of the URL. */
  misbehaveOn(
    what: string,
    answer: (response: ServerResponse, request: IncomingMessage) => void,
    times = Infinity,
  ): void {
    const [method, part = ""] = what.split(" ");
    let seen = 0;
    this.misbehave = (request, response) => {
      if (request.method !== method || request.url?.includes(part) !== true || seen++ >= times) return false;
      request.resume();
      answer(response, request);
      return true;
    };
  }

  /** How many requests there were with this method and this part of the URL. */
  count(method: string, part: string): number {
    return this.requests.filter((line) => line.startsWith(`${method} `) && line.includes(part)).length;
  }

  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "" } = request;
    this.requests.push(`${method} ${url}`);
    if (this.misbehave(request, response)) return;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, headers, body } = this.answer(method, new URL(url, "http://x"), Buffer.concat(chunks));
    response.writeHead(status, headers).end(body);
  }
}
