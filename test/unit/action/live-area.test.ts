import { PassThrough } from "node:stream";

import { describe, expect, it } from "@jest/globals";

import { openLiveArea } from "../../../src/action/live-area.js";

describe("openLiveArea", () => {
  const openStream = (isTTY: boolean, rows = 24) =>
    Object.assign(new PassThrough(), { isTTY, columns: 80, rows });

  it("rewrites its lines in place, and leaves nothing behind", async () => {
    const stream = openStream(true);
    const area = await openLiveArea(stream, { TERM: "xterm" });
    const read = () => String(stream.read());
    area?.show(["one", "two"]);
    expect(read()).toContain("one\ntwo\n");
    area?.show(["one", "2"]);
    // Only the line that changed.
    expect(read()).not.toContain("one");
    area?.clear();
    // eslint-disable-next-line no-control-regex -- It erases the two lines and the one of the cursor.
    expect(read().match(/\u001b\[2K/g)).toHaveLength(3);
    area?.show([]);
    expect(stream.read()).toBeNull();
  });

  it.each([
    [false, "xterm", 24],
    [true, "dumb", 24],
    [true, "xterm", 0],
  ])("is not there if the stream is a terminal: %s, of type %s, with %d rows", async (isTTY, TERM, rows) => {
    expect(await openLiveArea(openStream(isTTY, rows), { TERM })).toBeUndefined();
  });
});
