import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";

import { afterAll, describe, expect, it } from "@jest/globals";

import { isListening } from "../../../src/platform/socket.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../../runner.js";

afterAll(() => {
  removeTemporaryFolders();
});

async function listen(...where: [path: string] | [port: number, host: string]): Promise<Server> {
  const server = createServer();
  if (where.length === 1) server.listen(where[0]);
  else server.listen(where[0], where[1]);
  await once(server, "listening");
  return server;
}

async function close(server: Server): Promise<void> {
  server.close();
  await once(server, "close");
}

describe("isListening", () => {
  it("tells whether there is a server behind a socket file", async () => {
    const path = join(makeTemporaryFolder("socket"), "socket");
    expect(await isListening({ path })).toBe(false);
    const server = await listen(path);
    expect(await isListening({ path })).toBe(true);
    await close(server);
    expect(await isListening({ path })).toBe(false);
  });

  it("tells whether a port is taken", async () => {
    const host = "127.0.0.1";
    const server = await listen(0, host);
    const { port } = server.address() as AddressInfo;
    expect(await isListening({ port, host })).toBe(true);
    await close(server);
    expect(await isListening({ port, host })).toBe(false);
  });
});
