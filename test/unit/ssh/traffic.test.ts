import { once } from "node:events";
import { Duplex, PassThrough } from "node:stream";

import { describe, expect, it } from "@jest/globals";

import { countTraffic } from "../../../src/ssh/traffic.js";

describe("countTraffic", () => {
  it("counts what goes over a stream, and loses nothing before its reader listens", async () => {
    const [incoming, outgoing] = [new PassThrough(), new PassThrough()];
    const stream = Duplex.from({ readable: incoming, writable: outgoing });
    const traffic = countTraffic(stream);
    incoming.write("hello");
    // Time in which a stream that flows would pass on its data.
    await new Promise((resolve) => setImmediate(resolve));
    let heard = "";
    stream.on("data", (bytes: Buffer) => {
      heard += bytes.toString();
    });
    stream.resume();
    stream.write(Buffer.alloc(3));
    incoming.end("bye");
    await once(stream, "end");
    expect(heard).toBe("hellobye");
    expect(traffic()).toEqual({ sentBytes: 3, receivedBytes: 8 });
    stream.destroy();
  });
});
