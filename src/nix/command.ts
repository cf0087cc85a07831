import type { CommandOptions, CommandOutput, RunCommand } from "../platform/command.js";

/** Runs `nix` with this run's configuration. Rejects with the codes of RunCommand. */
export type RunNix = (args: readonly string[], options: CommandOptions) => Promise<CommandOutput>;

/** Time limit for copying a closure. */
export const COPY_LIMIT_MS = 60 * 60_000;

export interface NixCallSettings {
  readonly binFolder: string;
  /** From `listConfFiles`. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`, if ssh does not find the builders' configuration without it. */
  readonly sshOptions: string | undefined;
  /** From `renderGitEnvironment`. */
  readonly gitEnvironment: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Options for every call, asked for anew each time. */
  readonly listOptions?: (() => readonly string[]) | undefined;
}

/** Binds `nix` to an installation, its experimental features and this run's configuration. */
export function createRunNix(run: RunCommand, settings: NixCallSettings): RunNix {
  const features = ["--extra-experimental-features", "nix-command flakes"];
  return callNix(run, "nix", features, settings);
}

/** The same for `nix-store`, which can import store paths from a pipe. */
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
    ...settings.gitEnvironment,
    ...(settings.sshOptions !== undefined && { NIX_SSHOPTS: settings.sshOptions }),
  };
  const { listOptions = () => [] } = settings;
  return (args, options) =>
    run(`${settings.binFolder}/${program}`, [...first, ...listOptions(), ...args], {
      ...options,
      env: { ...env, ...options.env },
    });
}
