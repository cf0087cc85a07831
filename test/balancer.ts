import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

import type { Service } from "./testbed.js";

/** A port that connects to each of several ports in turn, like a load balancer. */
export async function startBalancer(ports: readonly number[]): Promise<Service & { readonly port: number }> {
  const sockets = new Set<Socket>();
  let turn = 0;
  const server = createServer((client) => {
    const machine = connect(ports[turn++ % ports.length] ?? 0, "127.0.0.1");
    for (const [socket, other] of [
      [client, machine],
      [machine, client],
    ] as const) {
      sockets.add(socket);
      socket.pipe(other);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    stop: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      return Promise.resolve();
    },
  };
}
