import type { Builder, BuilderFacts, BuilderStatus } from "../../../src/model/builder.js";
import type { TargetPlan } from "../../../src/model/plan.js";
import type { StorePath } from "../../../src/model/store-path.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import { createMaskingLog } from "../../../src/platform/log.js";
import type { RunCommand } from "../../../src/platform/command.js";
import { FakeClock } from "../../fake-clock.js";

/** A context whose effects a test can observe: its log lines, and a clock that never really waits. */
export interface FakeRun {
  readonly context: RunContext;
  readonly clock: FakeClock;
  /** `info: …`, `warning: …` and so on, oldest first. */
  readonly lines: readonly string[];
}

const refuse: RunCommand = (tool) => Promise.reject(new Error(`unexpected command ${tool}`));

export function createFakeRun(given: Partial<RunContext> = {}): FakeRun {
  const clock = new FakeClock(1_000_000);
  const lines: string[] = [];
  const keep = (level: string) => (message: string) => {
    lines.push(`${level}: ${message}`);
  };
  const context: RunContext = {
    system: "aarch64-linux",
    isRoot: true,
    canBecomeRoot: true,
    userName: "root",
    event: {
      name: "push",
      followed: undefined,
      isFromFork: false,
      isDependabot: false,
      commit: undefined,
      ref: "refs/heads/main",
      checkout: { state: "unverified" },
      run: undefined,
    },
    nonce: "0123456789ab",
    owner: "1 ? ? ?",
    program: ["node", "index.js"],
    runFolder: "/run",
    cacheFolder: "/cache",
    script: undefined,
    environment: {},
    runnerCache: undefined,
    run: refuse,
    runAsRoot: refuse,
    openProcess: (tool) => {
      throw new Error(`unexpected process ${tool}`);
    },
    binfmt: {
      read: () => Promise.resolve({ state: "ready" }),
      register: () => Promise.reject(new Error("unexpected registration")),
      unregister: () => Promise.reject(new Error("unexpected unregistration")),
    },
    sendHttp: ({ url }) => Promise.reject(new Error(`unexpected request to ${url.href}`)),
    log: createMaskingLog({
      info: keep("info"),
      debug: keep("debug"),
      warning: keep("warning"),
      error: keep("error"),
      group: (title, group) => lines.push(`group: ${title}`, ...group),
      mask: () => undefined,
    }),
    emit: () => undefined,
    clock,
    steadyClock: clock,
    signal: new AbortController().signal,
    ...given,
  };
  return { context, clock, lines };
}

export const OUT_PATH: StorePath = "/nix/store/00000000000000000000000000000000-image";
export const DRV_PATH: StorePath = "/nix/store/11111111111111111111111111111111-image.drv";

/** What `nix build --json` prints for one derivation. */
export const BUILD_JSON = JSON.stringify([{ drvPath: DRV_PATH, outputs: { out: OUT_PATH } }]);

/** A plan for x86_64-linux with this strategy and these fallbacks. */
export function createPlan(
  strategy: TargetPlan["strategy"],
  fallbacks: readonly TargetPlan["strategy"][] = [],
): TargetPlan {
  return {
    target: "x86_64-linux",
    buildSystem: "aarch64-linux",
    strategy,
    attributes: [".#packages.x86_64-linux.image"],
    verdicts: [
      { strategy, verdict: "chosen", reason: "" },
      ...fallbacks.map((other) => ({ strategy: other, verdict: "fallback" as const, reason: "" })),
    ],
  };
}

/** A builder that only Nix's build hook can use, because the protocol `ssh` has no daemon. */
export function createBuilder(host: string, given: Partial<Builder> = {}): BuilderStatus {
  const builder: Builder = {
    alias: `cross-build-0123456789ab-${host}`,
    protocol: "ssh",
    user: undefined,
    host,
    port: 22,
    query: "",
    systems: ["x86_64-linux"],
    maxJobs: 4,
    speedFactor: 1,
    supportedFeatures: [],
    mandatoryFeatures: [],
    keyFile: undefined,
    hostKey: undefined,
    ...given,
  };
  const facts = { systems: ["x86_64-linux"] } as unknown as BuilderFacts;
  return { state: "ready", builder, facts, probeMs: 1 };
}
