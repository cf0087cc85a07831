import type { Report } from "../../../src/report/report.js";

/** Text that ends elements, comments, strings and lines, wherever it is put as it is. */
export const HOSTILE = "</script><!--<script><img src=x onerror=alert(1)>\u2028\u2029&\" ' `${x}` $& \\u003c";

export const UNKNOWN_USE: Report["builds"][number]["use"] = {
  cpuMs: null,
  peakMemoryBytes: null,
  copiedBytes: null,
};
export const UNUSED: Report["builders"][number]["use"] = {
  ...{ builds: 0, busyMs: 0, cpuMs: null },
  ...{ sentBytes: null, receivedBytes: null },
};

/** The report of a run that failed before its first stage. */
export const EMPTY: Report = {
  version: 2,
  outcome: "failure",
  error: { code: "INPUT_INVALID", message: "no", hint: null },
  startedAt: "2026-01-01T00:00:00.000Z",
  durationMs: 1500,
  commit: null,
  runUrl: null,
  host: { system: "x86_64-linux", event: null },
  nix: null,
  builders: [],
  builderChanges: [],
  plans: [],
  attempts: [],
  storePaths: [],
  builds: [],
  substituters: [],
  substitutions: [],
  caches: [],
  image: null,
  layers: [],
  audits: [],
  smokeTests: [],
  promotion: null,
  phases: [],
  history: null,
};

/** A report with a text from outside in every place. */
export function withText(text: string): Report {
  return {
    ...EMPTY,
    error: { code: "BUILD_FAILED", message: text, hint: text },
    builders: [
      {
        uri: text,
        alias: "a",
        systems: [text],
        state: "dropped",
        code: "X",
        reason: text,
        hint: text,
        nix: text,
        slots: 1,
        features: [text],
        probeMs: 1,
        cpus: 1,
        load: 0.5,
        freeBytes: 1,
        use: UNUSED,
      },
    ],
    builderChanges: [{ uri: text, at: EMPTY.startedAt, state: "dropped", reason: text }],
    attempts: [
      {
        target: text,
        strategy: "remote",
        mode: "build-hook",
        reason: text,
        startedAt: EMPTY.startedAt,
        durationMs: 1,
        outcome: "failed",
        code: text,
        message: text,
      },
    ],
    builds: [
      {
        target: text,
        drvPath: text,
        name: text,
        dependencies: [text],
        place: text,
        startedAt: EMPTY.startedAt,
        durationMs: 1,
        outcome: "failed",
        log: [text],
        use: UNKNOWN_USE,
      },
    ],
    audits: [
      {
        target: text,
        filesRead: 1,
        elfFiles: 1,
        foreign: [{ path: text, machine: "arm", layer: 0 }],
        allowed: [],
        multiCpuArchives: [{ path: text, machines: [text], ownIn: text, layer: 0 }],
        orphanedScripts: [{ path: text, interpreter: text, layer: 0 }],
        missingLibraries: [
          { path: text, kind: "library", needs: text, storePath: text, searched: [text], layer: 0 },
        ],
        unreadableArchives: [{ path: text, reason: text, layer: 0 }],
        largestPaths: [{ path: text, sizeBytes: 1, layer: 0 }],
      },
    ],
    smokeTests: [
      {
        target: text,
        outcome: "failed",
        runtime: text,
        isEmulated: true,
        load: { way: "merged", reason: "its 2 layers were loaded as one" },
        layers: [{ digest: `sha256:${"1".repeat(64)}`, origin: "made" }],
        checks: [{ name: text, kind: "http", outcome: "failed", durationMs: 1, detail: text }],
        containerLog: text,
      },
    ],
    history: {
      targets: [
        {
          target: text,
          runs: 1,
          times: [{ name: text, durationMs: 2, medianMs: 1 }],
          slower: [{ name: text, durationMs: 2, medianMs: 1, builds: 8, isConfirmed: true }],
        },
      ],
    },
  };
}

