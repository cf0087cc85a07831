/** What an image may cost before it is refused: a small file can claim to hold any number of bytes and names. */
export interface Budget {
  /** Counts uncompressed bytes. Throws a plain Error when there were too many. */
  spendBytes(count: number): void;
  /** Counts the memory that a path takes while it is kept. Throws a plain Error when there were too many. */
  spendPath(path: string): void;
}

export interface BudgetLimits {
  readonly unpackedBytes: number;
  readonly pathBytes: number;
}

/** Room for the largest images that anyone ships, and still an end within minutes. */
export const DEFAULT_LIMITS: BudgetLimits = { unpackedBytes: 64 * 2 ** 30, pathBytes: 512 * 2 ** 20 };

/** About what a map entry and a short string take beside the characters. */
const ENTRY_BYTES = 64;
/** PATH_MAX of Linux: nothing can be unpacked under a longer name. */
const MAX_PATH = 4096;

/** A budget for one image, all of its layers together. */
export function createBudget(limits: BudgetLimits): Budget {
  let bytes = 0;
  let pathBytes = 0;
  return {
    spendBytes: (count) => {
      bytes += count;
      if (bytes > limits.unpackedBytes) throw new Error(`it holds more than ${limits.unpackedBytes} bytes`);
    },
    spendPath: (path) => {
      if (path.length > MAX_PATH) throw new Error(`a name in it is longer than ${MAX_PATH} characters`);
      pathBytes += path.length + ENTRY_BYTES;
      if (pathBytes > limits.pathBytes) throw new Error("it holds too many files");
    },
  };
}
