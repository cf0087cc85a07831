import { describe, expect, it } from "@jest/globals";

import { composePage } from "../../../src/report/page-sections.js";
import type { Report } from "../../../src/report/report.js";
import { EMPTY, HOSTILE, makeRun, withText, UNKNOWN_USE } from "./reports.js";

describe("composePage", () => {
  const instant = (seconds: number) => new Date(Date.parse(EMPTY.startedAt) + seconds * 1000).toISOString();
  const build = (
    name: string,
    [from, to]: readonly [number, number],
    rest: Partial<Report["builds"][number]> = {},
  ) => ({
    target: "aarch64-linux",
    drvPath: `/nix/store/${name}.drv`,
    name,
    dependencies: [],
    place: "local",
    startedAt: instant(from),
    durationMs: (to - from) * 1000,
    outcome: "built" as const,
    log: [],
    use: UNKNOWN_USE,
    ...rest,
  });
  const RUN: Report = {
    ...EMPTY,
    outcome: "success",
    error: null,
    durationMs: 60_000,
    builds: [
      build("lib", [1, 5]),
      build("tool", [2, 9], { place: "ssh-ng://b1" }),
      build("app", [11, 30], {
        place: "ssh-ng://b1",
        dependencies: ["/nix/store/lib.drv", "/nix/store/tool.drv"],
      }),
    ],
    substitutions: ["https://a", "https://a", "https://b"].map((from, index) => ({
      target: "aarch64-linux",
      storePath: `/nix/store/path-${index}`,
      from,
      durationMs: 500,
      outcome: index === 2 ? ("failed" as const) : ("substituted" as const),
    })),
    phases: [
      {
        name: "build",
        startedAt: instant(0),
        durationMs: 40_000,
        outcome: "done",
        disks: [{ folder: "/nix/store", usedBytes: 1 << 20, freeBytes: 1 << 21 }],
        machine: { cpuMs: 80_000, peakMemoryBytes: 1 << 30, receivedBytes: 1 << 20, sentBytes: 0 },
      },
    ],
    layers: [
      { target: "aarch64-linux", digest: "sha256:0123456789abcdef", sizeBytes: 1 << 20, state: "sent" },
    ],
  };
  const blocksOf = (report: Report) => composePage(report).sections.flatMap(({ blocks }) => blocks);
  const answersOf = (report: Report) =>
    blocksOf(report).flatMap((block) => (block.kind === "answers" ? block.items : []));
  const tableOf = (report: Report, title: string) =>
    blocksOf(report).find((block) => block.kind === "table" && block.title === title);

  it("answers what a reader asks first", () => {
    expect(answersOf(RUN)).toEqual([
      { question: "What was built where?", answer: "3 derivations: 2 on b1, 1 on this machine." },
      {
        question: "What took longest, and why?",
        answer:
          "Longest phase: build, 40.0 s. Slowest build on the critical path: app on b1, 19.0 s. " +
          "The 2 builds of that path took 26.0 s, and waited 2.0 s in between, " +
          "for a free slot or for their inputs.",
      },
      {
        question: "What did caches save?",
        answer:
          "2 of 5 store paths did not have to be built (40 %), from 1 source; " +
          "1 attempt to fetch a path failed.",
      },
      { question: "What failed?", answer: "Nothing." },
    ]);
  });

  it("tells a run that needed nothing from one that did not get to a build", () => {
    const cachesOf = (report: Report) => answersOf(report)[2]?.answer;
    expect(cachesOf(EMPTY)).toBe("The run did not get to a build.");
    expect(cachesOf({ ...RUN, builds: [], substitutions: [], attempts: withText("").attempts })).toBe(
      "Nothing had to be fetched or built: everything was here already.",
    );
  });

  it("says what failed, with the end of its log, before everything else", () => {
    const failed = build("app", [11, 30], { outcome: "failed", log: ["cc main.c", "error: no"] });
    const report: Report = {
      ...RUN,
      outcome: "failure",
      error: { code: "BUILD_FAILED", message: "cannot build app", hint: "Read the log." },
      builds: [build("lib", [1, 5], { outcome: "interrupted" }), failed],
    };
    expect(answersOf(report).at(-1)?.answer).toBe(
      "BUILD_FAILED; 1 build failed: app; 1 build stopped, or built by another attempt.",
    );
    expect(composePage(report).sections[0]).toEqual({
      title: "What failed",
      blocks: [
        expect.objectContaining({ title: "BUILD_FAILED", text: "cannot build app" }),
        { kind: "text", title: "What to do", text: "Read the log." },
        {
          kind: "text",
          title: "Last lines of app on this machine",
          text: "cc main.c\nerror: no\n\nThe whole log, there: nix log /nix/store/app.drv",
        },
      ],
    });
  });

  it("draws a bar for each build and phase, by machine, in lanes, with the critical path", () => {
    const [timeline] = blocksOf(RUN).filter((block) => block.kind === "timeline");
    expect(timeline).toEqual({
      kind: "timeline",
      label: "Timeline of 3 builds on 2 machines",
      durationMs: 60_000,
      groups: [
        {
          title: "Phases of the run",
          table: "Phases of the run",
          lanes: 1,
          bars: [{ row: 0, lane: 0, startMs: 0, durationMs: 40_000, look: "phase" }],
        },
        {
          title: "this machine",
          table: "All builds",
          lanes: 1,
          bars: [{ row: 0, lane: 0, startMs: 1000, durationMs: 4000, look: "built" }],
        },
        {
          title: "b1",
          table: "All builds",
          lanes: 1,
          bars: [
            { row: 1, lane: 0, startMs: 2000, durationMs: 7000, look: "critical" },
            { row: 2, lane: 0, startMs: 11_000, durationMs: 19_000, look: "critical" },
          ],
        },
      ],
      path: [
        [2, 0],
        [2, 1],
      ],
    });
  });

  it("gives bars that overlap a lane each, and reuses a lane that is free", () => {
    const builds = [build("a", [0, 10]), build("b", [5, 8]), build("c", [8, 20]), build("d", [10, 11])];
    const [timeline] = blocksOf({ ...RUN, builds, phases: [] }).filter(({ kind }) => kind === "timeline");
    expect(timeline).toMatchObject({ groups: [{ lanes: 2, bars: [0, 1, 1, 0].map((lane) => ({ lane })) }] });
  });

  it("has what builds used, and no columns for what is not known of any", () => {
    const use = { cpuMs: 1500, peakMemoryBytes: 3 << 20, copiedBytes: null };
    const titles = (builds: Report["builds"]) => {
      const found = tableOf({ ...RUN, builds }, "All builds");
      return found?.kind === "table" ? found.columns.map(({ title }) => title) : [];
    };
    const unknown = titles([build("a", [0, 10])]);
    expect(unknown).not.toContain("CPU time");
    expect(titles([build("a", [0, 10]), build("b", [0, 10], { use })])).toEqual([
      ...unknown.slice(0, -1),
      ...["CPU time", "Memory", "Critical path"],
    ]);
    expect(tableOf({ ...RUN, builds: [build("a", [0, 10], { use })] }, "All builds")).toMatchObject({
      rows: [
        expect.arrayContaining([
          ["1.5 s", 1500],
          ["3.0 MiB", 3 << 20],
        ]),
      ],
    });
  });

  it("tells waiting for dependencies from building", () => {
    expect(tableOf(RUN, "All builds")).toMatchObject({
      rows: [
        ["lib", "aarch64-linux", "this machine", "built", ["1.0 s", 1000], "", ["4.0 s", 4000], ""],
        ["tool", "aarch64-linux", "b1", "built", ["2.0 s", 2000], "", ["7.0 s", 7000], "yes"],
        [
          "app",
          "aarch64-linux",
          "b1",
          "built",
          ["11.0 s", 11_000],
          ["2.0 s", 2000],
          ["19.0 s", 19_000],
          "yes",
        ],
      ],
    });
  });

  it("has a source's share of the paths, and what each phase used", () => {
    expect(tableOf(RUN, "Paths by source")).toMatchObject({
      rows: [
        ["https://a", ["2", 2], ["0", 0], ["1.0 s", 1000]],
        ["https://b", ["0", 0], ["1", 1], ["0.5 s", 500]],
      ],
    });
    expect(tableOf(RUN, "Phases of the run")).toMatchObject({
      rows: [
        [
          "build",
          ["40.0 s", 40_000],
          "done",
          ["1 min 20 s", 80_000],
          ["1024.0 MiB", 1 << 30],
          ["1.0 MiB", 1 << 20],
          ["0.0 MiB", 0],
          "/nix/store: 1.0 MiB more, 2.0 MiB free",
        ],
      ],
    });
  });

  it.each([
    ["a failed start", EMPTY],
    ["a run", RUN],
    ["text from outside", withText(HOSTILE)],
  ])("has a cell for each column, titles that differ, and a row for each bar: %s", (_, report) => {
    const tables = blocksOf(report).filter((block) => block.kind === "table");
    for (const { columns, rows } of tables) {
      for (const row of rows) expect(row).toHaveLength(columns.length);
    }
    const byTitle = new Map(tables.map((table) => [table.title, table]));
    expect(byTitle.size).toBe(tables.length);
    for (const block of blocksOf(report)) {
      if (block.kind !== "timeline") continue;
      for (const { table, bars } of block.groups) {
        for (const { row } of bars) expect(byTitle.get(table)?.rows[row]).toBeDefined();
      }
    }
  });

  it("shows a long log as a whole, and the beginning of a long name", () => {
    const long = "x".repeat(1_000_000);
    const blocks = blocksOf(withText(long));
    expect(blocks.some((block) => block.kind === "text" && block.text.startsWith(long))).toBe(true);
    const clipped = `${"x".repeat(500)}… (999500 more characters)`;
    expect(tableOf(withText(long), "All builds")).toMatchObject({
      rows: [expect.arrayContaining([clipped])],
    });
    const titles = blocks.flatMap((block) => ("title" in block ? block.title : []));
    expect(Math.max(...titles.map(({ length }) => length))).toBeLessThan(1200);
    expect(Math.max(...answersOf(withText(long)).map(({ answer }) => answer.length))).toBeLessThan(1200);
  });

  it("compares the run with its history, and says what became slower", () => {
    const report = makeRun(3);
    expect(tableOf(report, "Times and medians")).toMatchObject({
      rows: [
        ["aarch64-linux", "whole run", expect.anything(), expect.anything(), expect.anything(), ["14", 14]],
        ["aarch64-linux", "prepare", ["14.0 s", 14_000], ["16.0 s", 16_000], "−12 %", ["14", 14]],
      ],
    });
    expect(tableOf(report, "Slower derivations")).toMatchObject({ rows: { length: 2 } });
    const [, answer] = answersOf(report).map((item) => item.answer);
    expect(answer).toContain("gcc-3.2 became slower: 5 min 0 s, and 1 min 40 s before.");
    expect(answer).not.toContain("curl");
  });

  it("links only to pages of a repository's run", () => {
    const run = "https://github.com/fluo/shop/actions/runs/1/attempts/2";
    const commit = "a".repeat(40);
    const urlsOf = (report: Report) => composePage(report).facts.flatMap(({ url }) => url ?? []);
    expect(urlsOf({ ...EMPTY, runUrl: run, commit })).toEqual([
      `https://github.com/fluo/shop/commit/${commit}`,
      run,
    ]);
    expect(urlsOf({ ...EMPTY, runUrl: `javascript:alert(1)//${run}`, commit })).toEqual([]);
  });
});
