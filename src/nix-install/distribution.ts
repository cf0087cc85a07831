import { ActionError } from "../errors/action-error.js";
import { readFileIfPresent } from "../platform/files.js";
import type { RunAsRoot } from "../platform/privileged.js";
import { asRoot } from "./root-command.js";

/** How a distribution's own package of Nix is installed. */
export interface DistributionPlan {
  readonly name: string;
  /** Each one as root, in this order. */
  readonly commands: readonly (readonly [tool: string, ...args: string[]])[];
  /** What stands for /bin/sh in the sandbox, where the package does not see to it. */
  readonly sandboxShell: string | undefined;
}

/** Where the packages have their programs. */
export const DISTRIBUTION_BIN = "/usr/bin";

/** Of the package manager alone: the daemon and the nix.conf are ours, and nothing starts a service. */
const APT_INSTALL = [
  "install",
  "--yes",
  "--quiet=2",
  "--no-install-recommends",
  // Another job or the machine's own updates may be at it.
  "-o",
  "DPkg::Lock::Timeout=120",
  "nix-bin",
  "bash-static",
];

/** By the ID of os-release(5). */
const PLANS: Readonly<Record<string, Omit<DistributionPlan, "name">>> = {
  // https://packages.debian.org/nix-bin. Debian 12's has no shell for the sandbox, later ones depend on bash-static.
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
 * The plan for the distribution that an os-release(5) describes: its own, or that of the one it is like. Rejects with
 * `HOST_UNSUPPORTED`.
 */
export function planDistribution(osRelease: string): DistributionPlan {
  const ids = [readField(osRelease, "ID"), ...readField(osRelease, "ID_LIKE").split(" ")];
  const name = readField(osRelease, "PRETTY_NAME") || (ids[0] ?? "") || "an unnamed system";
  const id = ids.find((known) => Object.hasOwn(PLANS, known));
  const plan = id === undefined ? undefined : PLANS[id];
  if (plan !== undefined) return { name, ...plan };
  throw new ActionError("HOST_UNSUPPORTED", `no package of Nix is known for ${name}`, {
    hint: "Use nix-source: release, or install Nix in a step before.",
  });
}

/** Installs the distribution's package. Rejects with `HOST_UNSUPPORTED` where it has none, and the codes of `asRoot`. */
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
      throw new ActionError("HOST_UNSUPPORTED", `${plan.name} has no package of Nix: ${error.message}`, {
        cause: error,
        hint: "Use nix-source: release, or install Nix in a step before.",
      });
    }
  }
  return plan;
}

/** @see os-release(5): assignments as of a shell, the values quoted or not */
function readField(osRelease: string, name: string): string {
  const value = new RegExp(`^${name}=(.*)$`, "m").exec(osRelease)?.[1] ?? "";
  return value.trim().replace(/^(["'])(.*)\1$/, "$2");
}
