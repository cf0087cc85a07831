import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";

import type { RunnerCache } from "../binary-cache/github/client.js";
import { ENTRY_FOLDER } from "../binary-cache/github/client-protocol.js";
import { renderError } from "../errors/action-error.js";
import { decidePush } from "../plan/push-policy.js";
import { readRegularFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { Report } from "../report/report.js";
import type { RunContext } from "./context.js";
import type { RunResult } from "./fold-stages.js";
import type { Job } from "./job.js";

type HistoryJob = Pick<Job, "history" | "installables" | "targets">;

/** GitHub's cache may not delay a run for longer. */
const CACHE_LIMIT_MS = 20_000;
const FILE = "history.json";

/**
 * Compares a run with the earlier ones of its history, warns about derivations that became slower, and adds
 * the run to the history if the event may push. Never rejects: a history that cannot be used is a warning,
 * and a history that cannot be read is started anew.
 */
export async function keepHistory(
  job: HistoryJob,
  result: RunResult,
  context: RunContext,
): Promise<RunResult> {
  const { log, signal, event } = context;
  if (job.history === undefined || result.report.attempts.length === 0 || signal.aborted) return result;
  const { addToHistory, compareWithHistory, listRegressions, parseHistory, renderHistory } =
    await import("../report/history.js");
  const store = job.history.kind === "file" ? openFile(job.history.file) : openCache(job, context);
  const earlier = await store
    .read()
    .then((text) => (text === undefined ? [] : parseHistory(text)))
    .catch((error: unknown) => {
      log.warning(`the history ${store.name} is not used: ${renderError(error)}`);
      return [];
    });
  const report: Report = { ...result.report, history: compareWithHistory(result.report, earlier) };
  for (const regression of listRegressions(report)) log.warning(regression);
  const push = decidePush("cache", "auto", event);
  if (push.isAllowed) {
    await store.write(renderHistory(addToHistory(earlier, report))).catch((error: unknown) => {
      log.warning(`the run could not be added to the history ${store.name}: ${renderError(error)}`);
    });
  } else log.info(`the run is not added to the history ${store.name}: ${push.reason}`);
  return { ...result, report };
}

interface HistoryStore {
  readonly name: string;
  /** Undefined if there is no history yet. */
  readonly read: () => Promise<string | undefined>;
  readonly write: (text: string) => Promise<void>;
}

function openFile(file: string): HistoryStore {
  return {
    name: file,
    read: () => readBounded(file),
    write: (text) => writeFileAtomically(file, text),
  };
}

async function readBounded(file: string): Promise<string | undefined> {
  const { MAX_HISTORY_BYTES } = await import("../report/history.js");
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  if (size > MAX_HISTORY_BYTES) throw new Error("it is too large");
  return readRegularFileIfPresent(file);
}

/** The newest entry of GitHub's cache has the whole history: entries never change. */
function openCache(
  { installables, targets }: HistoryJob,
  { runnerCache, runFolder, nonce }: Pick<RunContext, "runnerCache" | "runFolder" | "nonce">,
): HistoryStore {
  const hash = createHash("sha256")
    .update(JSON.stringify([installables, targets]))
    .digest("hex");
  const prefix = `cross-build-history-1-${hash.slice(0, 16)}-`;
  const use = (): RunnerCache => {
    if (runnerCache !== undefined) return runnerCache;
    throw new Error("GitHub's cache is only available inside an action, and the runner offers none here");
  };
  const folder = join(runFolder, "history");
  return {
    name: "github",
    read: async () => {
      const cache = use();
      if (!cache.isReadable) return undefined;
      const key = await cache.find([prefix], CACHE_LIMIT_MS);
      if (key === undefined) return undefined;
      const workspace = join(folder, "restored");
      const { problem } = await cache.restore(workspace, [key], CACHE_LIMIT_MS);
      if (problem !== undefined) throw new Error(problem);
      return readBounded(join(workspace, ENTRY_FOLDER, FILE));
    },
    write: async (text) => {
      const cache = use();
      if (!cache.isWritable) return;
      const workspace = join(folder, "saved");
      await writeFileAtomically(join(workspace, ENTRY_FOLDER, FILE), text);
      await cache.save(workspace, `${prefix}${nonce}`, CACHE_LIMIT_MS);
    },
  };
}
