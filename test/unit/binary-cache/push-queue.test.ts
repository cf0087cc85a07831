import { describe, expect, it } from "@jest/globals";

import type { CacheWriter, Sent, StoredPath } from "../../../src/binary-cache/cache-writer.js";
import { PushQueue } from "../../../src/binary-cache/push-queue.js";
import { ActionError } from "../../../src/errors/action-error.js";
import type { StorePath } from "../../../src/model/store-path.js";
import { FakeClock, settle } from "../../fake-clock.js";
import { createSilentLog } from "../../silent-log.js";

const path = (name: string): StorePath => `/nix/store/00000000000000000000000000000000-${name}`;
const nameOf = (storePath: StorePath) => storePath.slice(path("").length);

function stored(name: string, references: readonly string[] = [], narBytes = 1_000): StoredPath {
  const info = {
    ...{ path: path(name), deriver: "", narHash: "", narBytes, references: references.map(path) },
    ...{ signatures: [], contentAddress: "" },
  };
  return {
    info,
    openNar: () => {
      throw new Error("this cache does not read it");
    },
  };
}

/** A cache whose transfers a test ends, one by one. */
class FakeCache implements CacheWriter {
  readonly uri = "file:///cache";
  readonly present: string[] = [];
  readonly started: string[] = [];
  readonly sent: string[] = [];
  isClosed = false;
  /** Ends a transfer: by default at once. */
  answer: (name: string) => Promise<unknown> = () => Promise.resolve();
  questions = 0;

  findPresent(paths: readonly StorePath[]): Promise<ReadonlySet<StorePath>> {
    this.questions += 1;
    return Promise.resolve(new Set(paths.filter((storePath) => this.present.includes(nameOf(storePath)))));
  }

  async send({ info }: StoredPath): Promise<Sent> {
    const name = nameOf(info.path);
    this.started.push(name);
    await this.answer(name);
    this.sent.push(name);
    return { bytes: 10 };
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

const refused = () =>
  new ActionError("CACHE_FAILED", "the cache is full", { hint: "Free space on the cache's disk." });

function open() {
  const clock = new FakeClock();
  const cache = new FakeCache();
  const queue = new PushQueue(cache, { clock, log: createSilentLog() });
  const drain = (limitMs = 60_000, signal?: AbortSignal) => clock.run(queue.drain({ limitMs, signal }));
  return { clock, cache, queue, drain };
}

describe("a push queue", () => {
  it("sends a path after its references, whatever the order in which they come", async () => {
    const { cache, queue, drain } = open();
    queue.add([stored("app", ["lib", "app"]), stored("lib", ["libc"]), stored("libc")]);
    const summary = await drain();
    expect(cache.sent).toEqual(["libc", "lib", "app"]);
    expect(summary).toEqual({ pathsPushed: 3, pathsPresent: 0, bytesPushed: 30, left: [], error: undefined });
    expect(cache.isClosed).toBe(true);
  });

  it("sends nothing that the cache has, and each path once", async () => {
    const { cache, queue, drain } = open();
    cache.present.push("libc");
    queue.add([stored("app", ["libc"]), stored("libc")]);
    queue.add([stored("app", ["libc"])]);
    expect(await drain()).toMatchObject({ pathsPushed: 1, pathsPresent: 1 });
    expect(cache.sent).toEqual(["app"]);
  });

  it("asks for all that came while it was asking in one question", async () => {
    const { cache, queue, drain } = open();
    for (let i = 0; i < 100; i++) queue.add([stored(`path-${i}`)]);
    await drain();
    expect(cache.questions).toBe(2);
  });

  it("sends small paths while large ones take long", async () => {
    const { clock, cache, queue } = open();
    const large = ["a", "b", "c", "d", "e"].map((name) => `large-${name}`);
    cache.answer = (name) => (name.startsWith("large") ? clock.sleep(60_000) : Promise.resolve());
    queue.add([...large.map((name) => stored(name, [], 1 << 30)), stored("small")]);
    await settle();
    expect(cache.sent).toEqual(["small"]);
    expect(cache.started.filter((name) => name.startsWith("large"))).toHaveLength(4);
  });

  it("leaves out what refers to a path that cannot be sent, and sends the rest", async () => {
    const { cache, queue, drain } = open();
    cache.answer = (name) => (name === "lib" ? Promise.reject(refused()) : Promise.resolve());
    queue.add([stored("app", ["lib"]), stored("lib"), stored("other")]);
    const { left, error, pathsPushed } = await drain();
    expect(left).toEqual([path("app"), path("lib")]);
    expect(error?.code).toBe("CACHE_FAILED");
    expect(pathsPushed).toBe(1);
  });

  it("tries once more at the end what failed", async () => {
    const { cache, queue, drain } = open();
    let failures = 0;
    const busy = new Error("the builder is busy");
    cache.answer = () => (failures++ === 0 ? Promise.reject(busy) : Promise.resolve());
    queue.add([stored("app")]);
    await settle();
    expect(await drain()).toMatchObject({ pathsPushed: 1, left: [], error: undefined });
  });

  it("gives up on a cache that keeps failing", async () => {
    const { cache, queue, drain } = open();
    cache.answer = () => Promise.reject(refused());
    queue.add(Array.from({ length: 100 }, (_, i) => stored(`path-${i}`)));
    const { left, error } = await drain();
    expect(cache.started.length).toBeLessThan(20);
    expect(left).toHaveLength(100);
    expect(error?.code).toBe("CACHE_FAILED");
  });

  it("gives up on a cache that does not answer what it has", async () => {
    const { cache, queue, drain } = open();
    cache.findPresent = () => Promise.reject(refused());
    queue.add([stored("app")]);
    expect(await drain()).toMatchObject({ left: [path("app")], error: { code: "CACHE_FAILED" } });
  });

  it("does not give up on a cache because a builder cannot be read", async () => {
    const { cache, queue, drain } = open();
    const lost = new ActionError("BUILDER_UNREACHABLE", "the builder is gone", { hint: "Start it." });
    cache.answer = (name) => (name.startsWith("far") ? Promise.reject(lost) : Promise.resolve());
    queue.add([...Array.from({ length: 20 }, (_, i) => stored(`far-${i}`)), stored("near")]);
    await settle();
    queue.add([stored("later")]);
    const { left, pathsPushed } = await drain();
    expect(left).toHaveLength(20);
    expect(pathsPushed).toBe(2);
  });

  it("says what is left when the time is up, and closes the cache", async () => {
    const { clock, cache, queue, drain } = open();
    cache.answer = (name) => clock.sleep(name === "slow" ? 3_600_000 : 1_000);
    queue.add([stored("app", ["slow"]), stored("slow"), stored("fast")]);
    expect(await drain(5_000)).toMatchObject({
      ...{ pathsPushed: 1, left: [path("app"), path("slow")], error: undefined },
    });
    expect(clock.nowMs()).toBe(5_000);
    expect(cache.isClosed).toBe(true);
  });

  it("ends at once when the run is cancelled", async () => {
    const { clock, cache, queue, drain } = open();
    const cancellation = new AbortController();
    cache.answer = () => clock.sleep(3_600_000);
    queue.add([stored("slow")]);
    void clock.sleep(1_000).then(() => {
      cancellation.abort();
    });
    expect(await drain(600_000, cancellation.signal)).toMatchObject({ left: [path("slow")] });
    expect(clock.nowMs()).toBe(1_000);
  });
});
