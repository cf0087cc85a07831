import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** A relay to a port on loopback that can add delay, and can break. */
export interface Relay {
  readonly port: number;
  /** The number of bytes relayed so far, in both directions. */
  readonly countBytes: () => number;
  /** From now on drops everything without closing connections, like a firewall that drops packets. */
  readonly blackHole: () => void;
  /** Resets all existing connections; new ones are relayed. */
  readonly cut: () => void;
  readonly stop: () => Promise<void>;
}

/** How much data may wait for its turn on the line before the sender has to. */
const MAX_BACKLOG_MS = 10;

/**
 * Relays to `targetPort`. Data and new connections are delayed by `delayMs` in each direction, so a round
 * trip takes twice that. All connections share a line of `bytesPerSecond` in each direction. Replaces
 * `tc netem`, which not every kernel has.
 */
export async function startRelay(
  targetPort: number,
  delayMs = 0,
  bytesPerSecond = Number.POSITIVE_INFINITY,
): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isBlackHole = false;
  let bytesCount = 0;
  const after = (ms: number, work: () => void) => {
    const workIfOpen = () => {
      if (!isBlackHole) work();
    };
    if (ms === 0) workIfOpen();
    else setTimeout(workIfOpen, ms);
  };
  const lineTo = { target: { freeAtMs: 0 }, client: { freeAtMs: 0 } };
  const adopt = (socket: Socket) => {
    sockets.add(socket);
    // An error on one side is followed by its "close", which is forwarded to the other side.
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  };
  const forward = (from: Socket, to: Socket, line: { freeAtMs: number }) => {
    // Timers of different durations do not keep their order.
    const queue: (() => void)[] = [];
    const inOrder = (work: () => void) => {
      queue.push(work);
      const backlogMs = Math.max(0, line.freeAtMs - performance.now());
      after(delayMs + backlogMs, () => queue.shift()?.());
    };
    from.on("data", (bytes) => {
      line.freeAtMs = Math.max(performance.now(), line.freeAtMs) + (bytes.length / bytesPerSecond) * 1000;
      inOrder(() => {
        if (!to.writable) return;
        bytesCount += bytes.length;
        to.write(bytes);
      });
      const excessMs = line.freeAtMs - performance.now() - MAX_BACKLOG_MS;
      if (excessMs <= 0) return;
      from.pause();
      // Timers are late by up to a millisecond: the line must not run dry.
      setTimeout(() => from.resume(), excessMs + MAX_BACKLOG_MS / 2);
    });
    from.on("end", () => {
      inOrder(() => {
        to.end();
      });
    });
    from.on("close", () => {
      inOrder(() => {
        to.destroySoon();
      });
    });
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    adopt(client);
    // The TCP handshake takes a round trip.
    after(2 * delayMs, () => {
      if (client.destroyed) return;
      const target = connect({ port: targetPort, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
      adopt(target);
      forward(client, target, lineTo.target);
      forward(target, client, lineTo.client);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    countBytes: () => bytesCount,
    blackHole: () => {
      isBlackHole = true;
    },
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** The builder as its clients see it through a relay: with the relay's port. */
export function readThrough<
  T extends { readonly port: number; readonly line: string; readonly knownHosts: string },
>(relay: Relay, builder: T): T {
  const rename = (text: string) => text.replaceAll(`:${builder.port}`, `:${relay.port}`);
  return { ...builder, line: rename(builder.line), knownHosts: rename(builder.knownHosts) };
}
