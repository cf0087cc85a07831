import { mkdir } from "node:fs/promises";

import { ActionError, renderError } from "../../errors/action-error.js";
import { CLIENT_ARGUMENT } from "../../model/own-processes.js";
import type { Log } from "../../platform/log.js";
import { sanitizeText } from "../../platform/log.js";
import type { CommandOutput, RunCommand } from "../../platform/command.js";
import type { CacheRequest } from "./client-protocol.js";

/**
 * GitHub's cache of a repository. An entry is a folder under a key and never changes. Its visibility depends
 * on the branch, and GitHub may remove it at any time. All methods reject with `CACHE_FAILED` and
 * `CANCELLED`.
 */
export interface RunnerCache {
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** The key of the newest entry under the first of these prefixes that has one; undefined if none has. */
  find(prefixes: readonly string[], timeoutMs: number): Promise<string | undefined>;
  /** The keys of the newest entries under each of these prefixes. */
  findEach(prefixes: readonly string[], timeoutMs: number): Promise<readonly string[]>;
  /**
   * Unpacks entries into `folder`/entry, concurrently, and returns the keys of the complete ones. Entries
   * that fail may leave some of their files there.
   */
  restore(folder: string, keys: readonly string[], timeoutMs: number): Promise<RestoreResult>;
  /** Saves `folder`/entry under a key that no entry has yet. */
  save(folder: string, key: string, timeoutMs: number): Promise<void>;
}

export interface RestoreResult {
  readonly keys: readonly string[];
  /** What went wrong with the other entries; undefined if they simply do not exist. */
  readonly problem: string | undefined;
}

export interface RunnerCacheEffects {
  readonly run: RunCommand;
  /** For saving, which goes on for a moment after a run was cancelled. */
  readonly runSave?: RunCommand;
  readonly log: Log;
  readonly folder: string;
}

/** Variables in which the runner describes its cache service to an action. */
type Environment = Record<string, string | undefined>;

const TOKEN = "ACTIONS_RUNTIME_TOKEN";

/**
 * The cache of the runner that `environment` describes; undefined if it offers none. Removes the cache's
 * token from the environment, since no other command needs it. `script` is the bundle, which runs as the
 * cache's client in a separate process: @actions/cache has no reliable time limit and cannot be cancelled.
 * @see actions/toolkit, packages/cache/src/internal/config.ts
 */
export function openRunnerCache(
  environment: Environment,
  script: string,
  { run, runSave = run, log, folder }: RunnerCacheEffects,
): RunnerCache | undefined {
  const token = environment[TOKEN] ?? "";
  const isOffered = token !== "" && (environment[urlVariable(environment)] ?? "") !== "";
  Reflect.deleteProperty(environment, TOKEN);
  if (!isOffered) return undefined;
  log.mask(token);

  const ask = async (request: CacheRequest, workspace: string, timeoutMs: number): Promise<RestoreResult> => {
    const listener = createListener(log);
    for (const made of [folder, workspace]) await mkdir(made, { recursive: true, mode: 0o700 });
    const runClient = request.action === "save" ? runSave : run;
    const output = await runClient(process.execPath, [script, CLIENT_ARGUMENT], {
      timeoutMs,
      cwd: workspace,
      input: JSON.stringify(request),
      env: {
        [TOKEN]: token,
        // The paths of the entry's files are relative to this folder.
        GITHUB_WORKSPACE: workspace,
        RUNNER_TEMP: folder,
        // Debug mode would list every file of an entry.
        RUNNER_DEBUG: undefined,
      },
      onStdoutLine: listener.take,
    }).catch((error: unknown) => {
      throw toCacheError(error, timeoutMs, listener);
    });
    return readAnswer(output, listener);
  };
  return {
    ...readCacheMode(environment),
    find: async (prefixes, timeoutMs) => {
      const { keys, problem } = await ask({ action: "find", keys: prefixes }, folder, timeoutMs);
      if (keys.length === 0 && problem !== undefined) throw failed(problem);
      return keys[0];
    },
    findEach: async (prefixes, timeoutMs) => {
      const { keys, problem } = await ask({ action: "find-each", keys: prefixes }, folder, timeoutMs);
      if (keys.length === 0 && problem !== undefined) throw failed(problem);
      return keys;
    },
    restore: (workspace, keys, timeoutMs) => ask({ action: "restore", keys }, workspace, timeoutMs),
    save: async (workspace, key, timeoutMs) => {
      const { keys, problem } = await ask({ action: "save", keys: [key] }, workspace, timeoutMs);
      if (keys.length === 0) {
        throw failed(problem ?? "the upload finished, but the service did not confirm the entry");
      }
    },
  };
}

