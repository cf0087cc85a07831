import { Duplex } from "node:stream";

import { describe, expect, it } from "@jest/globals";
import type { ClientChannel } from "ssh2";

import { BuilderStore } from "../../../src/remote-build/builder-store.js";
import type { Connection } from "../../../src/ssh/connection.js";
import { ActionError } from "../../../src/errors/action-error.js";
import type { Builder } from "../../../src/model/builder.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { renderWire, type WireValue } from "../../../src/nix-protocol/wire.js";
import { FakeClock, settle } from "../../fake-clock.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;
const LAST = 0x616c7473;

/** A store whose daemon sends these answers in every session, whatever it is asked. */
const createEffects = () => ({ clock: new FakeClock(), log: { debug: () => undefined } });

function createStore(host: string, ...said: readonly WireValue[]) {
  const heard: Buffer[] = [];
  const bytes = renderWire([0x6478696f, 0x123, "2.34.8", 1, LAST, ...said]);
  const createChannel = () =>
    new Duplex({
      read() {
        this.push(bytes.subarray(0));
        this.push(null);
      },
      write(chunk: Buffer, _, done) {
        heard.push(chunk);
        done();
      },
      autoDestroy: false,
    });
  const stderr = { resume: () => undefined };
  const connection: Connection = {
    hostKey: { type: "", fingerprint: "", line: "" } as unknown as Connection["hostKey"],
    openChannel: () =>
      Promise.resolve(Object.assign(createChannel(), { stderr }) as unknown as ClientChannel),
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    isOpen: () => true,
    onClose: () => undefined,
    close: () => undefined,
  };
  const builder = { host, alias: host, query: "", protocol: "ssh-ng" } as Builder;
  return {
    store: new BuilderStore(builder, connection, createEffects()),
    connection,
    heard: () => Buffer.concat(heard),
  };
}

/**
 * A daemon's answer about a path: no deriver, a hash, its references, no registration time, a size, no
 * signatures.
 */
const info = (...references: readonly StorePath[]): readonly WireValue[] => [
  ...[LAST, 1, "", "00", references],
  ...[0, 120, 0, [], ""],
];
const NAR = ["nix-archive-1", "(", "type", "regular", "contents", "hello", ")"];

