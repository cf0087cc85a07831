import { Duplex } from "node:stream";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { DaemonSession } from "../../../src/nix-protocol/session.js";
import { type ErrorCode, ERROR_CODES } from "../../../src/errors/action-error.js";
import type { Derivation } from "../../../src/model/derivation.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { renderWire } from "../../../src/nix-protocol/wire.js";
import { FakeClock } from "../../fake-clock.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;
const LAST = 0x616c7473;
const RESULT = 0x52534c54;
const ERROR = 0x63787470;
const GREETING = renderWire([0x6478696f, 0x126, "2.34.8", 1, LAST]);

const DERIVATION: Derivation = {
  outputs: [{ name: "out", path: path("a"), hashAlgorithm: "", hash: "" }],
  inputs: new Map(),
  sources: [],
  platform: "x86_64-linux",
  builder: Buffer.from("/bin/sh"),
  args: [Buffer.from("-c")],
  environment: [[Buffer.from("a"), Buffer.from([0xff])]],
};

/** A daemon that sends all its output at once, in pieces of `size` bytes. */
function daemon(said: Buffer, size = 7): { readonly channel: Duplex; readonly heard: () => Buffer } {
  const heard: Buffer[] = [];
  let at = 0;
  const channel = new Duplex({
    read() {
      if (at >= said.length) this.push(null);
      else this.push(said.subarray(at, (at += size)));
    },
    write(chunk: Buffer, _, done) {
      heard.push(chunk);
      done();
    },
    allowHalfOpen: true,
    autoDestroy: false,
  });
  return { channel, heard: () => Buffer.concat(heard) };
}

const options = (clock = new FakeClock()) => ({ host: "b1", clock });
const open = (...said: readonly Buffer[]) => {
  const { channel, heard } = daemon(Buffer.concat([GREETING, ...said]));
  return { session: DaemonSession.open(channel, options()), heard };
};

