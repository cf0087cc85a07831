import { rm } from "node:fs/promises";
import { join } from "node:path";

import * as z from "zod";

import type { BinaryCache } from "../binary-cache/binary-cache.js";
import { PushQueue } from "../binary-cache/push-queue.js";
import { renderError } from "../errors/action-error.js";
import { countOf } from "../model/count.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { StoreAccess } from "../nix-install/installation.js";
import { readFileIfPresent } from "../platform/files.js";
import { CacheFeed } from "./cache-feed.js";
import type { RunContext } from "./context.js";
import { openLocalStore, openWriter, type WriterEffects, type WriterOptions } from "./open-writer.js";

/** The paths that one cache lacks because the run was cancelled, and how to fill it. */
export interface LeftPaths extends WriterOptions {
  readonly paths: readonly StorePath[];
}

/** What the main step leaves to the post step. */
export interface LeftWork {
  readonly nix: { readonly access: StoreAccess; readonly binFolder: string };
  readonly limitMs: number;
  readonly caches: readonly LeftPaths[];
}

/** The file in the run's folder. It has secrets. */
export const LEFT_FILE = "left-paths.json";

const LOGIN = z.object({ username: z.string(), password: z.string() });
const CACHE = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("file"), uri: z.string(), folder: z.string() }),
  z.object({
    kind: z.literal("http"),
    uri: z.string(),
    login: LOGIN.extend({ host: z.string() }).optional(),
  }),
]);
const LEFT = z.object({
  nix: z.object({ access: z.enum(["daemon", "direct", "single-user"]), binFolder: z.string() }),
  limitMs: z.number(),
  caches: z.array(
    z.object({
      cache: CACHE,
      login: LOGIN.optional(),
      signingKey: z.string().optional(),
      paths: z.array(z.string()),
    }),
  ),
});

/** Renders what is left, for `pushLeft`. */
export function renderLeft({ nix: { access, binFolder }, limitMs, caches }: LeftWork): string {
  return JSON.stringify({ nix: { access, binFolder }, limitMs, caches });
}

export interface LeftEffects extends WriterEffects, Pick<RunContext, "openProcess"> {}

/**
 * Pushes what a cancelled run could not push in time, for at most its `cache-timeout`. Logs what became of
 * it. Does nothing if the run left nothing.
 */
export async function pushLeft(effects: LeftEffects): Promise<void> {
  const { runFolder, log, steadyClock: clock } = effects;
  const file = join(runFolder, LEFT_FILE);
  const text = await readFileIfPresent(file);
  if (text === undefined) return;
  await rm(file);
  const { nix, limitMs, caches } = LEFT.parse(JSON.parse(text));
  const store = openLocalStore(nix, effects);
  try {
    await Promise.all(
      caches.map(async ({ cache, login, signingKey, paths }) => {
        const known: BinaryCache = cache.kind === "http" ? { ...cache, login: cache.login } : cache;
        const writer = openWriter({ cache: known, login, signingKey }, effects);
        if (writer === undefined) return;
        const queue = new PushQueue(writer, { clock, log });
        const feed = new CacheFeed([{ queue, isWanted: () => true }], {
          ...{ local: store, clock, log },
          openBuilder: () => undefined,
          readRoots: () => Promise.resolve([]),
        });
        for (const path of paths.filter(isStorePath)) feed.add([path]);
        const [summary] = await feed.finish(limitMs, new AbortController().signal);
        if (summary === undefined) return;
        const pushed = `binary cache ${cache.uri}: ${countOf(summary.pathsPushed, "path")} pushed`;
        if (summary.left.length === 0) log.info(`${pushed} after the run was cancelled`);
        else {
          const why = summary.error === undefined ? "the time was up" : renderError(summary.error);
          log.warning(`${pushed} after the run was cancelled, ${summary.left.length} left: ${why}`);
        }
      }),
    );
  } finally {
    store.close();
  }
}
