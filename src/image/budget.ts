/**
 * Limits the cost of reading an image: a small compressed file can expand to any number of bytes and paths.
 * All reading stops when the run is cancelled.
 */
export interface Budget {
  /**
   * Counts bytes read. Throws a plain Error if there are too many, and the reason of the run's signal if the
   * run was cancelled.
   */
  spendBytes(count: number): void;
  /**
   * Counts the memory that a path occupies. Throws a plain Error if a path is too long or there are too many.
   */
  spendPath(path: string): void;
  /** Counts what was read elsewhere. Throws as the other methods do. */
  add(spent: BudgetLimits): void;
  spent(): BudgetLimits;
}

export interface BudgetLimits {
  readonly unpackedBytes: number;
  readonly pathBytes: number;
}

/** More than any real image needs, and small enough that reading fails within minutes. */
export const DEFAULT_LIMITS: BudgetLimits = { unpackedBytes: 64 * 2 ** 30, pathBytes: 512 * 2 ** 20 };

/** Approximate size of what is kept for a path: its entry, its node in the tree and a short string. */
const ENTRY_BYTES = 160;
/** PATH_MAX on Linux: a file with a longer path cannot be unpacked. */
const MAX_PATH = 4096;

/** A budget for one image, all of its layers together. It is used up when `signal` fires. */
export function createBudget(limits: BudgetLimits, signal?: AbortSignal): Budget {
  let bytes = 0;
  let pathBytes = 0;
  const requirePaths = () => {
    if (pathBytes > limits.pathBytes) throw new Error("it contains too many files");
  };
  const budget: Budget = {
    spendBytes: (count) => {
      signal?.throwIfAborted();
      bytes += count;
      if (bytes > limits.unpackedBytes)
        throw new Error(`it contains more than ${limits.unpackedBytes} bytes`);
    },
    spendPath: (path) => {
      if (path.length > MAX_PATH) throw new Error(`it contains a path of more than ${MAX_PATH} characters`);
      pathBytes += path.length + ENTRY_BYTES;
      requirePaths();
    },
    add: (spent) => {
      pathBytes += spent.pathBytes;
      requirePaths();
      budget.spendBytes(spent.unpackedBytes);
    },
    spent: () => ({ unpackedBytes: bytes, pathBytes }),
  };
  return budget;
}
