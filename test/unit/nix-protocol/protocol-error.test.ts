import { Duplex } from "node:stream";

import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { isProtocolError, ProtocolError } from "../../../src/nix-protocol/protocol-error.js";
import { DaemonSession } from "../../../src/nix-protocol/session.js";
import { renderWire } from "../../../src/nix-protocol/wire.js";
import { FakeClock } from "../../fake-clock.js";

const PATH: StorePath = "/nix/store/00000000000000000000000000000000-a";
const LAST = 0x616c7473;
const ERROR = 0x63787470;
const GREETING = renderWire([0x6478696f, 0x126, "2.34.8", 1, LAST]);

/** Opens a session and queries a path; returns the error, if the daemon sends these bytes. */
async function failWith(said: Buffer): Promise<unknown> {
  const channel = new Duplex({
    read() {
      this.push(said);
      this.push(null);
    },
    write(_, __, done) {
      done();
    },
  });
  try {
    const session = await DaemonSession.open(channel, { host: "b1", clock: new FakeClock() });
    return await session.queryPathInfo(PATH);
  } catch (error) {
    return error;
  }
}

describe("isProtocolError", () => {
  it.each<[string, Buffer]>([
    ["a banner instead of Nix", Buffer.from("This account is not available.\n")],
    ["an unsupported protocol version", renderWire([0x6478696f, 0x115])],
    ["a message of an unknown kind", Buffer.concat([GREETING, renderWire([0xbad])])],
    ["a number that is too large", Buffer.concat([GREETING, Buffer.alloc(8, 0xff)])],
    ["a string that is too long", Buffer.concat([GREETING, renderWire([LAST, 1, 2 ** 40])])],
    ["a list that is too long", Buffer.concat([GREETING, renderWire([LAST, 1, "", "00", 2 ** 40])])],
  ])("is true for %s", async (_, said) => {
    expect(isProtocolError(await failWith(said))).toBe(true);
  });

  it.each<[string, Buffer]>([
    ["a daemon that ends before its greeting", Buffer.alloc(0)],
    ["an answer that is cut short", Buffer.concat([GREETING, renderWire([LAST, 1]), Buffer.alloc(3)])],
    ["a path that is no longer in the store", Buffer.concat([GREETING, renderWire([LAST, 0])])],
    ["a refusal", Buffer.concat([GREETING, renderWire([ERROR, "Error", 0, "Error", "no", 0, 0])])],
  ])("is false for %s", async (_, said) => {
    const error = await failWith(said);
    expect(error).toBeInstanceOf(ActionError);
    expect(isProtocolError(error)).toBe(false);
  });

  it("finds a protocol error among the causes", () => {
    const cause = new ProtocolError("BUILDER_UNREACHABLE", "garbage", { hint: "None." });
    const inner = new ActionError("COMMAND_FAILED", "nix-store failed", { cause, hint: "None." });
    expect(
      isProtocolError(new ActionError("NIX_NOT_TRUSTED", "not taken", { cause: inner, hint: "None." })),
    ).toBe(true);
    expect(isProtocolError(new Error("another one", { cause: "text" }))).toBe(false);
  });
});
