import { describe, expect, it } from "@jest/globals";

import { Substituters } from "../../../../src/binary-cache/substituters.js";
import type { BuilderPool } from "../../../../src/builders/pool.js";
import { ActionError } from "../../../../src/errors/action-error.js";
import type { BuilderStatus } from "../../../../src/model/builder.js";
import type { TargetPlan } from "../../../../src/model/plan.js";
import type { RunNix } from "../../../../src/nix/command.js";
import { ProtocolError } from "../../../../src/nix-protocol/protocol-error.js";
import type { RunContext } from "../../../../src/pipeline/context.js";
import { build, type BuildInput } from "../../../../src/pipeline/stages/build.js";
import type { CommandOutput } from "../../../../src/platform/command.js";
import { BUILD_JSON, createBuilder, createFakeRun, createPlan, OUT_PATH } from "../fake-run.js";

type Answer = ActionError | { readonly said: string } | "built";

const SAYS = {
  lost: "error: failed to start SSH connection to 'a': Connection refused",
  failed: "error: builder for '/nix/store/x.drv' failed with exit code 2",
} as const;

/** A `nix build` that gives one of the answers per call, and repeats the last one. */
function createNix(answers: readonly Answer[]) {
  const calls: (readonly string[])[] = [];
  const runNix: RunNix = (args, { onStderrLine }): Promise<CommandOutput> => {
    if (args.includes("--dry-run"))
      return Promise.reject(new ActionError("BUILD_FAILED", "not known", { hint: "None." }));
    const answer = answers[Math.min(calls.length, answers.length - 1)] ?? "built";
    calls.push(args);
    if (answer instanceof ActionError) return Promise.reject(answer);
    if (answer === "built") return Promise.resolve({ exitCode: 0, stdout: BUILD_JSON, stderr: "" });
    onStderrLine?.(`@nix ${JSON.stringify({ action: "msg", level: 0, msg: answer.said })}`);
    return Promise.resolve({ exitCode: 1, stdout: "", stderr: "" });
  };
  return { runNix, calls };
}

/** A pool whose builders are in the next of `states` after each probe, and stay in the last one. */
function createPool(states: readonly (readonly BuilderStatus[])[]) {
  let probes = 0;
  const calls: string[] = [];
  const pool = {
    get statuses() {
      return states[Math.min(probes, states.length - 1)] ?? [];
    },
    connectionOf: () => undefined,
    prepareForNix: () => {
      calls.push("prepareForNix");
      return Promise.resolve();
    },
    refresh: () => {
      probes += 1;
      calls.push("refresh");
      return Promise.resolve();
    },
    awaitReturn: () => Promise.resolve(),
  };
  return { pool: pool as unknown as BuilderPool, calls };
}

/** It cannot build a derivation by its path, so it builds the attributes of the plan as they are. */
const OLD_NIX = { kind: "preinstalled", version: "2.12.1", binFolder: "/bin", access: "daemon" } as const;

/** Nix has none. */
function createSubstituters(context: RunContext): Substituters {
  return new Substituters({ readUris: () => Promise.resolve([]), mayDaemonReach: false }, context);
}

interface Scenario {
  readonly forcedMode?: BuildInput["forcedMode"];
  readonly plan?: TargetPlan;
  readonly answers?: readonly Answer[];
  readonly states?: readonly (readonly BuilderStatus[])[];
}

async function runStage({
  plan = createPlan("remote"),
  answers = ["built"],
  states = [],
  forcedMode,
}: Scenario) {
  const { context, clock, lines } = createFakeRun();
  const nix = createNix(answers);
  const { pool, calls } = createPool(states);
  const input: BuildInput = {
    job: { workingDirectory: "/work", maxSilentMs: 60_000 },
    session: {
      ...{ runNix: nix.runNix, runNixForBuilder: nix.runNix, runNixStoreCli: nix.runNix, pool },
      nix: OLD_NIX,
      substituters: createSubstituters(context),
    },
    plans: [plan],
    forcedMode,
  };
  const startMs = clock.nowMs();
  const result = await clock.run(build(context, input));
  const { attempts = [] } = result.record;
  return {
    result,
    attempts: attempts.map(({ strategy, mode, error }) => [strategy, mode, error?.code ?? "built"]),
    waitedMs: clock.nowMs() - startMs,
    nixCalls: nix.calls,
    poolCalls: calls,
    lines,
  };
}

const dropped: BuilderStatus = {
  state: "dropped",
  builder: createBuilder("a").builder,
  code: "BUILDER_UNREACHABLE",
  reason: "a: the connection to it was lost",
  hint: "",
};

