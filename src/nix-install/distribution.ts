import { ActionError } from "../errors/action-error.js";
import { readFileIfPresent } from "../platform/files.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { asRoot } from "./root-command.js";

/** How to install the Nix package of a distribution. */
export interface DistributionPlan {
  readonly name: string;
  /** Run as root, in this order. */
  readonly commands: readonly (readonly [tool: string, ...args: string[]])[];
  /** Program to use as /bin/sh in the sandbox, if the package does not configure one. */
  readonly sandboxShell: string | undefined;
}

/** Folder of the packages' programs. */
export const DISTRIBUTION_BIN = "/usr/bin";

/**
 * Installs the package manager only: this action writes nix.conf and starts the daemon, so no service is
 * needed.
 */
const APT_INSTALL = [
  "install",
  "--yes",
  "--quiet=2",
  "--no-install-recommends",
  // Another job or an automatic update may hold the lock.
  "-o",
  "DPkg::Lock::Timeout=120",
  "nix-bin",
  "bash-static",
];

/** By the field ID of os-release(5). */
const PLANS: Readonly<Record<string, Omit<DistributionPlan, "name">>> = {
  // https://packages.debian.org/nix-bin. Debian 12's has no sandbox shell; later ones depend on bash-static.
  debian: {
    commands: [
      ["apt-get", "update", "--quiet=2"],
      ["apt-get", ...APT_INSTALL],
    ],
    sandboxShell: "/usr/bin/bash-static",
  },
  // https://fedoraproject.org/wiki/Changes/Nix_package_tool
  fedora: { commands: [["dnf", "install", "-y", "--quiet", "nix"]], sandboxShell: undefined },
  // https://pkgs.alpinelinux.org/packages?name=nix
  alpine: { commands: [["apk", "add", "--no-progress", "nix"]], sandboxShell: undefined },
  // https://archlinux.org/packages/extra/x86_64/nix/
  arch: { commands: [["pacman", "-Sy", "--noconfirm", "--needed", "nix"]], sandboxShell: undefined },
};

const INSTALL_LIMIT_MS = 600_000;

/**
 * The plan for the distribution that an os-release(5) file describes, by its ID or else by the first known ID
 * in ID_LIKE. Rejects with `HOST_UNSUPPORTED`.
 */
export function planDistribution(osRelease: string): DistributionPlan {
  const ids = [readField(osRelease, "ID"), ...readField(osRelease, "ID_LIKE").split(" ")];
  const name = readField(osRelease, "PRETTY_NAME") || (ids[0] ?? "") || "an unnamed system";
  const id = ids.find((known) => Object.hasOwn(PLANS, known));
  const plan = id === undefined ? undefined : PLANS[id];
  if (plan !== undefined) return { name, ...plan };
  throw new ActionError("HOST_UNSUPPORTED", `no Nix package is known for ${name}`, {
    hint: "Use nix-source: release, or install Nix in an earlier step.",
  });
}

/**
 * Installs the distribution's Nix package. Rejects with `HOST_UNSUPPORTED` if there is none, and with the
 * codes of `asRoot`.
 */
export async function installPackage(runAsRoot: RunAsRoot): Promise<DistributionPlan> {
  const plan = planDistribution((await readFileIfPresent("/etc/os-release")) ?? "");
  for (const [tool, ...args] of plan.commands) {
    try {
      await asRoot(runAsRoot, tool, args, {
        timeoutMs: INSTALL_LIMIT_MS,
        env: { DEBIAN_FRONTEND: "noninteractive" },
      });
    } catch (error) {
      if (
        !(error instanceof ActionError) ||
        !/Unable to locate package|No match for argument|no such package|target not found/.test(error.message)
      )
        throw error;
      throw new ActionError("HOST_UNSUPPORTED", `${plan.name} has no Nix package: ${error.message}`, {
        cause: error,
        hint: "Use nix-source: release, or install Nix in an earlier step.",
      });
    }
  }
  return plan;
}

/**
 * Reads a shell-style assignment, with or without quotes; the empty string if it is missing.
 * @see os-release(5)
 */
function readField(osRelease: string, name: string): string {
  const value = new RegExp(`^${name}=(.*)$`, "m").exec(osRelease)?.[1] ?? "";
  return value.trim().replace(/^(["'])(.*)\1$/, "$2");
}
