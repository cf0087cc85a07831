import { z } from "zod";

import { ActionError } from "../errors/action-error.js";
import type { FlakeOutputs, Installable } from "../model/flake.js";
import { sanitizeText } from "../platform/log.js";
import type { RunNix } from "./command.js";

const EVALUATION_LIMIT_MS = 15 * 60_000;

/**
 * Reads `FLAKE#NAME`. The name defaults to `default`, as in Nix. Rejects with `INPUT_INVALID`, also for an
 * attribute path such as `packages.x86_64-linux.image`: the plan chooses the system.
 * @see Nix manual, `nix`, "Flake output attribute"
 */
export function parseInstallable(text: string): Installable {
  const hash = text.indexOf("#");
  const flake = hash === -1 ? text : text.slice(0, hash);
  const name = hash === -1 ? "default" : text.slice(hash + 1);
  if (flake.startsWith("-") || /[\s\p{Cc}]/u.test(flake)) {
    throw invalid(
      text,
      "A flake reference is one word that does not start with a dash, such as . or github:owner/repo.",
    );
  }
  const path = /^(?:packages|legacyPackages)\.[^.]+\.(.+)$/.exec(name);
  if (path !== null)
    throw invalid(text, `Write ${flake}#${path[1] ?? ""}: the system comes from the input systems.`);
  const unquoted = /^"([^"\\]+)"$/.exec(name)?.[1] ?? name;
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.+'-]*$/.test(unquoted)) {
    throw invalid(text, "A package name consists of letters, digits and _ - . + '");
  }
  return { flake: flake === "" ? "." : flake, name: unquoted };
}

function invalid(text: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 300))} is not an installable`, {
    hint,
  });
}

/**
 * The names of a flake's packages, by system. Builds nothing and writes no lock file. Rejects with
 * `FLAKE_INVALID` and Nix's message if the evaluation fails, and with `FLAKE_OUTPUT_MISSING` for a flake
 * without packages.
 */
export async function readFlakeOutputs(runNix: RunNix, flake: string, cwd: string): Promise<FlakeOutputs> {
  try {
    const { stdout } = await runNix(
      [
        "eval",
        "--json",
        "--no-write-lock-file",
        `${flake}#packages`,
        "--apply",
        "builtins.mapAttrs (_: builtins.attrNames)",
      ],
      { cwd, timeoutMs: EVALUATION_LIMIT_MS },
    );
    return parseFlakeOutputs(stdout);
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    if (error.message.includes("does not provide attribute")) {
      throw new ActionError("FLAKE_OUTPUT_MISSING", `the flake ${flake} has no packages`, {
        hint: "Add packages.SYSTEM.NAME to its outputs.",
      });
    }
    throw notEvaluated(`the flake ${flake}`, `nix flake show ${flake}`, error);
  }
}

/**
 * Evaluates a package, `FLAKE#packages.SYSTEM.NAME`, to the path of its derivation. Builds nothing and writes
 * no lock file. Rejects with `FLAKE_INVALID` and Nix's message.
 */
export async function readDerivationPath(runNix: RunNix, attribute: string, cwd: string): Promise<string> {
  const path = `${attribute}.drvPath`;
  try {
    const { stdout } = await runNix(["eval", "--raw", "--no-write-lock-file", path], {
      cwd,
      timeoutMs: EVALUATION_LIMIT_MS,
    });
    return stdout.trim();
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    throw notEvaluated(`the package ${attribute}`, `nix eval '${path}'`, error);
  }
}

function notEvaluated(subject: string, command: string, error: ActionError): ActionError {
  return new ActionError("FLAKE_INVALID", `${subject} cannot be evaluated: ${sanitizeText(error.message)}`, {
    hint: `Reproduce it with: ${command}`,
  });
}

const OUTPUTS = z.record(z.string(), z.array(z.string()));

/** Reads the JSON of package names by system. Rejects with `FLAKE_INVALID` for anything else. */
export function parseFlakeOutputs(json: string): FlakeOutputs {
  try {
    return OUTPUTS.parse(JSON.parse(json));
  } catch (cause) {
    throw new ActionError("FLAKE_INVALID", "the flake's packages are not sets of packages by system", {
      cause,
      hint: "packages must be { SYSTEM = { NAME = derivation; }; }.",
    });
  }
}
