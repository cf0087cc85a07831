import { z } from "zod";

import { ActionError } from "../errors/action-error.js";
import type { BuildPlace, DerivationBuild, Substitution } from "../model/build.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { Strategy } from "../model/strategy.js";
import type { Clock } from "../platform/clock.js";
import type { Log } from "../platform/log.js";
import { parseEventLine } from "./events.js";
import { classifyFailure } from "./failure.js";
import type { RunNix } from "./nix-command.js";
import { BuildTimeline } from "./timeline.js";

export interface BuildRequest {
  /** `FLAKE#packages.SYSTEM.NAME`, as the plan has them, or an expression with its option. */
  readonly installables: readonly string[];
  readonly strategy: Strategy;
  /** The target is this machine's own system, so that Nix could also build here. */
  readonly isBuildSystem: boolean;
  /** The name to show for a builder that Nix calls by this store URI. */
  readonly nameOf: (uri: string) => string;
  readonly cwd: string;
}

/** What a build did. A build that failed is a value too: what it did so far belongs into the report. */
export interface BuildOutcome {
  /** The output paths, in the order of the installables; empty after a failure. */
  readonly storePaths: readonly StorePath[];
  readonly builds: readonly DerivationBuild[];
  readonly substitutions: readonly Substitution[];
  readonly error: ActionError | undefined;
}

/** As long as a job on GitHub's own runners may take. */
const BUILD_LIMIT_MS = 6 * 60 * 60_000;
const SHOWN_LOG_LINES = 20;

/**
 * Builds, and tells the log live what is built where and for how long. Never rejects for a failed build: `error` then says
 * why, with the codes of `classifyFailure`; rejects with `CANCELLED` and `COMMAND_TIMEOUT`.
 */
export async function buildAttributes(
  runNix: RunNix,
  request: BuildRequest,
  { log, clock }: { readonly log: Log; readonly clock: Clock },
): Promise<BuildOutcome> {
  const timeline = new BuildTimeline(clock, {
    nameOf: request.nameOf,
    onStart: ({ name, place }) => {
      log.info(`building ${name} ${renderPlace(place)}`);
    },
    onEnd: ({ name, place, durationMs, outcome }, lines) => {
      const what = `${outcome === "built" ? "built" : "failed:"} ${name} ${renderPlace(place)} in ${renderSeconds(durationMs)}`;
      if (lines.length === 0) log.info(what);
      else log.group(what, lines);
      if (outcome === "failed") log.error([what, ...lines.slice(-SHOWN_LOG_LINES)].join("\n"));
    },
  });
  const output = await runNix(renderBuildArguments(request), {
    cwd: request.cwd,
    timeoutMs: BUILD_LIMIT_MS,
    expectedExitCodes: "any",
    onStderrLine: (line) => {
      timeline.take(parseEventLine(line));
    },
  });
  timeline.close();
  const { builds, substitutions, messages } = timeline;
  if (output.exitCode !== 0) {
    return { storePaths: [], builds, substitutions, error: classifyFailure(messages) };
  }
  for (const { level, text } of messages) if (level === 1) log.info(text);
  return { storePaths: parseBuildOutput(output.stdout), builds, substitutions, error: undefined };
}

/** The arguments of `nix build` for a strategy. */
export function renderBuildArguments({
  installables,
  strategy,
  isBuildSystem,
}: Omit<BuildRequest, "nameOf">): readonly string[] {
  return [
    "build",
    "--no-link",
    "--json",
    "--no-write-lock-file",
    "--log-format",
    "internal-json",
    ...(strategy === "remote" ? [] : ["--option", "builders", ""]),
    // Nix would build here what it can; the strategy says not to.
    ...(strategy === "remote" && isBuildSystem ? ["--max-jobs", "0"] : []),
    ...installables,
  ];
}

const BUILT = z.array(z.looseObject({ outputs: z.record(z.string(), z.string()) })).min(1);

/** Reads the JSON of `nix build`: the output `out` of each, or its first one. Rejects with `BUILD_FAILED`. */
export function parseBuildOutput(json: string): readonly StorePath[] {
  try {
    return BUILT.parse(JSON.parse(json)).map(({ outputs }) => {
      const path = outputs["out"] ?? Object.values(outputs)[0] ?? "";
      if (!isStorePath(path)) throw new Error(`${JSON.stringify(path)} is no store path`);
      return path;
    });
  } catch (cause) {
    throw new ActionError(
      "BUILD_FAILED",
      `nix build printed no store paths: ${JSON.stringify(json.slice(0, 200))}`,
      { cause },
    );
  }
}

function renderPlace(place: BuildPlace): string {
  return place.kind === "local" ? "here" : `on ${place.uri}`;
}

function renderSeconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`;
}
