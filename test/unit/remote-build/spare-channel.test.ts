import { PassThrough } from "node:stream";

import { describe, expect, it } from "@jest/globals";
import type { ClientChannel } from "ssh2";

import { SpareChannel } from "../../../src/remote-build/spare-channel.js";
import type { Connection } from "../../../src/ssh/connection.js";
import { unreachable } from "./fake-build.js";

/** A connection whose attempts to open a channel are numbered; those in `refused` fail. */
function connectTo(refused: readonly number[] = []) {
  const opened: ClientChannel[] = [];
  const closed: ClientChannel[] = [];
  let tries = 0;
  let isOpen = true;
  const connection: Connection = {
    hostKey: { type: "", fingerprint: "", line: "" } as unknown as Connection["hostKey"],
    openChannel: () => {
      if (!isOpen || refused.includes(++tries)) return Promise.reject(unreachable());
      const channel: ClientChannel = Object.assign(new PassThrough(), {
        close: () => closed.push(channel),
      }) as unknown as ClientChannel;
      opened.push(channel);
      return Promise.resolve(channel);
    },
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    isOpen: () => isOpen,
    onClose: () => undefined,
    close: () => (isOpen = false),
  };
  return { connection, opened, closed };
}

describe("SpareChannel", () => {
  it("returns the channel that is already open first, and then new ones", async () => {
    const { connection, opened } = connectTo();
    const spare = new SpareChannel(connection, "true");
    expect(opened).toHaveLength(1);
    expect(await spare.take()).toBe(opened[0]);
    expect(opened).toHaveLength(1);
    expect(await spare.take()).toBe(opened[1]);
  });

  it("opens another channel if the first could not be opened", async () => {
    const { connection, opened } = connectTo([1]);
    expect(await new SpareChannel(connection, "true").take()).toBe(opened[0]);
  });

  it("rejects when the connection was lost meanwhile", async () => {
    const { connection } = connectTo();
    const spare = new SpareChannel(connection, "true");
    connection.close();
    await expect(spare.take()).rejects.toMatchObject({ code: "BUILDER_UNREACHABLE" });
  });

  it("closes only a channel that was not taken", async () => {
    const { connection, opened, closed } = connectTo();
    const spare = new SpareChannel(connection, "true");
    spare.close();
    const taken = await spare.take();
    spare.close();
    expect([closed, taken]).toEqual([[opened[0]], opened[1]]);
  });
});
