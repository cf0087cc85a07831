import { signHeader } from "../unit/image/raw-tar.js";
import type { Random } from "./random.js";

const BLOCK = 512;
/** What parsers get wrong: numbers at their limits, in the notations of tar, zip and JSON. */
const TEXTS = [
  "-1",
  "0",
  "00000000000",
  "77777777777",
  "1e18",
  "null",
  "\0",
  "/",
  "..",
  ".wh.",
  "=",
  '"',
  "{",
  "]",
];
const BYTES = [0, 1, 0x20, 0x2f, 0x30, 0x31, 0x32, 0x35, 0x53, 0x78, 0x7f, 0x80, 0xff];

/** A changed copy of an input; `others` lend it parts. */
export function mutate(input: Buffer, others: readonly Buffer[], random: Random): Buffer {
  let result = Buffer.from(input);
  for (let left = 1 + random.below(4); left > 0; left--)
    result = Buffer.from(mutateOnce(result, others, random));
  return result;
}

function mutateOnce(input: Buffer, others: readonly Buffer[], random: Random): Buffer {
  const at = random.below(input.length + 1);
  const block = BLOCK * random.below(Math.floor(input.length / BLOCK) + 1);
  const other = random.pick(others);
  switch (random.below(9)) {
    case 0:
      if (at < input.length) input[at] = (input[at] ?? 0) ^ (1 << random.below(8));
      return input;
    case 1:
      if (at < input.length) input[at] = random.pick(BYTES);
      return input;
    case 2:
      input.write(random.pick(TEXTS), at, "latin1");
      return input;
    case 3:
      return input.subarray(0, at);
    case 4: // Removes some blocks.
      return Buffer.concat([input.subarray(0, block), input.subarray(block + BLOCK * (1 + random.below(3)))]);
    case 5: // Repeats or moves some blocks.
      return Buffer.concat([
        input.subarray(0, block),
        input.subarray(BLOCK * random.below(4), BLOCK * 6),
        input.subarray(block),
      ]);
    case 6: // Takes blocks of another input.
      return Buffer.concat([
        input.subarray(0, block),
        other.subarray(BLOCK * random.below(4)),
        input.subarray(block),
      ]);
    case 7: // Overwrites a field of a tar header.
      if (block + BLOCK <= input.length) {
        const field = random.pick([0, 1, 100, 124, 131, 135, 156, 157, 257, 263, 345, 357, 500]);
        input.write(random.pick(TEXTS), block + field, "latin1");
      }
      return input;
    default: {
      const size = random.below(40);
      return Buffer.concat([input.subarray(0, at), other.subarray(at, at + size), input.subarray(at + size)]);
    }
  }
}

/** Gives every tar header its checksum, so that a reader looks further than that. */
export function repairHeaders(tar: Buffer): Buffer {
  for (let at = 0; at + BLOCK <= tar.length; at += BLOCK) {
    const block = tar.subarray(at, at + BLOCK);
    if (block.toString("latin1", 257, 262) === "ustar") signHeader(block);
  }
  return tar;
}
