import { realpathSync } from "node:fs";
import type { Worker } from "node:worker_threads";

/** Threads of this process. Each runs one job at a time. */
export interface ThreadPool<Job, Answer> {
  /**
   * Runs a job in the next thread that is free. Rejects with the error that ended the thread, and with the
   * reason of the signal.
   */
  run(job: Job): Promise<Answer>;
  /** Ends all threads. */
  close(): Promise<void>;
}

export interface ThreadPoolOptions {
  /** The script that the threads run: that of this process. */
  readonly script: string;
  /** Tells the script what it is to do. */
  readonly argument: string;
  /** The maximum number of threads. They are started when there is work for them. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** The default is 48 MiB, which each thread would fill with garbage before it collects that. */
const YOUNG_MIB = 4;

type Threads = Pick<typeof import("node:worker_threads"), "Worker">;

interface Pending<Job, Answer> {
  readonly job: Job;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (reason: unknown) => void;
}

/** Opens a pool. `serveJobs` is the other side. */
export function openThreadPool<Job, Answer>({
  script,
  argument,
  threads,
  signal,
}: ThreadPoolOptions): ThreadPool<Job, Answer> {
  const queue: Pending<Job, Answer>[] = [];
  const idle: Worker[] = [];
  const running = new Map<Worker, Pending<Job, Answer>>();
  const started = new Set<Worker>();
  /** Set when the pool is closed: why nothing runs any more. */
  let end: { readonly reason: unknown } | undefined;

  const start = ({ Worker }: Threads): Worker => {
    // A link to the script may have any name. Secrets of the environment are of no use to a thread.
    const worker = new Worker(realpathSync(script), {
      argv: [argument],
      env: {},
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
    });
    started.add(worker);
    worker.on("message", (answer: Answer) => {
      running.get(worker)?.resolve(answer);
      running.delete(worker);
      idle.push(worker);
      proceed({ Worker });
    });
    const fail = (error: unknown) => {
      started.delete(worker);
      running.get(worker)?.reject(error);
      running.delete(worker);
      proceed({ Worker });
    };
    worker.on("error", fail);
    worker.on("exit", (code) => {
      fail(new Error(`a thread ended with exit code ${code}`));
    });
    return worker;
  };

  /** Gives jobs to threads, as long as there are both. */
  const proceed = (of: Threads): void => {
    while (end === undefined && queue.length > 0) {
      const worker = idle.pop() ?? (started.size < threads ? start(of) : undefined);
      const next = worker && queue.shift();
      if (worker === undefined || next === undefined) return;
      running.set(worker, next);
      worker.postMessage(next.job);
    }
  };

  const stop = async (reason: unknown): Promise<void> => {
    end ??= { reason };
    signal?.removeEventListener("abort", abort);
    for (const { reject } of [...queue.splice(0), ...running.values()]) reject(reason);
    await Promise.all([...started].map((worker) => worker.terminate()));
  };
  const abort = () => void stop(signal?.reason);
  signal?.addEventListener("abort", abort);

  return {
    run: async (job) => {
      signal?.throwIfAborted();
      const of = await import("node:worker_threads");
      return new Promise((resolve, reject) => {
        if (end !== undefined) reject(toError(end.reason));
        else {
          queue.push({ job, resolve, reject });
          proceed(of);
        }
      });
    },
    close: () => stop(new Error("the threads were ended")),
  };
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

/** The other side of a pool, in a thread. Rejects if this is not a thread. */
export async function serveJobs(run: (job: unknown) => Promise<unknown>): Promise<void> {
  const { parentPort } = await import("node:worker_threads");
  if (parentPort === null) throw new Error("only a thread of this program has this argument");
  parentPort.on("message", (job: unknown) => {
    void run(job).then((answer) => {
      parentPort.postMessage(answer);
    });
  });
}
