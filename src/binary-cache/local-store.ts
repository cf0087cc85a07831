import type { Duplex } from "node:stream";

import pLimit, { type LimitFunction } from "p-limit";

import type { PathInfo, StoreReader } from "../model/path-info.js";
import type { StorePath } from "../model/store-path.js";
import { DaemonSession } from "../nix-protocol/session.js";
import type { Clock } from "../platform/clock.js";

/** Each session is a process of the daemon. */
const NARS_AT_ONCE = 6;
const QUESTIONS_AT_ONCE = 2;

/**
 * The store of this machine, read through Nix's daemon, or a process of Nix that speaks its protocol. Opens
 * sessions as they are needed, and uses them again. Rejects with the codes of `DaemonSession`.
 */
export class LocalStore implements StoreReader {
  readonly #openChannel: () => Promise<Duplex>;
  readonly #clock: Clock;
  readonly #questions = pLimit(QUESTIONS_AT_ONCE);
  readonly #nars = pLimit(NARS_AT_ONCE);
  readonly #idle: DaemonSession[] = [];
  readonly #all = new Set<DaemonSession>();

  constructor(openChannel: () => Promise<Duplex>, clock: Clock) {
    this.#openChannel = openChannel;
    this.#clock = clock;
  }

  readonly queryPathInfo = (path: StorePath): Promise<PathInfo> =>
    this.#questions(async () => {
      const session = await this.#acquire();
      try {
        const info = await session.queryPathInfo(path);
        this.#idle.push(session);
        return info;
      } catch (error) {
        this.#discard(session);
        throw error;
      }
    });

  readonly readNar = (path: StorePath): AsyncIterable<Uint8Array> => this.#readNar(path);

  close(): void {
    for (const session of this.#all) session.close();
    this.#all.clear();
    this.#idle.length = 0;
  }

  async *#readNar(path: StorePath): AsyncGenerator<Uint8Array> {
    const release = await takeTurn(this.#nars);
    let session: DaemonSession | undefined;
    let isWhole = false;
    try {
      session = await this.#acquire();
      yield* session.readNar(path);
      isWhole = true;
    } finally {
      // After a NAR that was not read to its end, the state of the session is unknown.
      if (session !== undefined && isWhole) this.#idle.push(session);
      else if (session !== undefined) this.#discard(session);
      release();
    }
  }

  async #acquire(): Promise<DaemonSession> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    const channel = await this.#openChannel();
    const session = await DaemonSession.open(channel, { host: "this machine", clock: this.#clock });
    this.#all.add(session);
    return session;
  }

  #discard(session: DaemonSession): void {
    this.#all.delete(session);
    session.close();
  }
}

/** Waits for a turn, which ends when the function is called that this resolves to. */
function takeTurn(limit: LimitFunction): Promise<() => void> {
  return new Promise((resolve) => {
    void limit(() => new Promise<void>(resolve));
  });
}
