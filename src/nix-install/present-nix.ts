import { isAbsolute, join } from "node:path";

import { ActionError, renderError } from "../errors/action-error.js";
import type { RunCommand } from "../platform/command.js";
import { isExecutable } from "../platform/files.js";
import type { Log } from "../platform/log.js";

/** The default profile of a Nix installation. */
export const DEFAULT_PROFILE = "/nix/var/nix/profiles/default";

/** The oldest supported Nix: Debian 12's. */
export const OLDEST_NIX = "2.8";

/** A Nix that runs. */
export interface PresentNix {
  readonly binFolder: string;
  readonly version: string;
}

export interface FindEffects {
  readonly run: RunCommand;
  readonly log: Log;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Looks for a Nix on PATH, in the default profile, in the user's profiles and in NixOS's system profile.
 * Returns the first one that is new enough, or else the first one that runs.
 */
export async function findNix({ run, log, environment }: FindEffects): Promise<PresentNix | undefined> {
  let tooOld: PresentNix | undefined;
  for (const binFolder of listBinFolders(environment)) {
    const program = join(binFolder, "nix");
    if (!(await isExecutable(program))) continue;
    try {
      const version = await readVersion(run, binFolder);
      if (isNewEnough(version)) return { binFolder, version };
      tooOld ??= { binFolder, version };
    } catch (error) {
      log.debug(`${program} does not run: ${renderError(error)}`);
    }
  }
  return tooOld;
}

/**
 * The version of the Nix in a folder. Rejects with `COMMAND_FAILED` if it prints none, and with the codes of
 * RunCommand.
 */
export async function readVersion(run: RunCommand, binFolder: string): Promise<string> {
  const program = join(binFolder, "nix");
  const { stdout } = await run(program, ["--version"], { timeoutMs: 20_000 });
  const version = tryParseVersionOutput(stdout);
  if (version !== undefined) return version;
  throw new ActionError(
    "COMMAND_FAILED",
    `${program} --version printed no version: ${JSON.stringify(stdout.slice(0, 200))}`,
    { hint: "Remove this program from PATH, or replace it by a working Nix." },
  );
}

/** The folders that may contain `nix`, best first. Skips relative folders of PATH. */
export function listBinFolders(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = environment["HOME"];
  return [
    ...new Set([
      ...(environment["PATH"] ?? "").split(":").filter((folder) => isAbsolute(folder)),
      `${DEFAULT_PROFILE}/bin`,
      ...(home === undefined
        ? []
        : [join(home, ".nix-profile/bin"), join(home, ".local/state/nix/profile/bin")]),
      "/run/current-system/sw/bin",
    ]),
  ];
}

/**
 * The version in the output of `nix --version`: `nix (Nix) 2.34.8`, `nix (Lix, like Nix) 2.93.0`,
 * `nix (Determinate Nix 3.8.5) 2.30.2`. Undefined if there is none.
 */
export function tryParseVersionOutput(text: string): string | undefined {
  return /^nix \(.+\) ([0-9]+\.[0-9]+\S*)\s*$/m.exec(text)?.[1];
}

/** Whether a Nix version is at least `OLDEST_NIX`. */
export function isNewEnough(version: string): boolean {
  return isAtLeast(version, OLDEST_NIX);
}

/** Whether a Nix version supports `auto-allocate-uids`. @see Nix manual, release notes of 2.12 */
export function hasAllocatedUids(version: string): boolean {
  return isAtLeast(version, "2.12");
}

/** Whether a Nix version builds `/nix/store/….drv^out`. @see Nix manual, release notes of 2.13 */
export function canBuildDerivations(version: string): boolean {
  return isAtLeast(version, "2.13");
}

/** Compares the major and minor numbers. `localeCompare` would first load the collation data of ICU: 7 ms. */
function isAtLeast(version: string, other: string): boolean {
  const [major, minor] = readNumbers(version);
  const [otherMajor, otherMinor] = readNumbers(other);
  return major === otherMajor ? minor >= otherMinor : major > otherMajor;
}

function readNumbers(version: string): readonly [major: number, minor: number] {
  const [major = "", minor = ""] = version.split(".");
  return [Number.parseInt(major, 10), Number.parseInt(minor, 10)];
}
