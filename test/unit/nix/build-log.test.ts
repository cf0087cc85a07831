import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { parseEventLine } from "../../../src/nix/events.js";
import { classifyFailure } from "../../../src/nix/failure.js";
import type { BuildEnd } from "../../../src/model/build.js";
import { BuildLog } from "../../../src/nix/build-log.js";

/** A clock that advances by one millisecond with every reading. */
function createClock() {
  let now = 0;
  return { nowMs: () => now++, sleep: () => Promise.resolve() };
}

const IGNORE = { onStart: () => undefined, onEnd: () => undefined, onSubstitutionEnd: () => undefined };

function replay(name: string) {
  const logs = new Map<string, readonly string[]>();
  const started: string[] = [];
  const timeline = new BuildLog(createClock(), {
    locationOf: (machine) =>
      machine === "" ? { kind: "local" } : { kind: "builder", uri: machine.replace("root@", "") },
    ...IGNORE,
    onStart: (build) => started.push(build.name),
    onEnd: (build, log) => logs.set(build.name, log),
  });
  for (const line of readFileSync(`test/fixtures/internal-json/${name}.log`, "utf8").split("\n")) {
    timeline.take(parseEventLine(line));
  }
  timeline.close("interrupted");
  return { timeline, logs, started };
}

const short = (name: string) => name.replace(/-[a-z-]+[0-9]+$/, "");

