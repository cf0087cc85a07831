import * as z from "zod";

/*
 * The messages between the client process of GitHub's cache and the process that starts it. They are in a
 * separate module, so that the latter does not load @actions/cache.
 */

/**
 * The only path in an entry. GitHub identifies an entry also by its paths, so they must be equal on all
 * machines.
 */
export const ENTRY_FOLDER = "entry";

const REQUEST = z.object({
  action: z.enum(["find", "find-each", "restore", "save"]),
  /** For `find`: prefixes, best first. For `find-each`: prefixes. */
  keys: z.array(z.string()).min(1),
});

export interface CacheRequest extends Pick<z.infer<typeof REQUEST>, "action"> {
  readonly keys: readonly string[];
}

const ANSWER = z.object({ keys: z.array(z.string()), error: z.string().optional() });
const ANSWER_MARK = "runner-cache-answer ";

export type CacheAnswer = z.infer<typeof ANSWER>;

/** Reads a request. Rejects with a plain error. */
export function parseRequest(json: string): CacheRequest {
  return REQUEST.parse(JSON.parse(json));
}

/** The last line of the client's output. */
export function renderAnswer(answer: CacheAnswer): string {
  return `\n${ANSWER_MARK}${JSON.stringify(answer)}\n`;
}

/** The answer in the client's output; undefined if there is none. */
export function tryParseAnswer(stdout: string): CacheAnswer | undefined {
  const line = stdout.split("\n").findLast((line) => line.startsWith(ANSWER_MARK));
  try {
    return ANSWER.parse(JSON.parse(line?.slice(ANSWER_MARK.length) ?? ""));
  } catch {
    return undefined;
  }
}
