import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Socket } from "node:net";
import { basename, dirname, join } from "node:path";

import type { Builder } from "../model/builder.js";
import type { Connection } from "../ssh/connection.js";
import { renderRemoteCommand } from "../nix-protocol/handshake.js";
import { SpareChannel } from "./spare-channel.js";

/** A Unix socket on this machine that leads to a builder's Nix daemon. */
export interface ForwardedDaemon {
  /** For `--store`. @see Nix manual, "Local Daemon Store" */
  readonly storeUri: string;
  readonly close: () => void;
}

/**
 * Lets Nix reach a builder's store through our existing connection: listens on a Unix socket in a private
 * folder, and opens a channel to the builder's daemon for each client. Clients need no SSH handshake of their
 * own, and are disconnected as soon as the builder is lost. Rejects with a system error if the socket cannot
 * be created.
 */
export async function forwardDaemon(
  builder: Builder,
  connection: Connection,
  wantedFile: string,
): Promise<ForwardedDaemon> {
  const socketFile = await shorten(wantedFile);
  // Nix connects only after evaluation; by then the first channel is open.
  const channels = new SpareChannel(connection, renderRemoteCommand({ ...builder, protocol: "ssh-ng" }));
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    client.on("close", () => clients.delete(client));
    client.on("error", () => undefined);
    channels.take().then(
      (channel) => {
        client.pipe(channel).pipe(client);
        channel.on("close", () => client.destroy());
        channel.on("error", () => client.destroy());
        channel.stderr.resume();
        client.on("close", () => {
          channel.close();
        });
      },
      () => client.destroy(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketFile, resolve);
  });
  connection.onClose(() => {
    for (const client of clients) client.destroy();
  });
  return {
    storeUri: `unix://${socketFile}`,
    close: () => {
      server.close();
      for (const client of clients) client.destroy();
      channels.close();
      if (socketFile !== wantedFile) void rm(dirname(socketFile), { recursive: true, force: true });
    },
  };
}

/**
 * The path itself if it fits into the address of a Unix socket, else one in a new temporary folder.
 * @see unix(7), sun_path
 */
async function shorten(socketFile: string): Promise<string> {
  if (Buffer.byteLength(socketFile) <= 100) return socketFile;
  return join(await mkdtemp("/tmp/cross-build-tunnel-"), basename(socketFile));
}
