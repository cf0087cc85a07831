import { describe, expect, it } from "@jest/globals";

import { logSubstituters, Substituters } from "../../../src/binary-cache/substituters.js";
import type { HttpAnswer, SendHttp } from "../../../src/platform/http.js";
import type { Log } from "../../../src/platform/log.js";
import { FakeClock } from "../../fake-clock.js";
import { createSilentLog } from "../../silent-log.js";

type Behaviour = number | "silent" | "refused";

/** A network of hosts, each with its behaviour, which a test may change. */
function createNetwork(hosts: Record<string, Behaviour>, { mayDaemonReach = false } = {}) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const asked: string[] = [];
  const take = (line: string) => {
    lines.push(line);
  };
  const sendHttp: SendHttp = ({ url, signal }) => {
    asked.push(url.href);
    const behaviour = hosts[url.host] ?? "refused";
    if (behaviour === "refused") return Promise.reject(new Error("connection refused"));
    if (behaviour === "silent") {
      return new Promise((_, reject) => {
        signal?.addEventListener("abort", () => {
          reject(signal.reason as Error);
        });
      });
    }
    const body: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => never }) };
    const answer: HttpAnswer = {
      ...{ status: behaviour, headers: new Headers(), url, body },
      discard: () => undefined,
    };
    return Promise.resolve(answer);
  };
  const log: Log = { ...createSilentLog(), info: take, warning: take };
  const create = (uris: readonly string[]) =>
    new Substituters({ readUris: () => Promise.resolve(uris), mayDaemonReach }, { clock, sendHttp, log });
  return { clock, lines, asked, log, create };
}

const never = new Promise<never>(() => undefined);

describe("Substituters", () => {
  it("leaves those to Nix that answer, ask for a password, or are not on an HTTP server", async () => {
    const { clock, lines, asked, create } = createNetwork({ "a.example": 200, "b.example": 401 });
    const uris = [
      "file:///cache?trusted=1",
      "https://a.example/nix/?priority=30",
      "https://b.example",
      "daemon",
    ];
    const substituters = create(uris);
    await clock.run(substituters.refresh());
    expect(substituters.statuses).toEqual([
      { uri: "https://a.example/nix", state: "usable", reason: "answers" },
      { uri: "https://b.example", state: "usable", reason: "answers" },
    ]);
    expect(substituters.nixOptions).toEqual([]);
    expect([lines, asked]).toEqual([
      [],
      ["https://a.example/nix/nix-cache-info", "https://b.example/nix-cache-info"],
    ]);
  });

  it("leaves out those that refuse, fail, or do not answer in time, and shows no password", async () => {
    const hosts = { "a.example": 503, "b.example": "silent", "c.example": 200 } as const;
    const { clock, lines, log, create } = createNetwork(hosts);
    const substituters = create([
      ...["https://user:secret@a.example", "https://b.example?priority=1", "https://c.example?priority=2"],
      ...["https://d.example", "file:///cache?trusted=1"],
    ]);
    await clock.run(substituters.refresh());
    expect(substituters.statuses).toEqual([
      { uri: "https://a.example", state: "dropped", reason: "answers with status 503" },
      { uri: "https://b.example", state: "dropped", reason: "does not answer within 5 s" },
      { uri: "https://c.example", state: "usable", reason: "answers" },
      { uri: "https://d.example", state: "dropped", reason: "cannot be reached: connection refused" },
    ]);
    expect(clock.nowMs()).toBe(10_500);
    expect(substituters.nixOptions).toEqual([
      ...["--option", "substituters", "https://c.example?priority=2 file:///cache?trusted=1"],
    ]);
    logSubstituters(substituters.statuses, log);
    expect(lines).toHaveLength(3);
    expect(lines.join()).not.toContain("secret");
  });

  it("asks a dropped one again after half a minute, and uses it when it answers", async () => {
    const hosts: Record<string, Behaviour> = { "a.example": "refused", "b.example": 200 };
    const { clock, lines, asked, create } = createNetwork(hosts);
    const substituters = create(["https://a.example", "https://b.example"]);
    await clock.run(substituters.refresh());
    hosts["a.example"] = 200;
    asked.splice(0);
    await clock.run(substituters.refresh());
    expect(asked).toEqual([]);
    await clock.advance(30_000);
    await clock.run(substituters.refresh());
    expect(asked).toEqual(["https://a.example/nix-cache-info"]);
    expect(substituters.nixOptions).toEqual([]);
    expect(lines.at(-1)).toBe("the substituter https://a.example answers again");
  });

  it("leaves all of them to a daemon that may reach what this process cannot", async () => {
    const { clock, lines, create } = createNetwork({}, { mayDaemonReach: true });
    const substituters = create(["https://a.example", "https://b.example"]);
    await clock.run(substituters.refresh());
    expect(substituters.nixOptions).toEqual([]);
    expect(lines).toEqual([expect.stringContaining("no substituter answers this process")]);
  });
});
