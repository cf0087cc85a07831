// Parses the command line of script/test.
import { existsSync } from "node:fs";
import { normalize, relative } from "node:path";

export class UsageError extends Error {}

const USAGE = "usage: script/test [--times] [SUITE…] [FILE…] [-t NAME]";

/**
 * Reads `[--times] [SUITE…] [FILE…] [-t NAME]`. `known` has the folders of each suite. Throws a UsageError
 * for a word that is neither a suite nor a test file of the named suite.
 */
export function parseArguments(words, known) {
  const order = { hasTimes: false, suites: [], files: [], testName: undefined };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === "--times") order.hasTimes = true;
    else if (word === "-t") {
      order.testName = rest.shift();
      if (order.testName === undefined) throw new UsageError(`-t needs a name; ${USAGE}`);
    } else if (word.startsWith("-")) throw new UsageError(`unknown option ${word}; ${USAGE}`);
    else if (word in known) order.suites.push(word);
    else if (word.includes("/")) order.files.push(findFile(word));
    else throw new UsageError(`unknown suite ${word}; the suites are ${Object.keys(known).join(", ")}`);
  }
  if (order.files.length > 0 || order.testName !== undefined) {
    if (order.suites.length !== 1) throw new UsageError(`name one suite with FILE or -t; ${USAGE}`);
    const [suite] = order.suites;
    if (known[suite].length === 0) throw new UsageError(`the suite ${suite} has no test files`);
    const stranger = order.files.find((file) => !known[suite].some((folder) => file.startsWith(folder)));
    if (stranger !== undefined) throw new UsageError(`${stranger} is not in the suite ${suite}`);
  }
  return order;
}

function findFile(word) {
  const file = normalize(relative(process.cwd(), word));
  if (!existsSync(file) || !file.endsWith(".test.ts"))
    throw new UsageError(`${word} is not an existing *.test.ts file`);
  return file;
}
