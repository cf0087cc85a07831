import { readFileIfPresent } from "./files.js";

const REGISTERED = "/proc/sys/fs/binfmt_misc";

/** Whether the kernel can run programs of another CPU in QEMU. */
export type Emulator =
  | { readonly state: "ready" }
  | { readonly state: "missing" }
  /** Registered, but disabled or not usable in sandboxes and containers. */
  | { readonly state: "unfit"; readonly reason: string };

/** QEMU's CPU names that differ from Nix's. @see qemu, scripts/qemu-binfmt-conf.sh */
const QEMU_CPU: Readonly<Record<string, string>> = {
  i686: "i386",
  armv7l: "arm",
  powerpc64le: "ppc64le",
};

/** Reads whether QEMU is registered with the kernel for a Nix system such as `aarch64-linux`. */
export async function readEmulator(system: string): Promise<Emulator> {
  const cpu = system.replace(/-linux$/, "");
  const text = await readFileIfPresent(`${REGISTERED}/qemu-${QEMU_CPU[cpu] ?? cpu}`);
  return text === undefined ? { state: "missing" } : parseEmulator(text);
}

/** Parses an entry of binfmt_misc. @see Linux, Documentation/admin-guide/binfmt-misc.rst */
export function parseEmulator(text: string): Emulator {
  if (!/^enabled$/m.test(text)) return { state: "unfit", reason: "it is registered, but disabled" };
  const flags = /^flags: *(\S*)$/m.exec(text)?.[1] ?? "";
  return flags.includes("F")
    ? { state: "ready" }
    : { state: "unfit", reason: "it is registered without the flag F, so sandboxes cannot find it" };
}
