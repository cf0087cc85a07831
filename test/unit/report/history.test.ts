import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  addToHistory,
  compareWithHistory,
  type History,
  listRegressions,
  MAX_HISTORY_BYTES,
  parseHistory,
  renderHistory,
} from "../../../src/report/history.js";
import type { Report } from "../../../src/report/report.js";
import { EMPTY, HOSTILE, makeRun, UNKNOWN_USE } from "./reports.js";

const TARGET = "x86_64-linux";

/** A run that built these derivations, by name and time in seconds. */
function runOf(seconds: Readonly<Record<string, number>>, given: Partial<Report> = {}): Report {
  const builds = Object.entries(seconds).map(([name, time]) => ({
    target: TARGET,
    drvPath: `/nix/store/0-${name}.drv`,
    name,
    dependencies: [],
    place: "local",
    startedAt: EMPTY.startedAt,
    durationMs: time * 1000,
    outcome: "built" as const,
    log: [],
    use: UNKNOWN_USE,
  }));
  const wholeMs = builds.reduce((sum, { durationMs }) => sum + durationMs, 5_000);
  const [plan, attempt] = [makeRun(1).plans[0], makeRun(1).attempts[0]];
  if (plan === undefined || attempt === undefined) throw new Error("the fixture has no plan");
  return {
    ...EMPTY,
    outcome: "success",
    error: null,
    durationMs: wholeMs,
    plans: [{ ...plan, target: TARGET }],
    attempts: [{ ...attempt, target: TARGET }],
    builds,
    phases: [
      {
        name: "build",
        startedAt: EMPTY.startedAt,
        durationMs: wholeMs,
        outcome: "done",
        disks: [],
        machine: null,
      },
    ],
    ...given,
  };
}

/** Compares the last run with those before it. */
function compareLast(runs: readonly Report[]): Report {
  const last = runs.at(-1) ?? EMPTY;
  const history = runs.slice(0, -1).reduce<History>(addToHistory, []);
  return { ...last, history: compareWithHistory(last, history) };
}

/** Random numbers from a seed. @see https://prng.di.unimi.it/splitmix64.c, in 32 bits */
function createRandom(seed: number) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

const MEANS = { openssl: 240, app: 95, zlib: 14, python3: 610, curl: 48, docs: 3, tests: 130, image: 22 };

/** The times of a run without any change of speed: `noise` makes the factor of each derivation. */
type Noise = (random: ReturnType<typeof createRandom>) => () => number;
const NOISES: Readonly<Record<string, Noise>> = {
  "a quiet machine": (random) => () => Math.exp(0.05 * random.normal()),
  "log-normal noise": (random) => () => Math.exp(0.3 * random.normal()),
  "machines that are warm or cold": (random) => {
    const isCold = random.uniform() < 0.3;
    return () => (isCold ? 2.5 : 1) * Math.exp(0.1 * random.normal());
  },
  "derivations that are warm or cold": (random) => () =>
    (random.uniform() < 0.3 ? 2.5 : 1) * Math.exp(0.1 * random.normal()),
  "rare accidents, such as slow downloads": (random) => () =>
    (random.uniform() < 0.03 ? 2 + 3 * random.uniform() : 1) * Math.exp(0.1 * random.normal()),
  "busy and quiet machines": (random) => {
    const load = Math.exp(0.4 * random.normal());
    return () => load * Math.exp(0.1 * random.normal());
  },
  "two builders of different speed": (random) => () =>
    (random.uniform() < 0.5 ? 1.8 : 1) * Math.exp(0.08 * random.normal()),
};

function makeHistory(noise: Noise, seed: number, length: number): Report[] {
  const random = createRandom(seed);
  return Array.from({ length }, () => {
    const factor = noise(random);
    // Not every run builds everything.
    const built = Object.entries(MEANS).filter(() => random.uniform() < 0.8);
    return runOf(Object.fromEntries(built.map(([name, mean]) => [name, mean * factor()])));
  });
}

describe("a history of pure noise", () => {
  it.each(Object.entries(NOISES))("raises at most two alarms in 200 histories: %s", (_, noise) => {
    const alarms = Array.from({ length: 200 }, (_, seed) => {
      return listRegressions(compareLast(makeHistory(noise, seed + 1, 40)));
    });
    expect(alarms.filter((own) => own.length > 0).length).toBeLessThanOrEqual(2);
  });
});

