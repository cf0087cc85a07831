import { readFileIfPresent } from "./files.js";

const REGISTERED = "/proc/sys/fs/binfmt_misc";

/** How the kernel starts programs of another CPU. */
export type Emulator =
  | { readonly state: "ready" }
  | { readonly state: "missing" }
  /** It is there, but not to be found from within a sandbox or a container. */
  | { readonly state: "unfit"; readonly reason: string };

/** QEMU's names of CPUs, where they are not Nix's. @see qemu, scripts/qemu-binfmt-conf.sh */
const QEMU_CPU: Readonly<Record<string, string>> = {
  i686: "i386",
  armv7l: "arm",
  powerpc64le: "ppc64le",
};

/** Whether the kernel has QEMU registered for a Nix system such as `aarch64-linux`. Changes nothing. */
export async function readEmulator(system: string): Promise<Emulator> {
  const cpu = system.replace(/-linux$/, "");
  const text = await readFileIfPresent(`${REGISTERED}/qemu-${QEMU_CPU[cpu] ?? cpu}`);
  return text === undefined ? { state: "missing" } : parseEmulator(text);
}

/** Reads an entry of binfmt_misc. @see Linux, Documentation/admin-guide/binfmt-misc.rst */
export function parseEmulator(text: string): Emulator {
  if (!/^enabled$/m.test(text)) return { state: "unfit", reason: "it is registered, but disabled" };
  const flags = /^flags: *(\S*)$/m.exec(text)?.[1] ?? "";
  return flags.includes("F")
    ? { state: "ready" }
    : { state: "unfit", reason: "it is registered without the flag F, so that no sandbox finds it" };
}
