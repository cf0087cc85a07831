import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

import type { Service } from "./testbed.js";

/** An HTTP proxy on loopback. */
export interface Proxy extends Service {
  /** As in `http_proxy`, with a password if the proxy asks for one. */
  readonly url: string;
  readonly host: string;
  /** The method and target of every request that it got, such as `CONNECT registry.test:443`. */
  readonly requests: readonly string[];
  /** Statuses to answer the next requests with, instead of forwarding them. */
  readonly refusals: number[];
}

export interface ProxyOptions {
  /** The ports on loopback of hosts that only this proxy knows, by `HOST:PORT`. */
  readonly hosts?: Readonly<Record<string, number>>;
  /** `USER:PASSWORD`; others are refused. */
  readonly login?: string;
  /** Accepts connections and never answers. */
  readonly isSilent?: boolean;
}

/** Starts a proxy for CONNECT and for plain HTTP. */
export async function startProxy({ hosts = {}, login, isSilent = false }: ProxyOptions = {}): Promise<Proxy> {
  const requests: string[] = [];
  const refusals: number[] = [];
  const sockets = new Set<Socket>();
  const wanted = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`;

  const refuse = ({ method = "", url = "", headers }: IncomingMessage): number | undefined => {
    requests.push(`${method} ${url}`);
    const refusal = refusals.shift();
    return refusal ?? (headers["proxy-authorization"] === wanted ? undefined : 407);
  };
  const find = (host: string, port: number) => hosts[`${host}:${port}`] ?? port;

  const forward = (asked: IncomingMessage, answer: ServerResponse) => {
    const status = refuse(asked);
    if (isSilent) return;
    if (status !== undefined) {
      asked.resume();
      answer.writeHead(status).end();
      return;
    }
    const { hostname, port, pathname, search } = new URL(asked.url ?? "");
    const headers = { ...asked.headers };
    delete headers["proxy-authorization"];
    const sent = request(
      {
        host: "127.0.0.1",
        port: find(hostname, Number(port || "80")),
        path: pathname + search,
        method: asked.method,
        headers,
      },
      (got) => {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
      },
    );
    sent.on("error", () => answer.writeHead(502).end());
    asked.pipe(sent);
  };

  const server = createServer(forward).listen(0, "127.0.0.1");
  server.on("connection", (socket) => {
    sockets.add(socket);
  });
  server.on("connect", (asked: IncomingMessage, client: Socket, head: Buffer) => {
    client.on("error", () => undefined);
    const status = refuse(asked);
    if (isSilent) return;
    if (status !== undefined) {
      client.end(`HTTP/1.1 ${status} Refused\r\n\r\n`);
      return;
    }
    const [host = "", port = ""] = (asked.url ?? "").split(":");
    const machine = connect(find(host, Number(port)), "127.0.0.1", () => {
      client.write("HTTP/1.1 200 Connected\r\n\r\n");
      machine.write(head);
      machine.pipe(client).pipe(machine);
    });
    sockets.add(machine);
    machine.on("error", () => client.destroy());
    machine.on("close", () => client.destroy());
    client.on("close", () => machine.destroy());
  });
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    url: `http://${login === undefined ? "" : `${login}@`}${host}`,
    requests,
    refusals,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  };
}
