import { connect } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";

import type { BinaryCache } from "../binary-cache/binary-cache.js";
import type { CacheWriter } from "../binary-cache/cache-writer.js";
import { openFolderFiles } from "../binary-cache/folder-files.js";
import { openHttpFiles } from "../binary-cache/http-files.js";
import { type CacheLogin, findNetrcLogin } from "../binary-cache/http.js";
import { LocalStore } from "../binary-cache/local-store.js";
import { NarWriter } from "../binary-cache/nar-writer.js";
import { createSigner } from "../binary-cache/signing-key.js";
import { isCancelled, renderError } from "../errors/action-error.js";
import type { RunNix } from "../nix/command.js";
import { readNetrcSetting } from "../nix/settings.js";
import { isThroughDaemon, type NixInstallation } from "../nix-install/installation.js";
import { readFileIfPresent } from "../platform/files.js";
import type { RunContext } from "./context.js";

export type WriterEffects = Pick<RunContext, "sendHttp" | "steadyClock" | "log" | "runFolder">;

export interface WriterOptions {
  readonly cache: BinaryCache;
  /** The login for a cache on a server, unless its URL has one. */
  readonly login: Pick<CacheLogin, "username" | "password"> | undefined;
  readonly signingKey: string | undefined;
}

/** The writer of a cache; undefined if this kind is filled in another way. */
export function openWriter(
  { cache, login, signingKey }: WriterOptions,
  { sendHttp, steadyClock: clock, log, runFolder }: WriterEffects,
): CacheWriter | undefined {
  if (cache.kind === "github") return undefined;
  const files =
    cache.kind === "file"
      ? openFolderFiles(cache)
      : openHttpFiles({ uri: cache.uri, login: cache.login ?? login }, { sendHttp, clock, log });
  return new NarWriter({
    files,
    sign: signingKey === undefined ? undefined : createSigner(signingKey),
    spoolFolder: join(runFolder, "cache-spool"),
  });
}

/** The login for a cache in the netrc file that Nix reads; undefined if there is none. */
export async function findLogin(
  cache: BinaryCache,
  runNix: RunNix,
  log: RunContext["log"],
): Promise<Pick<CacheLogin, "username" | "password"> | undefined> {
  if (cache.kind !== "http" || cache.login !== undefined) return undefined;
  try {
    const text = await readFileIfPresent(await readNetrcSetting(runNix));
    const login = text === undefined ? undefined : findNetrcLogin(text, new URL(cache.uri).hostname);
    if (login !== undefined) log.mask(login.password);
    return login;
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.debug(`no netrc file can be read for ${cache.uri}: ${renderError(error)}`);
    return undefined;
  }
}

const DAEMON_SOCKET = "/nix/var/nix/daemon-socket/socket";

/** This machine's store. Without a daemon, processes of Nix read it, which end when the run is cancelled. */
export function openLocalStore(
  nix: Pick<NixInstallation, "access" | "binFolder">,
  { openProcess, steadyClock }: Pick<RunContext, "openProcess" | "steadyClock">,
): LocalStore {
  const openChannel = (): Promise<Duplex> =>
    isThroughDaemon(nix)
      ? openSocket(DAEMON_SOCKET)
      : Promise.resolve(openProcess(`${nix.binFolder}/nix-daemon`, ["--stdio"]));
  return new LocalStore(openChannel, steadyClock);
}

function openSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path });
    socket.once("connect", () => {
      socket.removeListener("error", reject);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}
