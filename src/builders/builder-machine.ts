import { renderShellCommand } from "../model/shell.js";
import { type Clock, repeatInBackground, withTimeLimit } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import { type MachineSample, type MachineUse, parseSample, watchMachine } from "../platform/machine-use.js";
import type { Connection } from "../ssh/connection.js";

/** The machine of a builder, as its kernel describes it. */
export interface BuilderMachine {
  /** Undefined if its kernel does not name it, as on ARM. */
  readonly cpuModel: string | undefined;
  readonly cpus: number | undefined;
  /** The time until a byte that was sent to it comes back, in milliseconds; the least of several. */
  readonly roundTripMs: number;
  /** Samples the machine until `stop`, which returns what it used, whoever used it. */
  readonly watch: () => Promise<{ readonly stop: () => Promise<MachineUse | undefined> }>;
  readonly close: () => void;
}

const END = "cross-build-end";
/**
 * Answers each line of its stdin, in POSIX sh. Ends with its stdin. The answer to `ping` starts no program,
 * so that it takes no longer than the way there and back.
 */
const SCRIPT = `
LC_ALL=C; export LC_ALL
while read -r what; do
  case $what in
    describe) nproc 2>/dev/null; grep -m 1 '^model name' /proc/cpuinfo 2>/dev/null ;;
    sample) cat /proc/stat /proc/meminfo /proc/net/dev 2>/dev/null ;;
  esac
  echo ${END}
done
`;
const ANSWER_LIMIT_MS = 10_000;
const SAMPLE_INTERVAL_MS = 1_000;
const MAX_ANSWER_CHARACTERS = 1 << 20;
const MAX_MODEL_CHARACTERS = 100;
const PINGS = 5;

/**
 * Opens a session for questions about a builder's machine. Undefined if the builder answers none, for example
 * behind a forced command. Rejects with `CANCELLED`, and with `BUILDER_UNREACHABLE` if it takes no session.
 */
export async function openBuilderMachine(
  connection: Connection,
  clock: Clock,
): Promise<BuilderMachine | undefined> {
  const channel = await connection.openChannel(renderShellCommand(["/bin/sh", "-c", SCRIPT]));
  const waiting: ((answer: string | undefined) => void)[] = [];
  let received = "";
  const end = () => {
    for (const answer of waiting.splice(0)) answer(undefined);
  };
  channel.stderr.resume();
  channel.on("close", end);
  channel.on("error", end);
  channel.on("data", (bytes: Buffer) => {
    received += bytes.toString("latin1");
    if (received.length > MAX_ANSWER_CHARACTERS) channel.close();
    const answers = received.split(`${END}\n`);
    received = answers.pop() ?? "";
    for (const answer of answers) waiting.shift()?.(answer);
  });
  /** Undefined if there is no answer in time, and from then on. */
  const ask = async (what: string): Promise<string | undefined> => {
    if (channel.closed || channel.destroyed) return undefined;
    const { promise, resolve } = Promise.withResolvers<string | undefined>();
    waiting.push(resolve);
    channel.write(`${what}\n`);
    return withTimeLimit(clock, ANSWER_LIMIT_MS, (limit) => {
      limit.addEventListener("abort", () => {
        channel.close();
        resolve(undefined);
      });
      return promise;
    });
  };
  const described = await ask("describe");
  if (described === undefined) {
    channel.close();
    return undefined;
  }
  const roundTrips: number[] = [];
  for (let left = PINGS; left > 0; left--) {
    const sentAtMs = clock.nowMs();
    if ((await ask("ping")) === undefined) {
      channel.close();
      return undefined;
    }
    roundTrips.push(clock.nowMs() - sentAtMs);
  }
  let latest: MachineSample | undefined;
  const refresh = async () => {
    const text = await ask("sample");
    latest = text === undefined ? undefined : parseSample(text, text, text);
  };
  return {
    ...parseMachine(described),
    roundTripMs: Math.min(...roundTrips),
    watch: async () => {
      await refresh();
      const watched = watchMachine(clock, () => latest);
      const stopAsking = repeatInBackground(clock, SAMPLE_INTERVAL_MS, () => {
        refresh().catch(() => undefined);
      });
      return {
        stop: async () => {
          stopAsking();
          await refresh();
          const use = watched.stop();
          return latest === undefined ? undefined : use;
        },
      };
    },
    close: () => {
      channel.close();
    },
  };
}

/** Reads the answer to `describe`. */
export function parseMachine(text: string): Pick<BuilderMachine, "cpuModel" | "cpus"> {
  const model = /^model name\s*:(.*)$/m.exec(text)?.[1];
  const cpus = /^[1-9]\d{0,5}$/m.exec(text)?.[0];
  return {
    cpuModel: model === undefined ? undefined : tidyModel(model),
    cpus: cpus === undefined ? undefined : Number(cpus),
  };
}

/** The name of a CPU on one line. */
export function tidyModel(text: string): string | undefined {
  const model = sanitizeText(text).replace(/\s+/g, " ").trim().slice(0, MAX_MODEL_CHARACTERS);
  return model === "" || model === "unknown" ? undefined : model;
}
