import { ActionError } from "../errors/action-error.js";
import type { Installable } from "../model/flake.js";

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
