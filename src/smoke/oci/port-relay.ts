import { once } from "node:events";
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream/promises";

/**
 * The address in a container to which the relay connects. Linux gives the whole network 127.0.0.0/8 to
 * loopback, so a server on all addresses answers here. One on 127.0.0.1 alone does not, as it would not at a
 * port that Docker publishes.
 */
const ADDRESS = "127.0.0.2";

/** The line that the relay prints when it listens. */
export const RELAY_READY = "ready";

/** The socket of a port, in the working directory of the relay. */
export function nameSocket(port: number | string): string {
  return `${port}.sock`;
}

/**
 * Listens on a socket in the working directory for each of the ports, and passes connections on to the ports.
 * It runs in the network namespace of a container, until it is terminated.
 */
export async function runPortRelay(ports: readonly string[]): Promise<void> {
  const servers = ports.map((port) =>
    createServer({ allowHalfOpen: true }, (client) => {
      const server = connect({ host: ADDRESS, port: Number(port), allowHalfOpen: true });
      pipeline(client, server, client).catch(() => {
        client.destroy();
        server.destroy();
      });
    }).listen({ path: nameSocket(port) }),
  );
  await Promise.all(servers.map((server) => once(server, "listening")));
  process.stdout.write(`${RELAY_READY}\n`);
}
