import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { BuildMode } from "../model/build-mode.js";
import {
  type BuildEnd,
  type BuildOutcome,
  type Built,
  type DerivationBuild,
  MAX_CPU_SECONDS,
} from "../model/build.js";
import { displayName } from "../model/builder.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { Clock } from "../platform/clock.js";
import type { CommandOutput } from "../platform/command.js";
import { parseEventLine } from "./events.js";
import { classifyFailure, findEvaluationError, hasFailedOnBuilder } from "./failure.js";
import type { RunNix } from "./command.js";
import { LOCK_WARNING } from "./error-text.js";
import type { BuildLog } from "./build-log.js";
import { createLocalBuildMeter } from "./build-meter.js";
import { createLiveLog, type LiveLogEffects, renderLocation } from "./live-log.js";
import { locateError } from "./source-place.js";

/** A build mode that `nix build` can carry out, with the values that it needs. */
export type NixBuildMode =
  | Extract<BuildMode, { readonly kind: "local" | "emulated" | "build-hook" }>
  /** `storeUri` connects to the builder's daemon. */
  | (Extract<BuildMode, { readonly kind: "single-store" }> & { readonly storeUri: string });

export interface BuildRequest {
  /** `FLAKE#packages.SYSTEM.NAME`, as in the plan, or the options of an expression. */
  readonly installables: readonly string[];
  readonly mode: NixBuildMode;
  /** The display name of the builder with this store URI. */
  readonly nameOf: (uri: string) => string;
  readonly cwd: string;
  /** Stop a build that has produced no output for this long. */
  readonly maxSilentMs: number;
}

const EVALUATION_LIMIT_MS = 15 * 60_000;
/** The time limit of a job on GitHub-hosted runners. */
const BUILD_LIMIT_MS = 6 * 60 * 60_000;
const WATCHDOG_INTERVAL_MS = 1_000;

/**
 * Builds, and logs live what is built where and for how long. A failed build does not reject: the outcome has
 * what was built before, and `error` says why it ended, with the codes of `classifyFailure`, `BUILD_SILENT`,
 * and those of RunCommand.
 */
export async function buildAttributes(
  runNix: RunNix,
  request: BuildRequest,
  effects: LiveLogEffects,
): Promise<BuildOutcome> {
  const { mode, maxSilentMs } = request;
  const { log, clock } = effects;
  // In the mode build-hook, some of Nix's children are hooks rather than builds.
  const meter = mode.kind === "local" || mode.kind === "emulated" ? createLocalBuildMeter(clock) : undefined;
  const live = createLiveLog(effects, {
    meter,
    locationOf: (machine) =>
      machine !== ""
        ? { kind: "builder", uri: request.nameOf(machine) }
        : mode.kind === "single-store"
          ? { kind: "builder", uri: displayName(mode.builder) }
          : { kind: "local" },
  });
  const timeline = live.builds;
  const stop = new AbortController();
  const watchdog = watchSilence(clock, maxSilentMs, stop);
  const finish = (end: BuildEnd, error: ActionError | undefined): BuildOutcome => {
    timeline.close(end);
    const { builds, substitutions } = timeline;
    return { built: [], builds, substitutions, error };
  };
  let output: CommandOutput;
  try {
    output = await runNix(renderBuildArguments(request), {
      cwd: request.cwd,
      timeoutMs: BUILD_LIMIT_MS,
      expectedExitCodes: "any",
      stop: stop.signal,
      onStart: (pid) => meter?.attach(pid),
      onStderrLine: (line) => {
        watchdog.noteOutput();
        const event = parseEventLine(line);
        timeline.take(event);
        // With --keep-going, Nix would continue with everything that can still be built.
        if (event.kind === "message" && hasFailedOnBuilder(event.text)) stop.abort();
      },
    });
  } catch (error) {
    if (!(error instanceof ActionError)) throw error;
    return finish("interrupted", error);
  } finally {
    watchdog.end();
    meter?.stop();
    live.end();
  }
  if (watchdog.isSilent()) {
    const running = timeline.running.map(({ name, location }) => `${name} ${renderLocation(location)}`);
    return finish("failed", buildSilent(running, maxSilentMs));
  }
  if (output.exitCode !== 0 || stop.signal.aborted) {
    return finish("interrupted", await explainFailure(request, timeline.messages));
  }
  const outcome = finish("built", undefined);
  for (const { level, text } of timeline.messages) {
    // The inspection has warned about it in words that say what to do.
    if (level === 1 && !text.includes(LOCK_WARNING)) log.info(text);
  }
  const { stdout } = output;
  return { ...outcome, built: parseBuildOutput(stdout), builds: addCpuTimes(outcome.builds, stdout) };
}

