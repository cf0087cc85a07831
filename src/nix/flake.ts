import * as z from "zod";

import { ActionError, type ErrorCode } from "../errors/action-error.js";
import type { FlakeOutputs, InspectedFlake } from "../model/flake.js";
import type { CommandOutput } from "../platform/command.js";
import { sanitizeText } from "../platform/log.js";
import type { RunNix } from "./command.js";
import { LOCK_WARNING, readNixError } from "./error-text.js";
import { classifyFailure, hintForFetch } from "./failure.js";
import { locateError } from "./source-place.js";

const EVALUATION_LIMIT_MS = 15 * 60_000;

/**
 * Reads the names of a flake's packages, by system, and its unlocked inputs. Builds nothing and writes no
 * lock file. Rejects with `FLAKE_INVALID` and Nix's error if the evaluation fails, with
 * `FLAKE_OUTPUT_MISSING` for a flake without packages, and with the codes of what can keep Nix from
 * evaluating it.
 */
export async function inspectFlake(runNix: RunNix, flake: string, cwd: string): Promise<InspectedFlake> {
  const { stdout, stderr } = await evaluate(
    runNix,
    ["--json", `${flake}#packages`, "--apply", "builtins.mapAttrs (_: builtins.attrNames)"],
    { code: "FLAKE_INVALID", subject: `the flake ${flake}`, flake, command: `nix flake show ${flake}`, cwd },
  );
  return {
    outputs: parseFlakeOutputs(stdout, flake),
    unlockedInputs: parseUnlockedInputs(sanitizeText(stderr)),
  };
}

/**
 * Reads which inputs Nix had to lock for this run only, from its warning. Nix warns if flake.lock is missing,
 * lacks inputs, or is not tracked by git, and only for a flake that has inputs.
 */
export function parseUnlockedInputs(text: string): readonly string[] {
  const [, changes] = text.split(LOCK_WARNING);
  const names = [...(changes ?? "").matchAll(/^\s*• (?:Added|Updated) input '([^'/]+)'/gm)];
  return [...new Set(names.map(([, name = ""]) => name))];
}

/**
 * Evaluates a package, `FLAKE#packages.SYSTEM.NAME`, to the path of its derivation. Builds nothing and writes
 * no lock file. Rejects with `EVALUATION_FAILED` and Nix's error, and with the codes of what can keep Nix
 * from evaluating it.
 */
export async function readDerivationPath(runNix: RunNix, attribute: string, cwd: string): Promise<string> {
  const [flake = ""] = attribute.split("#");
  const path = `${attribute}.drvPath`;
  const subject = `the package ${attribute}`;
  const about = { code: "EVALUATION_FAILED", subject, flake, command: `nix eval '${path}'`, cwd } as const;
  return (await evaluate(runNix, ["--raw", path], about)).stdout.trim();
}

interface Evaluation {
  /** The code of an error in the Nix code. */
  readonly code: "FLAKE_INVALID" | "EVALUATION_FAILED";
  readonly subject: string;
  readonly flake: string;
  /** What the user can run to see the error. */
  readonly command: string;
  readonly cwd: string;
}

async function evaluate(
  runNix: RunNix,
  args: readonly string[],
  about: Evaluation,
): Promise<Pick<CommandOutput, "stdout" | "stderr">> {
  const { flake, cwd } = about;
  const { exitCode, stdout, stderr } = await runNix(["eval", "--no-write-lock-file", ...args], {
    cwd,
    timeoutMs: EVALUATION_LIMIT_MS,
    expectedExitCodes: "any",
  });
  if (exitCode === 0) return { stdout, stderr };
  const text = sanitizeText(stderr);
  throw await locateError(explainEvaluation(text, about), text, { flakes: [flake], cwd });
}

/** Failures that are not due to the flake's code. */
const OTHER_CAUSES: readonly ErrorCode[] = ["HASH_MISMATCH", "NIX_DISK_FULL", "NIX_DAEMON_FAILED"];

function explainEvaluation(text: string, { code, subject, flake, command }: Evaluation): ActionError {
  const message = readNixError(text);
  if (code === "FLAKE_INVALID" && message.includes("does not provide attribute")) {
    return new ActionError("FLAKE_OUTPUT_MISSING", `the flake ${flake} has no packages`, {
      hint: "Add packages.SYSTEM.NAME to its outputs.",
    });
  }
  const classified = classifyFailure([{ level: 0, text: message }]);
  if (OTHER_CAUSES.includes(classified.code)) return classified;
  return new ActionError(code, `${subject} cannot be evaluated: ${message}`, {
    hint: hintForFetch(text) ?? `Reproduce it with: ${command}`,
  });
}

const OUTPUTS = z.record(z.string(), z.array(z.string()));

/** Reads the JSON of package names by system. Rejects with `FLAKE_INVALID` for anything else. */
export function parseFlakeOutputs(json: string, flake: string): FlakeOutputs {
  try {
    return OUTPUTS.parse(JSON.parse(json));
  } catch {
    throw new ActionError("FLAKE_INVALID", `the packages of ${flake} are not sets of packages by system`, {
      hint: "Write them as packages = { SYSTEM = { NAME = derivation; }; }.",
    });
  }
}