describe("a derivation that became slower", () => {
  it.each([
    ["a quiet machine", 50],
    ["log-normal noise", 50],
    ["busy and quiet machines", 45],
  ])("is named alone, on %s in %i of 50 histories", (name, least) => {
    const noise = NOISES[name];
    if (noise === undefined) throw new Error(`no noise ${name}`);
    let found = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const runs = makeHistory(noise, seed, 40);
      const random = createRandom(1000 + seed);
      const slow = [0, 1].map(() => {
        const factor = noise(random);
        return runOf({
          ...MEANS,
          tests: 8 * MEANS.tests,
          zlib: MEANS.zlib * factor(),
          app: MEANS.app * factor(),
        });
      });
      const named = listRegressions(compareLast([...runs, ...slow]));
      if (named.length === 1 && named[0]?.startsWith("tests became slower for x86_64-linux: 17 min 20 s"))
        found++;
    }
    expect(found).toBeGreaterThanOrEqual(least);
  });

  const usual = Array.from({ length: 10 }, (_, index) => runOf({ app: 60 + index, zlib: 14 }));
  const slow = runOf({ app: 120, zlib: 14 });
  const slowerOf = (runs: readonly Report[]) => compareLast(runs).history?.targets[0]?.slower;

  it("is listed the first time, and a warning the second time, and after that the usual case", () => {
    expect(slowerOf([...usual, slow])).toEqual([
      { name: "app", durationMs: 120_000, medianMs: 64_500, builds: 10, isConfirmed: false },
    ]);
    expect(slowerOf([...usual, slow, slow])).toEqual([
      { name: "app", durationMs: 120_000, medianMs: 64_500, builds: 10, isConfirmed: true },
    ]);
    expect(slowerOf([...usual, slow, slow, slow])).toEqual([]);
  });

  it("is not compared with other targets, attributes or strategies, nor with failed builds", () => {
    const others = [
      { plans: slow.plans.map((plan) => ({ ...plan, attributes: ["other"] })) },
      { attempts: slow.attempts.map((attempt) => ({ ...attempt, strategy: "emulate" as const })) },
      { builds: slow.builds.map((build) => ({ ...build, outcome: "interrupted" as const })) },
    ];
    for (const other of others) {
      expect(slowerOf([...usual, { ...slow, ...other }, { ...slow, ...other }])).toEqual([]);
    }
  });

  it("is ignored if it costs less than ten seconds", () => {
    const short = Array.from({ length: 10 }, () => runOf({ app: 1 }));
    expect(slowerOf([...short, runOf({ app: 10 }), runOf({ app: 10 })])).toEqual([]);
  });
});

describe("the times of a run", () => {
  it("are compared with the median of runs with the same outcome", () => {
    const failed = runOf({ app: 1 }, { outcome: "failure" });
    const runs = [runOf({ app: 10 }), runOf({ app: 20 }), failed, runOf({ app: 40 }), runOf({ app: 20 })];
    expect(compareLast(runs).history?.targets).toEqual([
      {
        target: TARGET,
        runs: 3,
        times: [
          { name: "whole run", durationMs: 25_000, medianMs: 25_000 },
          { name: "build", durationMs: 25_000, medianMs: 25_000 },
        ],
        slower: [],
      },
    ]);
    expect(compareLast([failed]).history?.targets).toEqual([
      { target: TARGET, runs: 0, times: [], slower: [] },
    ]);
  });

  it("stay within bounds: 30 runs of each target", () => {
    let history: History = [];
    for (let run = 0; run < 40; run++) history = addToHistory(history, makeRun(200));
    expect(history).toHaveLength(30);
    expect(renderHistory(history).length).toBeLessThan(MAX_HISTORY_BYTES);
  });

  it("of many targets with many builds are dropped, the oldest first, before a history is too large", () => {
    const [run] = addToHistory([], makeRun(1000));
    if (run === undefined) throw new Error("there is no run");
    const builds = run.builds.map(([name, ms]): [string, number] => [`${name}${"x".repeat(100)}`, ms]);
    const history = Array.from({ length: 300 }, (_, number) => ({
      ...run,
      builds,
      target: `target ${number}`,
    }));
    const rendered = renderHistory(history);
    expect(Buffer.byteLength(rendered)).toBeLessThanOrEqual(MAX_HISTORY_BYTES);
    const kept = parseHistory(rendered);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(history.slice(-kept.length));
  });
});

describe("parseHistory", () => {
  const whole = renderHistory(addToHistory([], makeRun(20)));
  it.each([
    ["nothing", "", "it is not JSON, or not all of it"],
    ["a part of one", whole.slice(0, -20), "it is not JSON, or not all of it"],
    ["another document", '{"version":2,"runs":[]}', "it is not a history of this version of cross-build"],
    ["a negative time", whole.replace(/"durationMs":\d/, '"durationMs":-1'), "it is not a history"],
    ["a huge text", `"${"x".repeat(MAX_HISTORY_BYTES)}"`, "it is too large"],
    ["deep JSON", "[".repeat(100_000), "it is not JSON, or not all of it"],
  ])("refuses %s", (_, text, reason) => {
    expect(() => parseHistory(text)).toThrow(reason);
  });

  it("never fails in another way, and takes names from outside", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(() => parseHistory(text)).toThrow(Error);
        const history = addToHistory([], runOf({ [text]: 60, ["__proto__"]: 1, [HOSTILE]: 2 }));
        expect(parseHistory(renderHistory(history))).toEqual(history);
      }),
    );
  });
});