/** The error of a failed `nix build`. An evaluation error has the packages, and the user's file and line. */
async function explainFailure(
  { installables, cwd }: BuildRequest,
  messages: BuildLog["messages"],
): Promise<ActionError> {
  const error = classifyFailure(messages);
  if (error.code !== "EVALUATION_FAILED") return error;
  const text = findEvaluationError(messages) ?? "";
  const packages = installables.filter((installable) => /^[^-].*#/.test(installable));
  const flakes = packages.map((installable) => installable.replace(/#.*$/, ""));
  const message = `${packages.join(", ")} cannot be evaluated: ${error.message}`;
  return locateError(packages.length === 0 ? error : error.with({ message }), text, { flakes, cwd });
}

/** Stops a build that prints nothing for too long: neither Nix's limits nor ssh's detect a hung builder. */
function watchSilence(clock: Clock, maxSilentMs: number, stop: AbortController) {
  let lastOutputAtMs = clock.nowMs();
  let isSilent = false;
  const ended = new AbortController();
  const watch = async () => {
    while (!isSilent) {
      await clock.sleep(WATCHDOG_INTERVAL_MS, ended.signal);
      isSilent = clock.nowMs() - lastOutputAtMs > maxSilentMs;
    }
    stop.abort();
  };
  watch().catch(() => undefined);
  return {
    noteOutput: () => {
      lastOutputAtMs = clock.nowMs();
    },
    isSilent: () => isSilent,
    end: () => {
      ended.abort();
    },
  };
}

function buildSilent(running: readonly string[], maxSilentMs: number): ActionError {
  const what = running.length === 0 ? "from Nix" : `while building ${running.slice(0, 3).join(", ")}`;
  return new ActionError("BUILD_SILENT", `no output for ${maxSilentMs / 1000} s ${what}`, {
    hint: "Raise max-silent-time if the build is expected to be silent; otherwise it or its builder hangs.",
  });
}

/** The arguments of `nix build` in a mode. */
export function renderBuildArguments({
  installables,
  mode,
}: Pick<BuildRequest, "installables" | "mode">): readonly string[] {
  return [
    "build",
    "--no-link",
    "--json",
    "--no-write-lock-file",
    "--log-format",
    "internal-json",
    ...renderMode(mode),
    ...installables,
  ];
}

/** Seconds between Nix's checks for a free slot. The default of 5 leaves builders idle. */
const QUICK_POLL = ["--option", "build-poll-interval", "1"];

function renderMode(mode: NixBuildMode): readonly string[] {
  // Override any configured builders: only the mode build-hook may use them.
  const noBuilders = ["--option", "builders", ""];
  switch (mode.kind) {
    case "local":
      return noBuilders;
    case "emulated":
      return [...noBuilders, "--option", "extra-platforms", mode.system];
    case "build-hook":
      // With --keep-going, the other builders finish when one is lost, and only its builds are repeated.
      // Without --max-jobs 0, Nix would also build locally.
      return ["--keep-going", ...QUICK_POLL, ...(mode.isTargetLocal ? ["--max-jobs", "0"] : [])];
    case "single-store":
      // Nix sends its own max-jobs, by default 1, to the daemon.
      return [
        ...noBuilders,
        "--max-jobs",
        String(mode.builder.maxJobs ?? 1),
        "--store",
        mode.storeUri,
        "--eval-store",
        "auto",
      ];
  }
}

/** What a build would do. */
export interface BuildPreview {
  /** In the order of the installables. */
  readonly wanted: readonly Built[];
  /** The derivations that would have to be built rather than substituted. */
  readonly missing: readonly StorePath[];
}

/**
 * Does a dry run of `nix build`. Rejects with `BUILD_FAILED` if the output paths are not known before the
 * build, and with the codes of RunCommand.
 */
export async function previewBuild(
  runNix: RunNix,
  { installables, cwd }: Pick<BuildRequest, "installables" | "cwd">,
): Promise<BuildPreview> {
  const { stdout, stderr } = await runNix(
    ["build", "--dry-run", "--json", "--no-link", "--no-write-lock-file", ...installables],
    {
      cwd,
      timeoutMs: EVALUATION_LIMIT_MS,
    },
  );
  return { wanted: parseBuildOutput(stdout), missing: parseMissing(stderr) };
}

/** Reads the derivations that `nix build --dry-run` lists. */
export function parseMissing(text: string): readonly StorePath[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line): line is StorePath => isStorePath(line) && line.endsWith(".drv"));
}

const cpuSeconds = z.number().min(0).max(MAX_CPU_SECONDS);
const CPU_TIMES = z.array(
  z.looseObject({ drvPath: z.string(), cpuUser: cpuSeconds, cpuSystem: cpuSeconds }).nullable().catch(null),
);

/**
 * Adds the CPU times in the JSON of `nix build`, in seconds, to the builds. Nix 2.20 and newer measure the
 * installables, not their dependencies, and only with `use-cgroups`.
 */
export function addCpuTimes(builds: readonly DerivationBuild[], json: string): readonly DerivationBuild[] {
  const measured = CPU_TIMES.parse(JSON.parse(json)).filter((item) => item !== null);
  const times = new Map(
    measured.map(({ drvPath, cpuUser, cpuSystem }) => [drvPath, Math.round((cpuUser + cpuSystem) * 1000)]),
  );
  return builds.map((build) => {
    const cpuMs = times.get(build.drvPath);
    return cpuMs === undefined ? build : { ...build, use: { ...build.use, cpuMs } };
  });
}

const BUILT = z
  .array(z.looseObject({ drvPath: z.string(), outputs: z.record(z.string(), z.string()) }))
  .min(1);

/**
 * Reads the JSON of `nix build`: each derivation's output `out`, or its first. Rejects with `BUILD_FAILED`.
 */
export function parseBuildOutput(json: string): readonly Built[] {
  try {
    return BUILT.parse(JSON.parse(json)).map(({ drvPath, outputs }) => {
      const outPath = outputs["out"] ?? Object.values(outputs)[0] ?? "";
      for (const path of [drvPath, outPath]) {
        if (!isStorePath(path)) throw new Error(`${JSON.stringify(path)} is not a store path`);
      }
      return { drvPath: drvPath as StorePath, outPath: outPath as StorePath };
    });
  } catch {
    throw new ActionError(
      "BUILD_FAILED",
      `nix build printed no store paths: ${JSON.stringify(json.slice(0, 200))}`,
      { hint: "Check that the package is one derivation: nix build --json --no-link prints what it builds." },
    );
  }
}
