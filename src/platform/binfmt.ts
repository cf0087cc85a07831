import { join } from "node:path";

import { elfOf, type ElfMachine, type TargetSystem } from "../model/system.js";
import { readdirIfPresent, readFileIfPresent } from "./files.js";
import type { RunAsRoot } from "./privileged.js";
import { checkProcess, identifyProcess } from "./process-identity.js";

const FOLDER = "/proc/sys/fs/binfmt_misc";
const CALL_LIMIT_MS = 10_000;

/** Whether the kernel can run programs of another CPU in QEMU. */
export type Emulator =
  | { readonly state: "ready" }
  | { readonly state: "missing" }
  /** Registered, but disabled or not usable in sandboxes and containers. */
  | { readonly state: "unfit"; readonly reason: string };

/** The kernel's handlers for programs of other CPUs, with commands as root. */
export interface Binfmt {
  readonly read: typeof readEmulator;
  readonly register: (registration: Registration) => Promise<void>;
  readonly unregister: (registration: Pick<Registration, "nonce" | "target">) => Promise<void>;
}

export function openBinfmt(runAsRoot: RunAsRoot): Binfmt {
  return {
    read: readEmulator,
    register: (registration) => registerEmulator(registration, runAsRoot),
    unregister: (registration) => unregisterEmulators(registration, runAsRoot),
  };
}

/**
 * Reads which handler somebody else has registered with the kernel for programs of a target system. Those of
 * this action's runs do not count: each of them ends with its run.
 */
async function readEmulator(target: TargetSystem): Promise<Emulator> {
  const names = (await readdirIfPresent(FOLDER)).filter(
    (name) => name !== "register" && name !== "status" && parseName(name) === undefined,
  );
  const entries = await Promise.all(names.map((name) => readFileIfPresent(join(FOLDER, name))));
  return chooseEmulator(
    entries.filter((entry) => entry !== undefined),
    target,
  );
}

/** The handler for programs of a target system among entries of binfmt_misc. Pure. */
export function chooseEmulator(entries: readonly string[], target: TargetSystem): Emulator {
  const header = renderElfHeader(elfOf(target));
  const emulators = entries.filter((entry) => isFor(entry, header)).map(assess);
  return emulators.find(({ state }) => state === "ready") ?? emulators[0] ?? { state: "missing" };
}

/** Parses an entry of binfmt_misc. @see Linux, Documentation/admin-guide/binfmt-misc.rst */
function assess(entry: string): Emulator {
  if (!/^enabled$/m.test(entry)) return { state: "unfit", reason: "it is registered, but disabled" };
  const flags = /^flags: *(\S*)$/m.exec(entry)?.[1] ?? "";
  return flags.includes("F")
    ? { state: "ready" }
    : { state: "unfit", reason: "it is registered without the flag F, so sandboxes cannot find it" };
}

/** Whether the kernel would use an entry for a file that begins with `header`. */
function isFor(entry: string, header: Buffer): boolean {
  const offset = Number(/^offset (\d+)$/m.exec(entry)?.[1] ?? NaN);
  const magic = Buffer.from(/^magic ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "", "hex");
  const mask = Buffer.from(/^mask ([0-9a-f]+)$/m.exec(entry)?.[1] ?? "ff".repeat(magic.length), "hex");
  const bytes = header.subarray(offset, offset + magic.length);
  return (
    magic.length > 0 &&
    bytes.length === magic.length &&
    bytes.every((byte, i) => (byte & (mask[i] ?? 0)) === magic[i])
  );
}

/** The first 20 bytes of a program: up to and including its CPU. @see ELF gABI, "ELF Header" */
function renderElfHeader({ machine, bits, endianness }: ElfMachine): Buffer {
  const header = Buffer.alloc(20);
  header.write("\x7fELF", "latin1");
  header.set([bits === 64 ? 2 : 1, endianness === "little" ? 1 : 2, 1], 4);
  const put = (value: number, at: number) =>
    endianness === "little" ? header.writeUInt16LE(value, at) : header.writeUInt16BE(value, at);
  put(2, 16); // ET_EXEC
  put(machine, 18);
  return header;
}

/** A handler of one run for the programs of one target system. */
export interface Registration {
  readonly target: TargetSystem;
  /** The nonce of the run. */
  readonly nonce: string;
  /** A static QEMU. The kernel keeps it open, so that sandboxes and containers need not find it. */
  readonly interpreter: string;
}

/**
 * Registers QEMU with the kernel, for the whole machine, until `unregisterEmulators`. The name of the handler
 * has the nonce of the run and its owner, this process. Rejects with the codes of RunCommand.
 */
async function registerEmulator(registration: Registration, runAsRoot: RunAsRoot): Promise<void> {
  if (!(await readdirIfPresent(FOLDER)).includes("register")) {
    await runAsRoot("mount", ["-t", "binfmt_misc", "binfmt_misc", FOLDER], { timeoutMs: CALL_LIMIT_MS });
  }
  const line = renderRegistration(registration, identifyProcess(process.pid));
  await write("register", line, runAsRoot);
}

/**
 * The line that registers a handler for the run whose process is `owner`, as `identifyProcess` says it. Its
 * magic accepts what the kernel accepts as a program of that CPU: position-independent or not (the lowest bit
 * of e_type), for every ABI. The flags: P keeps the program's argv[0], F opens QEMU now.
 */
export function renderRegistration({ target, nonce, interpreter }: Registration, owner: string): string {
  const elf = elfOf(target);
  const mask = Buffer.alloc(20, 0xff);
  mask[7] = 0;
  mask[elf.endianness === "little" ? 16 : 17] = 0xfe;
  const escape = (bytes: Buffer) =>
    [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
  const name = `cross-build-${nonce}-${target}-${encodeURIComponent(owner)}`;
  return `:${name}:M::${escape(renderElfHeader(elf))}:${escape(mask)}:${interpreter}:PF`;
}

/** Removes the handlers of a run, or its one for `target`. Rejects with the codes of RunCommand. */
export async function unregisterEmulators(
  { nonce, target }: Pick<Registration, "nonce"> & Partial<Registration>,
  runAsRoot: RunAsRoot,
): Promise<void> {
  await unregister(
    (handler) => handler.nonce === nonce && (target ?? handler.target) === handler.target,
    runAsRoot,
  );
}

/** Removes the handlers of runs that were killed. Rejects with the codes of RunCommand. */
export async function unregisterOrphans(runAsRoot: RunAsRoot): Promise<void> {
  await unregister(({ owner }) => checkProcess(decodeURIComponent(owner)) === "gone", runAsRoot);
}

interface Handler {
  readonly name: string;
  readonly nonce: string;
  readonly target: string;
  /** What `identifyProcess` said, percent-encoded. */
  readonly owner: string;
}

function parseName(name: string): Handler | undefined {
  const [, nonce = "", target = "", owner] =
    /^cross-build-([0-9a-f]+)-([a-z0-9_]+-linux)-([\w.%-]+)$/.exec(name) ?? [];
  return owner === undefined ? undefined : { name, nonce, target, owner };
}

async function unregister(isLeft: (handler: Handler) => boolean, runAsRoot: RunAsRoot): Promise<void> {
  for (const handler of (await readdirIfPresent(FOLDER)).map(parseName)) {
    if (handler !== undefined && isLeft(handler)) await write(handler.name, "-1", runAsRoot);
  }
}

async function write(file: string, text: string, runAsRoot: RunAsRoot): Promise<void> {
  await runAsRoot("tee", ["--", join(FOLDER, file)], { input: text, timeoutMs: CALL_LIMIT_MS });
}
