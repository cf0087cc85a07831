import { describe, expect, it } from "@jest/globals";

import { createReplacer, normaliseRun, type Surroundings } from "./normalise.js";

const RUN = { report: undefined, summary: "", outputs: {}, log: "", exitCode: "main: 0" };
const names = new Map([
  ["/home/me/cross_build", "<checkout>"],
  ["/var/my_tmp/cross-build-test-", "<made>"],
]);

function normalise(run: Partial<typeof RUN>, surroundings: Partial<Surroundings> = {}) {
  return normaliseRun({ ...RUN, ...run }, { names, ...surroundings });
}

const hashA = "a".repeat(32);
const hashB = "b".repeat(32);

describe("the normalised files", () => {
  it("show which hashes, ports and nonces are equal", () => {
    const replace = createReplacer(names);
    expect(replace(`/nix/store/${hashB}-b /nix/store/${hashA}-a.drv sha256:${"0".repeat(64)}`)).toBe(
      "/nix/store/<hash-1>-b /nix/store/<hash-2>-a.drv sha256:<hash-3>",
    );
    expect(replace(`/nix/store/${hashA}-a sha256&#58;${"0".repeat(64)}`)).toBe(
      "/nix/store/<hash-2>-a sha256&#58;<hash-3>",
    );
    expect(replace("ssh-ng://127.0.0.1:40001, ssh&#58;//127.0.0.1&#58;40002, [127.0.0.1]:40001")).toBe(
      "ssh-ng://127.0.0.1:<port-1>, ssh&#58;//127.0.0.1&#58;<port-2>, [127.0.0.1]:<port-1>",
    );
    expect(replace("cross-build-0123456789ab-1 cross-build-0123456789ab")).toBe(
      "cross-build-<nonce-1>-1 cross-build-<nonce-1>",
    );
  });

  it.each([
    ["built server here in 12.3 s", "built server here in <seconds>"],
    ["built server here in 12 min 3 s", "built server here in <seconds>"],
    ["probed again in 5 s", "probed again in 5 s"],
    ["status 200 in 12 ms", "status 200 in <ms>"],
    ["(docker 26.1.5+dfsg1)", "(docker <version>)"],
    ["/home/me/cross_build/x and /home/me/cross&#95;build/x", "<checkout>/x and <checkout>/x"],
    ["/var/my&#95;tmp/cross-build-test-golden-A1b2C3/cache", "<golden>/cache"],
    ["1 sent (1.2 MiB)", "1 sent (<size>)"],
    ["2026-11-26T20:35:05.123Z", "<instant>"],
    ["http://127.0.0.1:1/app answers with 404", "http://127.0.0.1:1/app answers with 404"],
  ])("show %j as %j", (text, expected) => {
    expect(createReplacer(names)(text)).toBe(expected);
  });

  it("sort builds only if several builders share them", () => {
    const log =
      "start\nbuilt b here in 1.0 s\n::group::built a here in 2.0 s\nsaid\n::endgroup::\nbuilt a\nend";
    expect(normalise({ log })["log.txt"]?.split("\n")[1]).toBe("built b here in <seconds>");
    expect(normalise({ log }, { isDistributed: true })["log.txt"]).toBe(
      "start\n::group::built a here in <seconds>\nsaid\n::endgroup::\n" +
        "built a\nbuilt b here in <seconds>\nend",
    );
  });

  it("leave out what builds used, since whether that is known of a short one depends on its time", () => {
    const summary = (used: string, cells: string) =>
      `| derivation | where | time |${used}  |\n| --- | --- | --- |${cells && " --- |"} --- |\n` +
      `| a | local | 1.0 s |${cells} built |`;
    const known = normalise({ summary: summary(" CPU time |", " 0.5 s |") })["summary.md"];
    expect(known).toBe(normalise({ summary: summary("", "") })["summary.md"]);
  });

  it("leave out what only a slow machine says", () => {
    const log = [
      "building a locally",
      "still building a locally, 30.0 s; 0 of 1 done, 1 running",
      "  a locally has printed nothing for 2 min 0 s",
      "built a",
    ].join("\n");
    expect(normalise({ log })["log.txt"]).toBe("building a locally\nbuilt a");
  });

  it("hide the builder only if several builders share the work", () => {
    const log = "building a on ssh-ng://127.0.0.1:40001";
    expect(normalise({ log })["log.txt"]).toBe("building a on ssh-ng://127.0.0.1:<port-1>");
    expect(normalise({ log }, { isDistributed: true })["log.txt"]).toBe("building a on <builder>");
  });

  it("have concurrent phases, and the slowest builds, in a fixed order", () => {
    const summary = [
      "| derivation | where | time |  |",
      "| --- | --- | --- | --- |",
      "| b | local | 9.0 s | built |",
      "| a | local | 1.0 s | built |",
      "",
      "| phase | time |  |",
      "| --- | --- | --- |",
      "| prepare | 0.1 s | done |",
      "| probe | 0.2 s | done |",
      "| inspect | 0.3 s | done |",
      "| audit | 0.3 s | done |",
    ].join("\n");
    const { "summary.md": sorted = "" } = normalise({ summary });
    expect(sorted.split("\n").map((line) => line.split(" ")[1])).toEqual([
      "derivation",
      "---",
      "a",
      "b",
      undefined,
      "phase",
      "---",
      "inspect",
      "prepare",
      "probe",
      "audit",
    ]);
  });

  it("replace numbers that depend on the machine, but not null", () => {
    const outputs = {
      builders: JSON.stringify([{ slots: 4, load: 0.5, probeMs: null, freeBytes: 7 }]),
      tags: "a\nb",
    };
    expect(normalise({ outputs })["outputs.txt"]).toBe(
      'builders:\n  [\n    {\n      "slots": 4,\n      "load": "<load>",\n      "probeMs": null,\n' +
        '      "freeBytes": "<bytes>"\n    }\n  ]\ntags:\n  a\n  b\n',
    );
  });
});
