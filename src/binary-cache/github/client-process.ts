import { text } from "node:stream/consumers";

import pLimit from "p-limit";

import { renderError } from "../../errors/action-error.js";
import { type CacheAnswer, ENTRY_FOLDER, parseRequest, renderAnswer } from "./client-protocol.js";

/** The service limits the requests of a repository; a large entry uses several connections. */
const REQUESTS_AT_ONCE = 8;

/**
 * Carries out the request on stdin in the current folder, and writes the answer as the last line of stdout.
 * Never rejects.
 */
export async function runCacheClient(): Promise<void> {
  const answer = await answerRequest().catch((error: unknown) => ({ keys: [], error: renderError(error) }));
  process.stdout.write(renderAnswer(answer));
}

async function answerRequest(): Promise<CacheAnswer> {
  const { action, keys } = parseRequest(await text(process.stdin));
  const { restoreCache, saveCache } = await import("@actions/cache");
  const paths = [ENTRY_FOLDER];
  const [first = ""] = keys;
  const limit = pLimit(REQUESTS_AT_ONCE);
  switch (action) {
    case "find": {
      const found = await restoreCache(paths, first, [...keys], { lookupOnly: true });
      return { keys: found === undefined ? [] : [found] };
    }
    case "find-each": {
      const found = await limit.map(keys, (key) => restoreCache(paths, key, [], { lookupOnly: true }));
      return { keys: found.filter((key) => key !== undefined) };
    }
    case "restore": {
      const found = await limit.map(keys, (key) => restoreCache(paths, key));
      // restoreCache also matches a key as a prefix of other keys.
      return { keys: keys.filter((key, index) => found[index] === key) };
    }
    case "save":
      return { keys: (await saveCache(paths, first)) === -1 ? [] : [first] };
  }
}