describe("the build stage", () => {
  it("builds on this machine, and returns the store paths", async () => {
    const { result, attempts } = await runStage({ plan: createPlan("native") });
    expect(result).toMatchObject({ output: [{ storePaths: [OUT_PATH] }] });
    expect(attempts).toEqual([["native", "local", "built"]]);
  });

  it("warns that a build is emulated", async () => {
    const { attempts, lines } = await runStage({ plan: createPlan("emulate") });
    expect(attempts).toEqual([["emulate", "emulated", "built"]]);
    expect(lines.join("\n")).toContain("is emulated");
  });

  it("probes the builders through the system ssh before it uses the build hook", async () => {
    const { attempts, poolCalls } = await runStage({ states: [[createBuilder("a")]] });
    expect(attempts).toEqual([["remote", "build-hook", "built"]]);
    expect(poolCalls).toEqual(["prepareForNix"]);
  });

  it("uses the forced mode, and records the reason", async () => {
    const { result } = await runStage({
      states: [[createBuilder("a"), createBuilder("b")]],
      forcedMode: { kind: "build-hook", reason: "a test asks for it" },
    });
    expect(result.record.attempts).toMatchObject([{ mode: "build-hook", reason: "a test asks for it" }]);
  });

  it("continues after a builder was lost, once the builders are probed again", async () => {
    const { attempts, waitedMs, poolCalls } = await runStage({
      answers: [{ said: SAYS.lost }, "built"],
      states: [[createBuilder("a")]],
    });
    expect(attempts).toEqual([
      ["remote", "build-hook", "BUILDER_UNREACHABLE"],
      ["remote", "build-hook", "built"],
    ]);
    expect([waitedMs, poolCalls]).toEqual([1_000, ["prepareForNix", "refresh", "prepareForNix"]]);
  });

  it("gives up on a lost builder after three attempts", async () => {
    const { result, attempts, waitedMs } = await runStage({
      answers: [{ said: SAYS.lost }],
      states: [[createBuilder("a")]],
    });
    expect(result.error).toMatchObject({ code: "BUILDER_UNREACHABLE" });
    expect([attempts.length, waitedMs]).toEqual([3, 6_000]);
  });

  it.each([
    [["make a new token.", "make a new token."], "make a new token. Then run again"],
    [["make a new token.", "start it."], "Fix the builders listed in the job summary. Then run again"],
  ])("says what to do if no builder is left, if it is the same for all (%#)", async (hints, said) => {
    const states = [hints.map((hint) => ({ ...dropped, hint }))];
    const { result } = await runStage({ states });
    expect(result.error?.hint).toBe(`${said}; finished derivations are reused.`);
  });

  it("falls back to the next strategy that builds the same derivation", async () => {
    const { result, attempts, lines } = await runStage({
      plan: createPlan("remote", ["emulate"]),
      states: [[dropped]],
    });
    expect(result).toMatchObject({ output: [{ storePaths: [OUT_PATH] }] });
    expect(attempts).toEqual([["emulate", "emulated", "built"]]);
    expect(lines.join("\n")).toContain("falling back to emulate");
  });

  it("does not retry a build that failed through its own fault", async () => {
    const { result, attempts, waitedMs } = await runStage({
      plan: createPlan("remote", ["emulate"]),
      answers: [{ said: SAYS.failed }],
      states: [[createBuilder("a")]],
    });
    expect(result.error).toMatchObject({ code: "BUILD_FAILED" });
    expect([attempts, waitedMs]).toEqual([[["remote", "build-hook", "BUILD_FAILED"]], 0]);
  });

  it("ends at once when it is cancelled, and keeps the earlier attempts", async () => {
    const { result, attempts } = await runStage({
      answers: [
        { said: SAYS.lost },
        new ActionError("CANCELLED", "the run was cancelled", { hint: "None." }),
      ],
      states: [[createBuilder("a")]],
    });
    expect(result.error).toMatchObject({ code: "CANCELLED" });
    expect(attempts).toEqual([
      ["remote", "build-hook", "BUILDER_UNREACHABLE"],
      ["remote", "build-hook", "CANCELLED"],
    ]);
  });

  it("falls back to the hook after a protocol error, and gives up after three attempts there", async () => {
    const { result, attempts } = await runStage({
      answers: [
        new ProtocolError("BUILDER_UNREACHABLE", "what the builder sent back cannot be read", {
          hint: "None.",
        }),
      ],
      states: [[createBuilder("a")]],
    });
    expect(result.error).toMatchObject({ code: "BUILDER_UNREACHABLE" });
    // One attempt that meets the protocol error, then three with the hook.
    expect(attempts).toHaveLength(4);
  });

  it("stops a build that prints nothing", async () => {
    const { context, clock } = createFakeRun();
    const { pool } = createPool([[]]);
    const runNix: RunNix = (_args, { stop }) =>
      new Promise((resolve) => {
        stop?.addEventListener("abort", () => {
          resolve({ exitCode: 1, stdout: "", stderr: "" });
        });
      });
    const substituters = createSubstituters(context);
    const calls = { runNix, runNixForBuilder: runNix, runNixStoreCli: runNix };
    const session = { ...calls, pool, nix: OLD_NIX, substituters };
    const job = { workingDirectory: "/work", maxSilentMs: 60_000 };
    const result = await clock.run(build(context, { job, session, plans: [createPlan("native")] }));
    expect(result.error).toMatchObject({ code: "BUILD_SILENT" });
  });
});
