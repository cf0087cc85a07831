import type { CommandOptions, CommandOutput, RunCommand } from "../platform/command.js";

/** Calls `nix` with this run's own configuration. Rejects as RunCommand does. */
export type RunNix = (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;

/** The longest that copying a closure may take. */
export const COPY_LIMIT_MS = 60 * 60_000;

export interface NixCallSettings {
  readonly binFolder: string;
  /** As `listConfFiles` has them. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`, where ssh does not find the configuration of the builders itself. */
  readonly sshOptions: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The one place that knows how `nix` is called: which one, its features, and which configuration comes first. */
export function createRunNix(run: RunCommand, settings: NixCallSettings): RunNix {
  const features = ["--extra-experimental-features", "nix-command flakes"];
  return callNix(run, "nix", features, settings);
}

/** The same for `nix-store`, which can move store paths through a pipe. */
export function createRunNixStoreCli(run: RunCommand, settings: NixCallSettings): RunNix {
  return callNix(run, "nix-store", [], settings);
}

function callNix(
  run: RunCommand,
  program: string,
  first: readonly string[],
  settings: NixCallSettings,
): RunNix {
  const env = {
    NIX_USER_CONF_FILES: settings.confFiles.join(":"),
    PATH: `${settings.binFolder}:${settings.environment["PATH"] ?? ""}`,
    LC_ALL: "C",
    ...(settings.sshOptions !== undefined && { NIX_SSHOPTS: settings.sshOptions }),
  };
  return (args, options) =>
    run(`${settings.binFolder}/${program}`, [...first, ...args], {
      ...options,
      env: { ...env, ...options.env },
    });
}
