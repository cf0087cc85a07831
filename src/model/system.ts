import { ActionError } from "../errors/action-error.js";

/** The CPU of an ELF file, as its header tells it. @see ELF gABI, e_machine, EI_CLASS and EI_DATA */
export interface ElfMachine {
  readonly machine: number;
  readonly bits: 32 | 64;
  readonly endianness: "little" | "big";
}

/** An OCI platform. @see https://github.com/opencontainers/image-spec/blob/main/image-index.md */
export interface Platform {
  readonly os: "linux";
  readonly architecture: string;
  readonly variant?: string;
}

interface LinuxSystem {
  readonly platform: Platform;
  readonly elf: ElfMachine;
  /** CPUs whose files run natively on this one: x86_64 runs i686. */
  readonly runs?: readonly ElfMachine[];
}

const I386 = { machine: 3, bits: 32, endianness: "little" } as const;
const ARM = { machine: 40, bits: 32, endianness: "little" } as const;

const LINUX = {
  "x86_64-linux": {
    platform: { os: "linux", architecture: "amd64" },
    elf: { machine: 62, bits: 64, endianness: "little" },
    runs: [I386],
  },
  "aarch64-linux": {
    platform: { os: "linux", architecture: "arm64" },
    elf: { machine: 183, bits: 64, endianness: "little" },
  },
  "i686-linux": { platform: { os: "linux", architecture: "386" }, elf: I386 },
  "armv7l-linux": { platform: { os: "linux", architecture: "arm", variant: "v7" }, elf: ARM },
  "riscv64-linux": {
    platform: { os: "linux", architecture: "riscv64" },
    elf: { machine: 243, bits: 64, endianness: "little" },
  },
  "powerpc64le-linux": {
    platform: { os: "linux", architecture: "ppc64le" },
    elf: { machine: 21, bits: 64, endianness: "little" },
  },
  "s390x-linux": {
    platform: { os: "linux", architecture: "s390x" },
    elf: { machine: 22, bits: 64, endianness: "big" },
  },
} as const satisfies Record<string, LinuxSystem>;

/** A system that an image can be for: the Nix name of a CPU and Linux. */
export type TargetSystem = keyof typeof LINUX;

/** A system that can run this action: every target system, and Darwin. */
export type System = TargetSystem | "x86_64-darwin" | "aarch64-darwin";

export const TARGET_SYSTEMS = Object.keys(LINUX) as readonly TargetSystem[];

/** Reads a target system by its Nix name; rejects with `INPUT_INVALID` and the list of known names. */
export function parseTargetSystem(text: string): TargetSystem {
  const system = TARGET_SYSTEMS.find((known) => known === text);
  if (system !== undefined) return system;
  const alias = TARGET_SYSTEMS.find((known) => renderPlatform(platformOf(known)) === text);
  throw new ActionError("INPUT_INVALID", `${JSON.stringify(text)} is not a system that images can be for`, {
    hint: alias === undefined ? `Use one of ${TARGET_SYSTEMS.join(", ")}.` : `Write ${alias} instead.`,
  });
}

/** The OCI platform of a target system: `x86_64-linux` is `linux/amd64`. */
export function platformOf(system: TargetSystem): Platform {
  return LINUX[system].platform;
}

/** A platform as an image index names it, known or not. */
export interface NamedPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/**
 * Whether an image that an index lists for `named` is one for a target system. A variant counts where both name one: `arm/v6` is not
 * for armv7l, `arm64/v8` is for aarch64, and `arm` may be for armv7l. @see OCI image-spec, image-index.md, "Platform Variants"
 */
export function isPlatformOf(target: TargetSystem, named: NamedPlatform): boolean {
  const { os, architecture, variant = named.variant } = platformOf(target);
  const isVariant = named.variant === undefined || named.variant === variant;
  return named.os === os && named.architecture === architecture && isVariant;
}

/** A platform as Docker writes it: `linux/arm/v7`. */
export function renderPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The target system whose OCI architecture is `architecture` (`amd64`), if it is a known one. */
export function systemOfArchitecture(architecture: string): TargetSystem | undefined {
  return TARGET_SYSTEMS.find((system) => LINUX[system].platform.architecture === architecture);
}

/** True where a file for `machine` runs on `system` without emulation. */
export function isNativeElf(system: TargetSystem, machine: ElfMachine): boolean {
  const { elf, runs = [] }: LinuxSystem = LINUX[system];
  return [elf, ...runs].some((own) => isSameMachine(own, machine));
}

/** The name of an ELF file's CPU: that of a known system (`aarch64`), or `machine 247` for others. */
export function renderElfMachine(machine: ElfMachine): string {
  const system = TARGET_SYSTEMS.find((known) => isSameMachine(LINUX[known].elf, machine));
  return system === undefined
    ? `machine ${machine.machine} (${machine.bits} bit, ${machine.endianness} endian)`
    : system.replace("-linux", "");
}

function isSameMachine(a: ElfMachine, b: ElfMachine): boolean {
  return a.machine === b.machine && a.bits === b.bits && a.endianness === b.endianness;
}

const NODE_CPU: Readonly<Record<string, string>> = {
  x64: "x86_64",
  arm64: "aarch64",
  ia32: "i686",
  arm: "armv7l",
  riscv64: "riscv64",
  s390x: "s390x",
};

/** The Nix system of a host, from Node's `process.platform` and `process.arch`; `HOST_UNSUPPORTED` otherwise. */
export function systemOfHost(platform: string, arch: string): System {
  const cpu = NODE_CPU[arch];
  const name = `${cpu ?? arch}-${platform}`;
  if (name === "x86_64-darwin" || name === "aarch64-darwin") return name;
  const system = TARGET_SYSTEMS.find((known) => known === name);
  if (system !== undefined) return system;
  throw new ActionError("HOST_UNSUPPORTED", `cross-build does not run on ${platform} ${arch}`, {
    hint: "Run it on Linux or macOS.",
  });
}
