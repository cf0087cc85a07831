import { lstat, mkdir } from "node:fs/promises";
import { delimiter, join } from "node:path";

import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import type { TargetSystem } from "../model/system.js";
import type { RunCommand } from "./command.js";
import { isExecutable, readdirIfPresent } from "./files.js";
import type { RunAsRoot } from "./privileged.js";
import type { OpenProcess } from "./process-stream.js";

/** QEMU's CPU names that differ from Nix's. @see qemu, scripts/qemu-binfmt-conf.sh */
const QEMU_CPU: Readonly<Record<string, string>> = {
  i686: "i386",
  armv7l: "arm",
  powerpc64le: "ppc64le",
};

const DOWNLOAD_LIMIT_MS = 300_000;

export interface QemuEffects {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where a downloaded QEMU is kept: a folder of this run. */
  readonly runFolder: string;
  readonly run: RunCommand;
  readonly runAsRoot: RunAsRoot;
  readonly openProcess: OpenProcess;
}

/** Whether `provideQemu` has a way to get QEMU on this machine: an installed one, or apt. */
export async function canProvideQemu(
  target: TargetSystem,
  environment: QemuEffects["environment"],
): Promise<boolean> {
  return (
    (await findProgram(`${nameQemu(target)}-static`, environment)) !== undefined ||
    (await findProgram("apt-get", environment)) !== undefined
  );
}

/**
 * Returns a statically linked QEMU for programs of a target system: an installed one, or that of the
 * distribution's package, which is downloaded and unpacked into the run's folder. It is not installed, since
 * the package would register QEMU for every CPU, for good. Rejects with `QEMU_FAILED` and `CANCELLED`.
 */
export async function provideQemu(target: TargetSystem, effects: QemuEffects): Promise<string> {
  const installed = await findProgram(`${nameQemu(target)}-static`, effects.environment);
  if (installed !== undefined) return installed;
  try {
    return await downloadQemu(nameQemu(target), effects);
  } catch (error) {
    if (isCancelled(error)) throw error;
    throw new ActionError("QEMU_FAILED", `cannot get QEMU for ${target}: ${renderError(error)}`, {
      cause: error,
      hint: `Install ${nameQemu(target)}-static on this machine, or register QEMU in an earlier step.`,
    });
  }
}

async function downloadQemu(name: string, effects: QemuEffects): Promise<string> {
  // Debian 13's qemu-user-static has only links to the programs of qemu-user, which are static there.
  for (const [packageName, program] of [
    ["qemu-user-static", `${name}-static`],
    ["qemu-user", name],
  ] as const) {
    const folder = join(effects.runFolder, packageName);
    await mkdir(folder);
    await downloadPackage(packageName, folder, effects);
    const file = join("usr/bin", program);
    // dpkg-deb -x would unpack QEMU for every CPU, half a gigabyte.
    const [archive = ""] = await readdirIfPresent(folder);
    const input = effects.openProcess("dpkg-deb", ["--fsys-tarfile", join(folder, archive)]);
    await effects.run("tar", ["-x", "-C", folder, `./${file}`], { input, timeoutMs: DOWNLOAD_LIMIT_MS });
    if ((await lstat(join(folder, file))).isFile()) return join(folder, file);
  }
  throw new Error(`the packages qemu-user-static and qemu-user have no program ${name}`);
}

/** Downloads a package, and updates apt's lists first if they are missing or out of date. */
async function downloadPackage(
  packageName: string,
  folder: string,
  { run, runAsRoot }: QemuEffects,
): Promise<void> {
  const download = () =>
    run("apt-get", ["download", "--quiet=2", packageName], { cwd: folder, timeoutMs: DOWNLOAD_LIMIT_MS });
  try {
    await download();
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    await runAsRoot("apt-get", ["update", "--quiet=2"], { timeoutMs: DOWNLOAD_LIMIT_MS });
    await download();
  }
}

function nameQemu(target: TargetSystem): string {
  const cpu = target.replace(/-linux$/, "");
  return `qemu-${QEMU_CPU[cpu] ?? cpu}`;
}

async function findProgram(
  name: string,
  environment: QemuEffects["environment"],
): Promise<string | undefined> {
  for (const folder of (environment["PATH"] ?? "").split(delimiter)) {
    const file = join(folder, name);
    if (await isExecutable(file)) return file;
  }
  return undefined;
}
