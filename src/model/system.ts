import { ActionError } from "../errors/action-error.js";

/** The CPU of an ELF file, as given in its header. @see ELF gABI, e_machine, EI_CLASS and EI_DATA */
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
  /** Other CPUs whose programs run natively on this one: x86_64 runs i686. */
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

/** A system that an image can be built for: the Nix name of a CPU and Linux. */
export type TargetSystem = keyof typeof LINUX;

/** A system that can run this action: every target system, and Darwin. */
export type System = TargetSystem | "x86_64-darwin" | "aarch64-darwin";

export const TARGET_SYSTEMS = Object.keys(LINUX) as readonly TargetSystem[];

/** Parses the Nix name of a target system. Throws `INPUT_INVALID` with the list of known names. */
export function parseTargetSystem(text: string): TargetSystem {
  const system = TARGET_SYSTEMS.find((known) => known === text);
  if (system !== undefined) return system;
  const alias = TARGET_SYSTEMS.find((known) => renderPlatform(platformOf(known)) === text);
  throw new ActionError("INPUT_INVALID", `${JSON.stringify(text)} is not a supported target system`, {
    hint: alias === undefined ? `Use one of ${TARGET_SYSTEMS.join(", ")}.` : `Write ${alias} instead.`,
  });
}

/** The OCI platform of a target system: `x86_64-linux` is `linux/amd64`. */
export function platformOf(system: TargetSystem): Platform {
  return LINUX[system].platform;
}

/** The CPU that the ELF files of a target system are for. */
export function elfMachineOf(system: TargetSystem): ElfMachine {
  return LINUX[system].elf;
}

/** A platform as an image index names it, whether supported or not. */
export interface NamedPlatform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string | undefined;
}

/**
 * Whether an image that an index lists under `named` is for the target system. Variants are compared only if
 * both sides have one: `arm/v6` does not match armv7l, but `arm` does, and `arm64/v8` matches aarch64.
 * @see OCI image-spec, image-index.md, "Platform Variants"
 */
export function isPlatformOf(target: TargetSystem, named: NamedPlatform): boolean {
  const { os, architecture, variant = named.variant } = platformOf(target);
  const isVariant = named.variant === undefined || named.variant === variant;
  return named.os === os && named.architecture === architecture && isVariant;
}

/** The variant that every CPU of an architecture runs. An index may omit it. */
const BASELINES: Readonly<Record<string, string>> = { amd64: "v1", arm64: "v8" };

/**
 * Picks the images of an index that are for the target system. If there are several variants, picks the
 * target's own one: `arm/v7` for armv7l, and `amd64` rather than `amd64/v3` for x86_64.
 */
export function pickPlatform<Item extends { readonly platform?: NamedPlatform | undefined }>(
  target: TargetSystem,
  items: readonly Item[],
): readonly Item[] {
  const fitting = items.filter(({ platform }) => platform !== undefined && isPlatformOf(target, platform));
  const { architecture, variant } = platformOf(target);
  const own = variant ?? BASELINES[architecture];
  for (const wanted of [own, undefined]) {
    const exact = fitting.filter(
      ({ platform }) => (platform?.variant ?? (variant === undefined ? own : undefined)) === wanted,
    );
    if (exact.length > 0) return exact;
  }
  return fitting;
}

/** A platform as Docker writes it: `linux/arm/v7`. */
export function renderPlatform({ os, architecture, variant }: NamedPlatform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The target system with the OCI architecture `architecture` (`amd64`), if there is one. */
export function systemOfArchitecture(architecture: string): TargetSystem | undefined {
  return TARGET_SYSTEMS.find((system) => LINUX[system].platform.architecture === architecture);
}

/** The CPU of programs for a target system. */
export function elfOf(system: TargetSystem): ElfMachine {
  return LINUX[system].elf;
}

/** Whether a program for `machine` runs on `system` without emulation. */
export function isNativeElf(system: TargetSystem, machine: ElfMachine): boolean {
  const { elf, runs = [] }: LinuxSystem = LINUX[system];
  return [elf, ...runs].some((own) => isSameMachine(own, machine));
}

/** Whether an ELF file is for exactly the CPU of `system`. A 64-bit program loads no library for i686. */
export function isOwnElf(system: TargetSystem, machine: ElfMachine): boolean {
  return isSameMachine(LINUX[system].elf, machine);
}

/** The name of an ELF file's CPU: `aarch64`, or `machine 258 (64-bit, little-endian)` for an unknown one. */
export function renderElfMachine(machine: ElfMachine): string {
  const system = TARGET_SYSTEMS.find((known) => isSameMachine(LINUX[known].elf, machine));
  return system === undefined
    ? `machine ${machine.machine} (${machine.bits}-bit, ${machine.endianness}-endian)`
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

/** The Nix system for Node's `process.platform` and `process.arch`. Throws `HOST_UNSUPPORTED`. */
export function systemOfHost(platform: string, arch: string): System {
  const cpu = NODE_CPU[arch];
  const name = `${cpu ?? arch}-${platform}`;
  if (name === "x86_64-darwin" || name === "aarch64-darwin") return name;
  const system = TARGET_SYSTEMS.find((known) => known === name);
  if (system !== undefined) return system;
  throw new ActionError("HOST_UNSUPPORTED", `cross-build does not run on ${platform} ${arch}`, {
    hint: "Run it on Linux or macOS, on x86_64 or aarch64.",
  });
}
