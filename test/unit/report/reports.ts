import type { Report } from "../../../src/report/report.js";

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
  substitutions: [],
  cache: null,
  image: null,
  layers: [],
  audits: [],
  smokeTests: [],
  promotion: null,
  phases: [],
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
      },
    ],
    smokeTests: [
      {
        target: text,
        outcome: "failed",
        runtime: text,
        isEmulated: true,
        checks: [{ name: text, kind: "http", outcome: "failed", durationMs: 1, detail: text }],
        containerLog: text,
      },
    ],
  };
}
