import { readFileSync } from "node:fs";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { parseEventLine } from "../../../src/nix/events.js";
import { classifyFailure, hasFailedOnBuilder } from "../../../src/nix/failure.js";
import { BuildLog } from "../../../src/nix/build-log.js";

/** A clock that advances by one millisecond with every reading. */
function createClock() {
  let now = 0;
  return { nowMs: () => now++, sleep: () => Promise.resolve() };
}

function replay(name: string) {
  const logs = new Map<string, readonly string[]>();
  const started: string[] = [];
  const timeline = new BuildLog(createClock(), {
    locationOf: (machine) =>
      machine === "" ? { kind: "local" } : { kind: "builder", uri: machine.replace("root@", "") },
    onStart: (build) => started.push(build.name),
    onEnd: (build, log) => logs.set(build.name, log),
  });
  for (const line of readFileSync(`test/fixtures/internal-json/${name}.log`, "utf8").split("\n")) {
    timeline.take(parseEventLine(line));
  }
  timeline.close();
  return { timeline, logs, started };
}

const short = (name: string) => name.replace(/-[a-z-]+[0-9]+$/, "");

describe("BuildLog", () => {
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

  it("is empty if there was nothing to do", () => {
    const { timeline } = replay("2.26.3-noop");
    expect([timeline.builds, timeline.substitutions]).toEqual([[], []]);
  });

  it("counts a build that never ended as failed", () => {
    const timeline = new BuildLog(createClock(), {
      locationOf: () => ({ kind: "local" }),
      onStart: () => undefined,
      onEnd: () => undefined,
    });
    const fields = ["/nix/store/00000000000000000000000000000000-x.drv", "", 1, 1];
    timeline.take(parseEventLine(`@nix ${JSON.stringify({ action: "start", id: 1, type: 105, fields })}`));
    timeline.close();
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

describe("classifyFailure", () => {
  const lost = [
    { level: 0, text: "error: unexpected end-of-file" },
    { level: 0, text: "error: builder for '/nix/store/x-a.drv' failed with exit code 1" },
  ];
  it.each([
    ["ssh: connect to host b port 1: Connection refused", "BUILDER_UNREACHABLE"],
    ["cannot build on 'ssh-ng://b': error: failed to start SSH connection to 'b'", "BUILDER_UNREACHABLE"],
    ["No ED25519 host key is known\nHost key verification failed.", "BUILDER_HOST_KEY"],
    ["root@b: Permission denied (publickey).", "BUILDER_DENIED"],
    ["error: you are not privileged to build input-addressed derivations", "BUILDER_DENIED"],
    ["error: writing to file: No space left on device", "NIX_DISK_FULL"],
    [
      "warning: ignoring the client-specified setting 'builders', because it is a restricted setting",
      "NIX_NOT_TRUSTED",
    ],
    [
      "error: unable to start any build; either increase '--max-jobs' or enable remote builds.",
      "NIX_NOT_TRUSTED",
    ],
    ["error: something new", "BUILD_FAILED"],
  ])("%j is %s", (text, code) => {
    expect(classifyFailure([{ level: 1, text }]).code).toBe(code);
  });

  it("shows the error of an evaluation without its trace", () => {
    const text = [
      "error:",
      "       … while evaluating the attribute 'image'",
      "         at /nix/store/x-source/flake.nix:3:5:",
      "            3|   image = mkImage { inherit cpu; };",
      "",
      "       (stack trace truncated; use '--show-trace' to show the full, detailed trace)",
      "",
      "       error: undefined variable 'cpu'",
      "       at /nix/store/x-source/flake.nix:3:31:",
      "            3|   image = mkImage { inherit cpu; };",
    ].join("\n");
    expect(classifyFailure([{ level: 0, text }])).toMatchObject({
      code: "BUILD_FAILED",
      message: expect.stringMatching(/^undefined variable 'cpu' at \S+flake\.nix:3:31:/) as unknown,
    });
  });

  it("trusts the hook's message that a build failed on a builder, whatever else was lost", () => {
    const failed =
      "error: build of '/nix/store/x-a.drv' on 'ssh-ng://b' failed: " +
      "builder for '/nix/store/x-a.drv' failed with exit code 1";
    expect(classifyFailure([...lost, { level: 0, text: failed }]).code).toBe("BUILD_FAILED");
    expect(hasFailedOnBuilder(failed)).toBe(true);
  });

  it("does not mistake a full disk on a builder for a failed build", () => {
    const full =
      "error: build of '/nix/store/x-a.drv' on 'ssh-ng://b' failed: " +
      "error: writing to file: No space left on device";
    expect(classifyFailure([{ level: 0, text: full }]).code).toBe("NIX_DISK_FULL");
    expect(hasFailedOnBuilder(full)).toBe(false);
  });

  it("reports a lost builder as the cause, not the exit code that Nix reports for it", () => {
    expect(classifyFailure(lost).code).toBe("BUILDER_UNREACHABLE");
  });

  it("does not mistake a build that prints a message of ssh for a lost builder", () => {
    const messages = [
      { level: 1, text: "warning: Connection refused" },
      { level: 0, text: "error: builder for '/nix/store/x-a.drv' failed with exit code 2" },
    ];
    expect(classifyFailure(messages).code).toBe("BUILD_FAILED");
  });

  it("has a message even if Nix has none", () => {
    expect(classifyFailure([]).message).not.toBe("");
  });
});