describe("a session with a builder's daemon", () => {
  it("queries which paths are valid", async () => {
    const { session, heard } = open(renderWire([LAST, [path("a")]]));
    const valid = await (await session).queryValidPaths([path("a"), path("b")], true);
    expect([...valid]).toEqual([path("a")]);
    expect(heard().includes(renderWire([31, [path("a"), path("b")], 1]))).toBe(true);
  });

  it("builds, and passes on the log lines", async () => {
    const times = [1, 0, 0, 0, 0, 0];
    const log = renderWire([RESULT, 5, 101, 1, 1, "compiling"]);
    const { session, heard } = open(log, renderWire([LAST, 0, "", ...times, 1, "sha256:x!out", "{}"]));
    const lines: string[] = [];
    const answer = await (
      await session
    ).build(path("a.drv"), DERIVATION, [path("in")], (line) => lines.push(line));
    expect([answer, lines]).toEqual([{ outcome: "built", cpuMs: undefined }, ["compiling"]]);
    const asked = renderWire([36, path("a.drv"), 1, "out", path("a"), "", "", [path("in")], "x86_64-linux"]);
    expect(heard().includes(asked)).toBe(true);
    expect(heard().includes(renderWire([1, "a", Buffer.from([0xff]), 0]))).toBe(true);
  });

  it("reports a failed build with the daemon's message", async () => {
    const { session } = open(renderWire([LAST, 3, "builder for 'x' failed", 1, 0, 0, 0, 0, 0, 0]));
    expect(await (await session).build(path("a.drv"), DERIVATION, [], () => undefined)).toEqual({
      outcome: "failed",
      message: "builder for 'x' failed",
    });
  });

  it.each([
    ["user and system time of a build", 0, [1, 2_500_000, 1, 250_500], { outcome: "built", cpuMs: 2751 }],
    ["those of a failed build", 3, [1, 1000, 1, 0], { outcome: "failed", message: "no", cpuMs: 1 }],
    ["one of the two", 0, [0, 1, 4000], { outcome: "built", cpuMs: 4 }],
  ])("reads %s", async (_, status, times, answer) => {
    const { session } = open(renderWire([LAST, status, "no", 1, 0, 0, 0, ...times, 0]));
    expect(await (await session).build(path("a.drv"), DERIVATION, [], () => undefined)).toEqual(answer);
  });

  it("reads the answer of a daemon that is too old to have times", async () => {
    const greeting = renderWire([0x6478696f, 0x123, "2.18.9", 1, LAST]);
    const answer = renderWire([LAST, 0, "", 1, 0, 0, 0, 1, "sha256:x!out", "{}", LAST, [path("a")]]);
    const session = await DaemonSession.open(daemon(Buffer.concat([greeting, answer])).channel, options());
    expect(await session.build(path("a.drv"), DERIVATION, [], () => undefined)).toEqual({
      outcome: "built",
      cpuMs: undefined,
    });
    expect((await session.queryValidPaths([path("a")], false)).size).toBe(1);
  });

  it("reads the NAR of a path exactly to its end", async () => {
    const nar = renderWire(["nix-archive-1", "(", "type", "regular", "contents", Buffer.alloc(100, 7), ")"]);
    const { session } = open(renderWire([LAST]), nar, renderWire([LAST, []]));
    const asked = await session;
    const pieces: Buffer[] = [];
    for await (const piece of asked.readNar(path("a"))) pieces.push(piece);
    expect(Buffer.concat(pieces)).toEqual(nar);
    expect((await asked.queryValidPaths([path("b")], false)).size).toBe(0);
  });

  it("rejects with the daemon's message if the daemon refuses", async () => {
    const { session } = open(
      renderWire([ERROR, "Error", 0, "Error", "you are not privileged", 0, 1, 0, "trace"]),
    );
    await expect((await session).queryValidPaths([path("a")], false)).rejects.toMatchObject({
      code: "BUILDER_DENIED",
      message: "the Nix of b1 refused: you are not privileged",
    });
  });

  it.each<[string, Buffer, ErrorCode]>([
    ["too old", renderWire([0x6478696f, 0x115]), "BUILDER_UNFIT"],
    ["not Nix", Buffer.from("SSH-2.0-OpenSSH\n"), "BUILDER_UNREACHABLE"],
    ["gone", Buffer.alloc(0), "BUILDER_UNREACHABLE"],
  ])("rejects a daemon that is %s", async (_, said, code) => {
    await expect(DaemonSession.open(daemon(said).channel, options())).rejects.toMatchObject({
      code,
      message: expect.stringContaining("b1") as unknown,
    });
  });

  it("believes a daemon only about paths that it was asked for", async () => {
    const { session } = open(renderWire([LAST, [path("a"), path("evil")]]));
    expect([...(await (await session).queryValidPaths([path("a"), path("b")], false))]).toEqual([path("a")]);
  });

  it.each([
    ["a log line with more fields than Nix has", renderWire([RESULT, 5, 101, 65]), "a list is too long"],
    [
      "fields that are too long together",
      renderWire([RESULT, 5, 101, 3, ...[0, 1, 2].flatMap(() => [1, Buffer.alloc(30 << 20)])]),
      "a message is too long",
    ],
    ["an endless trace of an error", renderWire([ERROR, "", 0, "", "", 0, 2 ** 50]), "a list is too long"],
    ["an answer that lists more paths than the question", renderWire([LAST, 2 ** 50]), "a list is too long"],
  ])("rejects %s, before it fills the memory", async (_, said, why) => {
    const { channel } = daemon(Buffer.concat([GREETING, said]), 1 << 20);
    const session = await DaemonSession.open(channel, options());
    await expect(session.queryValidPaths([path("a")], false)).rejects.toThrow(why);
  });

  it.each<[string, (session: DaemonSession) => Promise<unknown>, number]>([
    ["which paths it has", (session) => session.queryValidPaths([path("a")], false), 30],
    ["about a path", (session) => session.queryPathInfo(path("a")), 30],
    ["to fetch paths", (session) => session.queryValidPaths([path("a")], true), 600],
  ])("ends if the daemon answers hello, and then nothing when it is asked %s", async (_, ask, seconds) => {
    const clock = new FakeClock();
    const channel = new Duplex({
      read() {
        if (!isGreeted) this.push(GREETING);
        isGreeted = true;
      },
      write(_, __, done) {
        done();
      },
    });
    let isGreeted = false;
    const session = await DaemonSession.open(channel, options(clock));
    const asked = clock.run(ask(session));
    await expect(asked).rejects.toMatchObject({
      code: "BUILDER_UNREACHABLE",
      message: expect.stringContaining("has not answered for") as unknown,
    });
    expect(clock.nowMs()).toBeGreaterThan(seconds * 1000);
    expect(clock.nowMs()).toBeLessThan((seconds + 3) * 1000);
  });

  it("rejects with a code, and never hangs, whatever a builder sends", async () => {
    const word = fc.oneof(
      fc.constantFrom(LAST, RESULT, ERROR, 0x6f6c6d67, 0x53545254, 0x53544f50, 0, 1, 101),
      fc.nat(),
    );
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.array(word, { maxLength: 30 }).map((words) => renderWire(words)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async (bytes) => {
        const session = await open(bytes).session;
        const outcome = await session
          .build(path("a.drv"), DERIVATION, [], () => undefined)
          .then(
            () => "answered",
            (error: unknown) => (error as { code: ErrorCode }).code,
          );
        expect(["answered", ...ERROR_CODES.filter((code) => code !== "INTERNAL")]).toContain(outcome);
      }),
    );
  });
});
