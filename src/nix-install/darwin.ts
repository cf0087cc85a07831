import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { writeFileAtomically } from "../platform/files.js";
import type { RunCommand } from "../platform/command.js";

export interface InstallerPlan {
  /** Unpacks the release. */
  readonly unpack: readonly [tool: string, ...args: string[]];
  /** Runs upstream's installer, which asks no questions and calls sudo itself. */
  readonly install: readonly [tool: string, ...args: string[]];
}

const INSTALL_LIMIT_MS = 600_000;

/**
 * The commands that install Nix on macOS, where the store needs its own volume. They run the installer inside
 * the verified release and download nothing else.
 * @see https://nix.dev/manual/nix/stable/installation/installing-binary.html
 */
export function planInstaller(archive: string, folder: string, confFile: string): InstallerPlan {
  return {
    unpack: ["tar", "-x", "-f", archive, "-C", folder, "--strip-components=1"],
    install: [
      join(folder, "install"),
      "--daemon",
      "--yes",
      "--no-channel-add",
      "--no-modify-profile",
      "--nix-extra-conf-file",
      confFile,
    ],
  };
}

/** Runs upstream's installer from a verified archive; rejects with the codes of RunCommand. */
export async function runInstaller(
  archive: string,
  { run, runFolder, conf }: { readonly run: RunCommand; readonly runFolder: string; readonly conf: string },
): Promise<void> {
  const folder = join(runFolder, "nix-installer");
  const confFile = join(runFolder, "installer-nix.conf");
  await writeFileAtomically(confFile, conf);
  const { unpack, install } = planInstaller(archive, folder, confFile);
  await mkdir(folder);
  for (const [tool, ...args] of [unpack, install]) await run(tool, args, { timeoutMs: INSTALL_LIMIT_MS });
  await rm(folder, { recursive: true, force: true });
}