export const MACHINES = [
  "ssh-ng://nix@arm-1.example.org",
  "ssh-ng://nix@arm-2.example.org:2222",
  "local",
] as const;
const SLOTS = [4, 4, 2] as const;
const NAMES = [
  "zlib",
  "openssl",
  "gcc",
  "curl",
  "python3",
  "nodejs",
  "sqlite",
  "boost",
  "icu4c",
  "perl",
] as const;

/** The report of a run with that many builds on three machines, the same every time. */
export function makeRun(count: number): Report {
  let state = 7;
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const at = (ms: number) => new Date(Date.parse(EMPTY.startedAt) + Math.round(ms)).toISOString();
  const target = "aarch64-linux";
  const slots = MACHINES.flatMap((place, index) =>
    Array.from({ length: SLOTS[index] ?? 1 }, () => ({ place, freeMs: 24_000 })),
  );
  const ends: number[] = [];
  const builds: Report["builds"] = [];
  for (let number = 0; number < count; number++) {
    const needed = number < 6 ? [] : [number - 1 - Math.floor(random() * 5), Math.floor(random() * number)];
    const readyMs = Math.max(24_000, ...needed.map((dependency) => ends[dependency] ?? 0));
    const slot = slots.reduce((best, other) => (other.freeMs < best.freeMs ? other : best));
    const startMs = Math.max(slot.freeMs, readyMs) + 200 + random() * 1500;
    const durationMs = 2000 + random() ** 4 * 150_000;
    slot.freeMs = startMs + durationMs;
    ends.push(slot.freeMs);
    builds.push({
      target,
      drvPath: `/nix/store/${String(number).padStart(32, "0")}-build.drv`,
      name: `${NAMES[number % NAMES.length]}-${1 + (number % 7)}.${number % 11}`,
      dependencies: [...new Set(needed)].flatMap((dependency) => builds[dependency]?.drvPath ?? []),
      place: slot.place,
      startedAt: at(startMs),
      durationMs,
      outcome: number === count - 3 ? "interrupted" : number === count - 2 ? "failed" : "built",
      log: number === count - 2 ? ["cc -O2 -c main.c", "main.c:12:5: error: expected ‘;’"] : [],
      use: {
        cpuMs: Math.round(durationMs * 1.8),
        peakMemoryBytes: slot.place === "local" ? Math.round(1e8 + durationMs * 1e4) : null,
        copiedBytes: slot.place === "local" ? null : needed.length * 2_500_000,
      },
    });
  }
  const builtMs = Math.max(...ends);
  const phases = [
    ...[["prepare", 0, 14_000] as const, ["probe", 14_000, 16_000] as const],
    ...[["inspect", 14_000, 19_000] as const, ["build", 19_000, builtMs] as const],
    ...[["audit", builtMs, builtMs + 9000] as const, ["publish", builtMs + 9000, builtMs + 31_000] as const],
    ["gate", builtMs + 31_000, builtMs + 45_000] as const,
  ].map(([name, from, to]) => ({
    name,
    startedAt: at(from),
    durationMs: to - from,
    outcome: "done" as const,
    disks: [{ folder: "/nix/store", usedBytes: Math.round(random() * 1e9), freeBytes: 40e9 }],
    machine: {
      cpuMs: Math.round((to - from) * random()),
      peakMemoryBytes: Math.round(1e9 + random() * 2e9),
      receivedBytes: Math.round(random() * 1e8),
      sentBytes: Math.round(random() * 1e7),
    },
  }));
  const digest = (number: number) => `sha256:${(0x10 + number).toString(16).repeat(32)}`;
  return {
    ...withText("it could not be reached"),
    outcome: "success",
    error: null,
    builders: withText("it could not be reached").builders.map((builder) => ({
      ...builder,
      uri: MACHINES[0],
      use: { builds: 3, busyMs: 61_000, cpuMs: 98_500, sentBytes: 5 << 20, receivedBytes: 1 << 20 },
    })),
    durationMs: builtMs + 46_000,
    commit: "4f1c2d3e".repeat(5),
    runUrl: "https://github.com/fluo/shop/actions/runs/123456/attempts/1",
    host: { system: "x86_64-linux", event: "push" },
    nix: { version: "2.28.3", origin: "installed", source: "download" },
    plans: [
      {
        target,
        buildSystem: target,
        strategy: "remote",
        attributes: ["packages.aarch64-linux.image"],
        verdicts: [
          { strategy: "remote", verdict: "chosen", reason: "2 of 3 builders for aarch64-linux can be used" },
          { strategy: "native", verdict: "rejected", reason: "this machine is x86_64-linux" },
        ],
      },
    ],
    attempts: [
      {
        target,
        strategy: "remote",
        mode: "distributed",
        reason: "more can be built at the same time than one builder has slots",
        startedAt: at(19_000),
        durationMs: builtMs - 19_000,
        outcome: "built",
        code: null,
        message: null,
      },
    ],
    builds,
    substitutions: Array.from({ length: 3 * count }, (_, number) => ({
      target,
      storePath: `/nix/store/${String(number).padStart(32, "a")}-${NAMES[number % NAMES.length]}`,
      from: number % 4 === 0 ? "file:///var/cache/nix" : "https://cache.nixos.org",
      durationMs: Math.round(20 + random() * 800),
      outcome: number % 57 === 0 ? ("failed" as const) : ("substituted" as const),
    })),
    caches: [
      {
        uri: "github",
        isTrustedByLocation: false,
        hitRate: 0.25,
        state: "pushed",
        reason: "the event may push",
        pathsPushed: 12,
        pathsPresent: 30,
        pathsLeft: 2,
        bytesPushed: 12e6,
        restored: { state: "restored", reason: "found", entries: 2, paths: 51, bytes: 84e6 },
        saved: { kind: "delta", key: "cross-build-1-2", bytes: 12e6 },
      },
    ],
    image: {
      reference: "ghcr.io/fluo/shop",
      digest: digest(0),
      platforms: [
        { target, digest: digest(1), imageId: digest(2), sizeBytes: 91e6, previousSizeBytes: 88e6 },
      ],
      tags: ["v1.2.3", "latest"],
    },
    layers: Array.from({ length: 24 }, (_, number) => ({
      target,
      digest: digest(3 + number),
      sizeBytes: Math.round(3e7 / (number + 1) ** 1.2),
      state: number % 3 === 0 ? ("sent" as const) : ("reused" as const),
    })),
    promotion: {
      state: "promoted",
      reason: "all smoke tests passed",
      tags: [
        { tag: "v1.2.3", previous: null, state: "moved" },
        { tag: "latest", previous: digest(30), state: "moved" },
      ],
    },
    audits: [
      {
        target,
        filesRead: 2412,
        elfFiles: 188,
        foreign: [],
        allowed: [],
        multiCpuArchives: [{ path: "app/jna.jar", machines: ["x86_64"], ownIn: "app/jna.jar", layer: 3 }],
        orphanedScripts: [],
        missingLibraries: [],
        unreadableArchives: [],
        largestPaths: [
          { path: `/nix/store/${"0".repeat(32)}-jdk-21`, sizeBytes: 180 << 20, layer: 0 },
          { path: `/nix/store/${"1".repeat(32)}-glibc-2.42`, sizeBytes: 30 << 20, layer: 0 },
          { path: "/app", sizeBytes: 3 << 20, layer: 3 },
        ],
      },
    ],
    smokeTests: [
      {
        target,
        outcome: "passed",
        runtime: "Docker",
        isEmulated: true,
        load: { way: "merged", reason: "its 2 layers were loaded as one" },
        layers: [{ digest: `sha256:${"1".repeat(64)}`, origin: "made" }],
        checks: [{ name: "/health", kind: "http", outcome: "passed", durationMs: 2100, detail: "200" }],
        containerLog: "listening on 8080\n",
      },
    ],
    phases,
    history: {
      targets: [
        {
          target,
          runs: 14,
          times: [
            { name: "whole run", durationMs: builtMs + 46_000, medianMs: builtMs },
            { name: "prepare", durationMs: 14_000, medianMs: 16_000 },
          ],
          slower: [
            { name: "gcc-3.2", durationMs: 300_000, medianMs: 100_000, builds: 14, isConfirmed: true },
            { name: "curl-4.3", durationMs: 61_000, medianMs: 20_000, builds: 9, isConfirmed: false },
          ],
        },
      ],
    },
  };
}
