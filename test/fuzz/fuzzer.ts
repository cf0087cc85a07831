import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { mutate } from "./mutate.js";
import { createRandom, type Random } from "./random.js";

export interface FuzzTarget {
  readonly name: string;
  readonly seeds: readonly Buffer[];
  /** Makes an input that is likelier to get past the first check. */
  readonly repair?: (input: Buffer, random: Random) => Buffer;
  /**
   * Feeds an input to the code. Resolves to a short text that tells kinds of outcomes apart, such as the
   * message of the error. Rejects if the code behaves badly.
   */
  readonly run: (input: Buffer) => Promise<string>;
}

export interface FuzzResult {
  readonly runs: number;
  readonly outcomes: ReadonlyMap<string, number>;
}

/** How long each fuzzer runs; `script/fuzz` sets it. */
export const FUZZ_SECONDS = Number(process.env["FUZZ_SECONDS"] ?? "3");
/** A fixed seed in the test suite, so that it does not fail by chance. */
const FUZZ_SEED = Number(process.env["FUZZ_SEED"] ?? "1");
const KEEPS = process.env["FUZZ_KEEP"] === "1";
/** Much, because a busy machine may stop this process for many seconds. */
const HANG_MS = 120_000;
/** The longest input: large ones only cost time. */
const MAX_INPUT_BYTES = 1 << 18;

/**
 * Runs a target on the corpus, then on mutations of the corpus and the seeds until the time is up. An input
 * with a new outcome is mutated further. Rejects with the first finding, which it adds to the corpus.
 */
export async function fuzz({ name, seeds, repair, run }: FuzzTarget): Promise<FuzzResult> {
  const corpus = join("test/fuzz/corpus", name);
  const kept = existsSync(corpus)
    ? readdirSync(corpus)
        .sort()
        .map((file) => readFileSync(join(corpus, file)))
    : [];
  const pool = [...seeds, ...kept];
  const outcomes = new Map<string, number>();
  let runs = 0;
  const tryInput = async (input: Buffer) => {
    runs++;
    let outcome: string;
    try {
      outcome = classify(await withLimit(run(input)));
    } catch (error) {
      keep(corpus, input, "finding-");
      throw error;
    }
    const isNew = !outcomes.has(outcome);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    return isNew;
  };
  for (const input of [...pool]) await tryInput(input);
  const random = createRandom(FUZZ_SEED);
  const endMs = Date.now() + FUZZ_SECONDS * 1000;
  while (Date.now() < endMs) {
    const mutated = mutate(random.pick(pool), pool, random).subarray(0, MAX_INPUT_BYTES);
    const input = repair === undefined || random.below(8) === 0 ? mutated : repair(mutated, random);
    if (!(await tryInput(input))) continue;
    pool.push(input);
    if (KEEPS) keep(corpus, input);
  }
  return { runs, outcomes };
}

/** The same outcome for different names and numbers, without the details of a parser's message. */
function classify(outcome: string): string {
  if (/ in JSON|valid JSON/.test(outcome)) return "no JSON";
  return outcome
    .replace(/"(?:[^"\\]|\\.)*"|'[^']*'/gs, '""')
    .replace(/0x[0-9a-f]+|[0-9a-f]{64}|[0-9]+/gi, "0")
    .slice(0, 60);
}

async function withLimit(work: Promise<string>): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it hangs: no result after ${HANG_MS} ms`));
    }, HANG_MS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

function keep(corpus: string, input: Buffer, prefix = ""): void {
  mkdirSync(corpus, { recursive: true });
  const name = createHash("sha256").update(input).digest("hex").slice(0, 16);
  writeFileSync(join(corpus, `${prefix}${name}`), input);
}