describe("BuildLog", () => {
  it("cuts long lines, and keeps the first and the last of very many messages", () => {
    let kept: readonly string[] = [];
    const log = new BuildLog(createClock(), {
      locationOf: () => ({ kind: "local" }),
      ...IGNORE,
      onEnd: (_, lines) => (kept = lines),
    });
    log.take({ kind: "build-started", id: "1", drvPath: "/nix/store/x-a.drv", machine: "" });
    log.take({ kind: "log-line", id: "1", line: "x".repeat(1_000_000) });
    log.take({ kind: "log-line", id: "1", line: "short" });
    for (let i = 0; i < 20_000; i++)
      log.take({ kind: "message", level: 0, text: `${i} ${"y".repeat(20_000)}` });
    log.close("interrupted");
    expect(kept.map(({ length }) => length < 10_100)).toEqual([true, true]);
    expect(kept).toEqual([expect.stringMatching(/^x{10000} … \(990000 more characters\)$/), "short"]);
    expect(log.messages.length).toBeLessThan(5_000);
    expect(log.messages[0]?.text).toMatch(/^0 /);
    expect(log.messages.at(-1)?.text).toMatch(/^19999 /);
  });

  it.each(["2.26.3-local", "2.34.8-local"])("lists three local builds in %s", (name) => {
    const { timeline, started } = replay(name);
    expect(timeline.builds.map((build) => [short(build.name), build.location.kind, build.outcome])).toEqual([
      ["lib1", "local", "built"],
      ["lib2", "local", "built"],
      ["app", "local", "built"],
    ]);
    expect(started).toHaveLength(3);
    expect(timeline.builds.every(({ durationMs }) => durationMs > 0)).toBe(true);
  });

  it.each(["2.8-remote-ssh-ng", "2.26.3-remote-ssh-ng", "2.34.8-remote-ssh-ng", "2.34.8-remote-ssh"])(
    "counts each derivation once, on its builder, in %s",
    (name) => {
      const { timeline } = replay(name);
      expect(timeline.builds.map((build) => short(build.name)).sort()).toEqual(["app", "lib1", "lib2"]);
      expect(
        timeline.builds.every(({ location, outcome }) => location.kind === "builder" && outcome === "built"),
      ).toBe(true);
    },
  );

  it.each(["2.8-fail", "2.26.3-fail", "2.34.8-fail", "2.26.3-remote-fail", "2.34.8-remote-fail"])(
    "reports in %s which derivation failed, with its output and the reason",
    (name) => {
      const { timeline, logs } = replay(name);
      const failed = timeline.builds.filter(({ outcome }) => outcome === "failed");
      expect(failed.map((build) => short(build.name))).toEqual(["bad"]);
      expect(logs.get(failed[0]?.name ?? "")).toEqual(["about to fail"]);
      const error = classifyFailure(timeline.messages);
      expect(error.code).toBe("BUILD_FAILED");
      expect(error.message).toContain("-bad-");
      expect(error.message).toContain("exit code 3");
    },
  );

  it("lists what was substituted", () => {
    const { timeline } = replay("2.26.3-substitute");
    expect(timeline.builds).toEqual([]);
    expect(timeline.substitutions.length).toBeGreaterThan(0);
    expect(timeline.substitutions[0]?.from).toMatch(/^file:\/\//);
  });

  it("tells apart the substitutions that worked and those that did not", () => {
    const told: string[] = [];
    const timeline = new BuildLog(createClock(), {
      ...IGNORE,
      locationOf: () => ({ kind: "local" }),
      onSubstitutionEnd: ({ storePath, from, outcome }) => told.push(`${storePath} ${from} ${outcome}`),
    });
    const count = (done: number, failed: number) =>
      parseEventLine(`@nix {"action":"result","id":9,"type":105,"fields":[${done},3,0,${failed}]}`);
    timeline.take(parseEventLine(`@nix {"action":"start","id":9,"type":103}`));
    const download = (id: string, storePath: string, from: string) => {
      timeline.take({ kind: "substitution-started", id, storePath, from });
      timeline.take({ kind: "stopped", id });
    };
    download("1", "a", "dead");
    download("2", "a", "good");
    timeline.take(count(1, 0));
    download("3", "b", "dead");
    timeline.take(count(1, 1));
    download("4", "c", "good");
    timeline.take(count(2, 1));
    download("5", "d", "cancelled");
    timeline.close("interrupted");
    expect(told).toEqual([
      "a dead failed",
      "a good substituted",
      "b dead failed",
      "c good substituted",
      "d cancelled failed",
    ]);
    expect(timeline.substitutions).toHaveLength(5);
  });

  it("says how many lines of a very long log it left out", () => {
    let omitted = -1;
    const log = new BuildLog(createClock(), {
      ...IGNORE,
      locationOf: () => ({ kind: "local" }),
      onEnd: (_, lines, count) => (omitted = lines.length + count),
    });
    log.take({ kind: "build-started", id: "1", drvPath: "/nix/store/x-a.drv", machine: "" });
    for (let i = 0; i < 45_000; i++) log.take({ kind: "log-line", id: "1", line: "x" });
    log.close("built");
    expect(omitted).toBe(45_000);
  });

  it("is empty if there was nothing to do", () => {
    const { timeline } = replay("2.26.3-noop");
    expect([timeline.builds, timeline.substitutions]).toEqual([[], []]);
  });

  const start = (id: number, name: string) => {
    const fields = [`/nix/store/00000000000000000000000000000000-${name}.drv`, "", 1, 1];
    return `@nix ${JSON.stringify({ action: "start", id, type: 105, fields })}`;
  };
  const stop = (id: number) => `@nix ${JSON.stringify({ action: "stop", id })}`;
  const count = (built: number, failed: number) =>
    `@nix ${JSON.stringify({ action: "result", id: 9, type: 105, fields: [built, 3, 0, failed] })}`;

  it.each<[string, readonly string[], BuildEnd, readonly BuildEnd[]]>([
    ["was running when the run was cancelled", [start(1, "x")], "interrupted", ["interrupted"]],
    ["stopped when the run was cancelled", [start(1, "x"), stop(1)], "interrupted", ["interrupted"]],
    ["stopped before Nix counted it", [start(1, "x"), stop(1), count(1, 0)], "interrupted", ["built"]],
    [
      "stopped because another one failed",
      [start(1, "x"), start(2, "y"), count(0, 1), stop(2), stop(1)],
      "interrupted",
      ["failed", "interrupted"],
    ],
    [
      "of which Nix never says how it ended, though all went well",
      [start(1, "x"), stop(1)],
      "built",
      ["built"],
    ],
    [
      "that failed on a builder, after which Nix was ended",
      [
        start(1, "x"),
        start(2, "y"),
        `@nix ${JSON.stringify({
          action: "msg",
          level: 0,
          msg: "error: build of '/nix/store/00000000000000000000000000000000-x.drv' on 'ssh://b' failed: no",
        })}`,
        stop(1),
        stop(2),
      ],
      "interrupted",
      ["failed", "interrupted"],
    ],
  ])("tells the end of a build that %s", (_, lines, end, expected) => {
    const timeline = new BuildLog(createClock(), {
      locationOf: () => ({ kind: "local" }),
      ...IGNORE,
    });
    for (const line of [`@nix {"action":"start","id":9,"type":104}`, ...lines]) {
      timeline.take(parseEventLine(line));
    }
    timeline.close(end);
    expect(timeline.builds.map(({ outcome }) => outcome)).toEqual(expected);
  });

  it("keeps the last lines of a build that failed, and none of another one", () => {
    const timeline = new BuildLog(createClock(), {
      locationOf: () => ({ kind: "local" }),
      ...IGNORE,
    });
    const say = (id: number, line: string) => {
      timeline.take({ kind: "log-line", id: String(id), line });
    };
    for (const [id, name] of [
      [1, "bad"],
      [2, "good"],
    ] as const) {
      timeline.take(parseEventLine(start(id, name)));
      for (let line = 1; line <= 40; line++) say(id, `line ${line}`);
      timeline.take({ kind: "stopped", id: String(id), outcome: id === 1 ? "failed" : "built" });
    }
    const [bad, good] = timeline.builds;
    expect([bad?.log.length, bad?.log[0], bad?.log.at(-1), good?.log]).toEqual([
      30,
      "line 11",
      "line 40",
      [],
    ]);
  });

  it("counts a build that never ended as failed if Nix says no more", () => {
    const timeline = new BuildLog(createClock(), {
      locationOf: () => ({ kind: "local" }),
      ...IGNORE,
    });
    const fields = ["/nix/store/00000000000000000000000000000000-x.drv", "", 1, 1];
    timeline.take(parseEventLine(`@nix ${JSON.stringify({ action: "start", id: 1, type: 105, fields })}`));
    timeline.close("failed");
    expect(timeline.builds).toMatchObject([{ name: "x", outcome: "failed" }]);
  });
});

describe("parseEventLine", () => {
  it("distinguishes IDs that are too large for JavaScript's numbers", () => {
    const line = (id: string) => parseEventLine(`@nix {"action":"stop","id":${id}}`);
    expect(line("18446744073709551615")).toEqual({ kind: "stopped", id: "18446744073709551615" });
    expect(line("18446744073709551614")).not.toEqual(line("18446744073709551615"));
  });

  it("reads a line that is not an event as a message", () => {
    expect(parseEventLine("ssh: connect to host b port 22: Connection refused\r")).toEqual({
      kind: "message",
      level: 1,
      text: "ssh: connect to host b port 22: Connection refused",
    });
    expect(parseEventLine("@nix {broken")).toMatchObject({ kind: "message" });
  });

  it("removes colors", () => {
    const event = parseEventLine(
      String.raw`@nix {"action":"msg","level":0,"msg":"\u001b[31;1merror:\u001b[0m boo"}`,
    );
    expect(event).toEqual({ kind: "message", level: 0, text: "error: boo" });
  });

  it("never fails, whatever the line", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json().map((json) => `@nix ${json}`),
        ),
        (line) => {
          expect(parseEventLine(line).kind).toBeDefined();
        },
      ),
    );
  });
});