/** GitHub Enterprise Server only has the first version of the service. */
function urlVariable(environment: Environment): string {
  const host = URL.parse(environment["GITHUB_SERVER_URL"] ?? "")?.hostname ?? "github.com";
  const isGithub = host === "github.com" || /\.(?:ghe\.com|localhost)$/.test(host);
  const isNew = isGithub && (environment["ACTIONS_CACHE_SERVICE_V2"] ?? "") !== "";
  return isNew ? "ACTIONS_RESULTS_URL" : "ACTIONS_CACHE_URL";
}

/**
 * What the workflow's `cache-mode` allows. Runner 2.336 and newer export it as `ACTIONS_CACHE_MODE`. An
 * unknown mode allows everything here, because the service enforces the mode anyway.
 * @see https://github.blog/changelog/2026-09-10-control-github-actions-cache-access-with-cache-mode
 */
export function readCacheMode(environment: Environment): Pick<RunnerCache, "isReadable" | "isWritable"> {
  const mode = (environment["ACTIONS_CACHE_MODE"] ?? "").trim().toLowerCase();
  return {
    isReadable: !["none", "write-only"].includes(mode),
    isWritable: !["none", "read"].includes(mode),
  };
}

interface Listener {
  readonly take: (line: string) => void;
  /** Why the client gave up, if it did. */
  readonly trouble: () => string | undefined;
  /** Why the client retried, if it did. */
  readonly setback: () => string | undefined;
}

/**
 * Reads the commands that @actions/cache prints for the runner. It reports failures only with these commands,
 * and they reach the runner only through this process.
 */
function createListener(log: Log): Listener {
  let trouble: string | undefined;
  let setback: string | undefined;
  return {
    take: (line) => {
      const [, command = "", data = ""] = /^::([a-z-]+)(?: [^:]*)?::(.*)$/.exec(line) ?? [];
      if (command === "add-mask") log.mask(unescapeCommand(data));
      else if (command === "warning" || command === "error") trouble = summarizeLine(unescapeCommand(data));
      else if (line.startsWith("Failed to ")) trouble = summarizeLine(line);
      else if (/^Attempt \d+ of \d+ failed/.test(line)) setback = summarizeLine(line);
    },
    trouble: () => trouble,
    setback: () => setback,
  };
}

function summarizeLine(text: string): string {
  return sanitizeText(text).replace(/\s+/g, " ").slice(0, 500);
}

/** Reverts the escaping of runner commands. @see actions/toolkit, packages/core/src/command.ts */
function unescapeCommand(data: string): string {
  return data.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
}

async function readAnswer({ stdout }: CommandOutput, said: Listener): Promise<RestoreResult> {
  const { tryParseAnswer } = await import("./client-protocol.js");
  const answer = tryParseAnswer(stdout);
  if (answer === undefined) throw failed("its client process gave no answer");
  return { keys: answer.keys, problem: answer.error ?? said.trouble() };
}

function toCacheError(error: unknown, timeoutMs: number, said: Listener): unknown {
  if (!(error instanceof ActionError)) return error;
  if (error.code === "COMMAND_TIMEOUT") {
    const reason = said.trouble() ?? said.setback();
    const seen = reason === undefined ? "" : ` (${reason})`;
    return failed(`no answer within ${Math.round(timeoutMs / 1000)} s${seen}`);
  }
  return error.code === "COMMAND_FAILED" ? failed(said.trouble() ?? renderError(error)) : error;
}

function failed(reason: string): ActionError {
  return new ActionError("CACHE_FAILED", `GitHub's cache failed: ${reason}`, {
    hint: "Check https://www.githubstatus.com and the repository's cache settings.",
  });
}
