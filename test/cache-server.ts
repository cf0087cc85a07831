import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

/** An HTTP binary cache in memory, with GET, HEAD and PUT, which tests can make misbehave. */
export class CacheServer {
  readonly files = new Map<string, Buffer>();
  /** `METHOD /path`. */
  readonly requests: string[] = [];
  /** Answers a request in place of the cache and returns true, or returns false. */
  misbehave: (request: IncomingMessage, response: ServerResponse) => boolean = () => false;
  readonly #authorization: string | undefined;
  #server: Server | undefined;

  constructor(login?: { readonly username: string; readonly password: string }) {
    if (login === undefined) return;
    const { username, password } = login;
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  /** Starts it on loopback. Resolves to its host, with the port. */
  async start(wantedPort = 0): Promise<string> {
    this.#server = createServer((request, response) => {
      void this.#respond(request, response);
    }).listen(wantedPort, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  }

  /** The store paths that it lists, without their hashes. */
  get names(): readonly string[] {
    return [...this.files]
      .filter(([file]) => file.endsWith(".narinfo"))
      .map(([, text]) => /^StorePath: \/nix\/store\/[^-]+-(.*)$/m.exec(text.toString())?.[1] ?? "")
      .toSorted();
  }

  count(method: string): number {
    return this.requests.filter((line) => line.startsWith(`${method} `)).length;
  }

  /** Ends all connections at once. */
  stop(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    this.requests.push(`${method} ${url}`);
    if (this.misbehave(request, response)) return;
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    if (this.#authorization !== undefined && headers.authorization !== this.#authorization) {
      response.writeHead(401).end();
    } else if (method === "PUT") {
      this.files.set(url, Buffer.concat(chunks));
      response.writeHead(201).end();
    } else {
      const file = this.files.get(url);
      if (file === undefined) response.writeHead(404).end();
      else response.writeHead(200).end(method === "HEAD" ? undefined : file);
    }
  }
}
