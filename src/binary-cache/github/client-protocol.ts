import { z } from "zod";

/*
 * What the client of GitHub's cache and the process that starts it tell each other. A module of its own: the one that starts it has no need for
 * @actions/cache.
 */

/** As the only argument of the bundle: it is the client, for the process that started it. */
export const CLIENT_ARGUMENT = "runner-cache-client";

/** The one path of every entry. It is part of what GitHub keeps an entry by, so it is the same on all machines. */
export const ENTRY_FOLDER = "entry";

const REQUEST = z.object({
  action: z.enum(["find", "restore", "save"]),
  /** Of `find`: prefixes, the best first. */
  keys: z.array(z.string()).min(1),
});

export interface CacheRequest extends Pick<z.infer<typeof REQUEST>, "action"> {
  readonly keys: readonly string[];
}

const ANSWER = z.object({ keys: z.array(z.string()), error: z.string().optional() });
const ANSWER_MARK = "runner-cache-answer ";

export type CacheAnswer = z.infer<typeof ANSWER>;

/** Reads what the client is asked for; rejects with a plain error. */
export function parseRequest(json: string): CacheRequest {
  return REQUEST.parse(JSON.parse(json));
}

/** The line with which the client ends its output. */
export function renderAnswer(answer: CacheAnswer): string {
  return `\n${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}

/** The answer in what the client printed; undefined where there is none. */
export function tryParseAnswer(stdout: string): CacheAnswer | undefined {
  const line = stdout.split("\n").findLast((line) => line.startsWith(ANSWER_MARK));
  try {
    return ANSWER.parse(JSON.parse(line?.slice(ANSWER_MARK.length) ?? ""));
  } catch {
    return undefined;
  }
}