describe("the store of a builder", () => {
  it("logs each exchange with its daemon, and its duration", async () => {
    const { store, connection } = createStore("a", LAST, [path("x")]);
    const lines: string[] = [];
    const debug = { clock: new FakeClock(), log: { debug: (line: string) => lines.push(line) } };
    const logged = new BuilderStore(store.builder, connection, debug);
    await logged.queryPresent([path("x"), path("y")], false);
    // The daemon has said all that it will say.
    await expect(logged.queryPresent([path("z")], false)).rejects.toThrow();
    expect(lines).toEqual([
      "a: open a session with its Nix daemon: done after 0 ms",
      "a: query 2 paths: done after 0 ms",
      expect.stringMatching(/^a: query 1 path: .+ after 0 ms$/),
    ]);
  });

  it("copies a path from another store, byte for byte", async () => {
    const source = createStore("a", ...info(), LAST, ...NAR);
    const target = createStore("b", LAST);
    source.store.markPresent([path("x")]);
    expect(await target.store.copyFrom(path("x"), [source.store], () => true)).toBe(120);
    expect(target.store.has(path("x"))).toBe(true);
    expect(await target.store.copyFrom(path("x"), [source.store], () => true)).toBe(0);
    expect(target.heard().includes(renderWire(NAR))).toBe(true);
  });

  it("refuses a path with a reference that is not expected", async () => {
    const source = createStore("a", ...info(path("evil")), LAST, ...NAR);
    const target = createStore("b", LAST, []);
    source.store.markPresent([path("x")]);
    await expect(
      target.store.copyFrom(path("x"), [source.store], (wanted) => wanted === path("x")),
    ).rejects.toMatchObject({ code: "BUILDER_DENIED", message: expect.stringContaining("evil") as unknown });
    expect(target.store.has(path("x"))).toBe(false);
    expect(target.heard().includes(renderWire([39]))).toBe(false);
  });

  /** A builder that says of each of these paths which other one it refers to. */
  function createLiar(references: Readonly<Record<string, string>>) {
    const asked = (bytes: Buffer) =>
      Object.entries(references).find(([name]) => bytes.includes(renderWire([26, path(name)])));
    const { connection } = createStore("liar");
    const createChannel = () =>
      new Duplex({
        read: () => undefined,
        write(chunk: Buffer, _, done) {
          const found = asked(chunk);
          if (found !== undefined) this.push(renderWire([...info(path(found[1]))]));
          else this.push(renderWire([0x6478696f, 0x123, "2.34.8", 1, LAST]));
          done();
        },
      });
    const stderr = { resume: () => undefined };
    const lying: Connection = {
      ...connection,
      openChannel: () =>
        Promise.resolve(Object.assign(createChannel(), { stderr }) as unknown as ClientChannel),
    };
    return new BuilderStore({ host: "b1", protocol: "ssh-ng", query: "" } as Builder, lying, createEffects());
  }

  it.each([
    ["refers to itself through another one", { p: "q", q: "p" }, ["p"]],
    ["leads to a cycle", { p: "q", q: "r", r: "q" }, ["p"]],
    [
      "refers to one that is copied at the same time and waits for it",
      { p: "q", q: "r", r: "p" },
      ["p", "r"],
    ],
  ])("refuses a path that %s", async (_, references, copied) => {
    const liar = createLiar(references);
    liar.markPresent(Object.keys(references).map(path));
    // No path of the liar is in the target, whose daemon always answers with an empty list.
    const target = createStore("b", ...Array.from({ length: 20 }, () => [LAST, []]).flat());
    const copies = copied.map((name) => target.store.copyFrom(path(name), [liar], () => true));
    await expect(Promise.all(copies)).rejects.toMatchObject({
      code: "BUILDER_DENIED",
      message: expect.stringContaining("refers to itself through") as unknown,
    });
    await Promise.allSettled(copies);
  });

  it("uses a session that became free while sshd refused to open another one", async () => {
    const { store, connection } = createStore("a", LAST, [path("x")], LAST, [path("y")], LAST, [path("z")]);
    const { openChannel } = connection;
    let opened = 0;
    const refused = new ActionError("BUILDER_UNREACHABLE", "it runs no command: (SSH) Channel open failure", {
      hint: "None.",
    });
    let refuse: () => void = () => undefined;
    const both = {
      ...connection,
      openChannel: (line: string) =>
        opened++ < 2
          ? openChannel(line)
          : new Promise<never>((_, reject) => {
              refuse = () => {
                reject(refused);
              };
            }),
    };
    const crowded = new BuilderStore(store.builder, both, createEffects());
    const asked = ["x", "y", "z"].map((name) => crowded.queryPresent([path(name)], false));
    await settle();
    refuse();
    await Promise.all(asked);
    expect(opened).toBe(3);
    expect(crowded.maxBuilds).toBe(1);
  });

  it("rejects requests that wait for a session when the connection is lost", async () => {
    const { connection } = createStore("a");
    let lose: () => void = () => undefined;
    let opened = 0;
    const silent = () =>
      new Duplex({
        read: () => undefined,
        write: (_, __, done) => {
          done();
        },
      });
    const lossy: Connection = {
      ...connection,
      onClose: (listener) => {
        lose = listener;
      },
      openChannel: () =>
        opened++ < 2
          ? Promise.resolve(
              Object.assign(silent(), { stderr: { resume: () => undefined } }) as unknown as ClientChannel,
            )
          : Promise.reject(
              new ActionError("BUILDER_UNREACHABLE", "it runs no command: (SSH) Channel open failure", {
                hint: "None.",
              }),
            ),
    };
    const builder = { host: "b1", protocol: "ssh-ng", query: "" } as Builder;
    const store = new BuilderStore(builder, lossy, createEffects());
    const [, , third] = ["x", "y", "z"].map((name) => store.queryPresent([path(name)], false));
    await settle();
    lose();
    await expect(third).rejects.toMatchObject({
      code: "BUILDER_UNREACHABLE",
      message: "the connection to b1 was lost",
    });
  });

  it("closes a session that is opened while the build ends", async () => {
    const { connection } = createStore("a");
    const opening = Promise.withResolvers<ClientChannel>();
    const store = new BuilderStore(
      { protocol: "ssh-ng", query: "" } as Builder,
      { ...connection, openChannel: () => opening.promise },
      createEffects(),
    );
    const asked = store.queryPresent([path("x")], false);
    store.close();
    const channel = await connection.openChannel("");
    opening.resolve(channel);
    await expect(asked).rejects.toMatchObject({ code: "CANCELLED" });
    expect(channel.destroyed).toBe(true);
  });

  it("rejects if no other store has the path any more", async () => {
    await expect(createStore("b").store.copyFrom(path("x"), [], () => true)).rejects.toMatchObject({
      code: "BUILDER_UNREACHABLE",
    });
  });
});
