import type { BuilderFacts } from "../model/builder.js";
import { renderShellCommand } from "../model/shell.js";
import { sanitizeText } from "../platform/log.js";

const BEGIN = "cross-build-probe";
const END = "cross-build-probe-end";
const MAX_FACTS = 1_000;
const MAX_FACT_CHARACTERS = 2_000;

/**
 * The part of a probe that runs on the builder before Nix answers: POSIX sh with few tools, since a builder
 * may be a minimal image. Prints `key=value` lines; facts that cannot be found are empty or missing.
 */
const SCRIPT = `
LC_ALL=C; export LC_ALL
echo ${BEGIN}
echo "cpus=$(nproc 2>/dev/null)"
{ read -r load _ < /proc/loadavg && echo "load=$load"; } 2>/dev/null
df -Pk /nix/store 2>/dev/null | { read -r _; read -r _ _ _ free _; echo "free-kib=$free"; }
[ -e /run/cross-build/draining ] && echo draining=1
# Nix makes a socket in this folder, and removes it, each time that it collects garbage.
collected=$(stat -c %Y /nix/var/nix/gc-socket 2>/dev/null) &&
  echo "collected-ago=$(($(date +%s) - collected))"
for file in /proc/sys/fs/binfmt_misc/qemu-*; do
  { read -r state < "$file" && echo "binfmt=\${file##*/qemu-} $state"; } 2>/dev/null
done
nix="nix --extra-experimental-features nix-command"
{ $nix show-config 2>/dev/null || $nix config show 2>/dev/null; } | while read -r key _ value; do
  case $key in system|extra-platforms|system-features|max-jobs|sandbox) echo "conf.$key=$value" ;; esac
done
echo ${END}
`;

/** The command line of a probe, for any login shell: it prints the facts and then runs `program`. */
export function renderProbeCommand(program: readonly string[]): string {
  return renderShellCommand(["/bin/sh", "-c", `${SCRIPT}exec ${renderShellCommand(program)}`]);
}

/**
 * Splits the output of a probe into the facts and the rest. Without facts, for example behind a forced
 * command, all of it is the rest. Undefined while the facts are incomplete.
 */
export function splitAnswer(
  output: Buffer,
): { readonly facts: ReadonlyMap<string, readonly string[]>; readonly rest: Buffer } | undefined {
  const begin = output.subarray(0, BEGIN.length + 1);
  const expected = Buffer.from(`${BEGIN}\n`).subarray(0, begin.length);
  if (!begin.equals(expected)) return { facts: new Map(), rest: output };
  const end = output.indexOf(`\n${END}\n`);
  if (end === -1) return undefined;
  const facts = new Map<string, string[]>();
  for (const line of output.subarray(0, end).toString("utf8").split("\n", MAX_FACTS)) {
    const [, key, value] = /^([a-z.-]+)=(.*)$/.exec(line) ?? [];
    if (key === undefined || value === undefined) continue;
    const values = facts.get(key) ?? [];
    values.push(sanitizeText(value.slice(0, MAX_FACT_CHARACTERS)));
    facts.set(key, values);
  }
  return { facts, rest: output.subarray(end + END.length + 2) };
}

/** The facts of a builder, from the lines that it printed and from the answer of its Nix. */
export function parseFacts(
  lines: ReadonlyMap<string, readonly string[]>,
  nix: Pick<BuilderFacts, "nixVersion" | "isTrusted">,
): BuilderFacts {
  const text = (key: string) => lines.get(key)?.[0]?.trim() ?? "";
  const number = (key: string) => (/^[0-9]+(?:\.[0-9]+)?$/.test(text(key)) ? Number(text(key)) : undefined);
  const words = (key: string) =>
    text(key)
      .split(/\s+/)
      .filter((word) => word !== "");
  const own = text("conf.system");
  const systems = own === "" ? undefined : [...new Set([own, ...words("conf.extra-platforms")])];
  const emulated = (lines.get("binfmt") ?? [])
    .filter((line) => line.endsWith(" enabled"))
    .map((line) => `${line.split(" ")[0] ?? ""}-linux`);
  const freeKib = number("free-kib");
  return {
    ...nix,
    systems,
    emulatedSystems: emulated,
    features: lines.has("conf.system-features") ? words("conf.system-features") : undefined,
    isSandboxed: lines.has("conf.sandbox") ? text("conf.sandbox") !== "false" : undefined,
    maxJobs: number("conf.max-jobs"),
    cpus: number("cpus"),
    load: number("load"),
    collectedAgoS: number("collected-ago"),
    freeBytes: freeKib === undefined ? undefined : freeKib * 1024,
    isDraining: text("draining") === "1",
  };
}
