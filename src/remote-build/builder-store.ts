import { aboutSubject, ActionError, runCancelled } from "../errors/action-error.js";
import type { BuildAnswer } from "../model/build.js";
import type { Builder } from "../model/builder.js";
import { countOf } from "../model/count.js";
import { type Derivation, outputPaths } from "../model/derivation.js";
import type { PathInfo, StoreReader } from "../model/path-info.js";
import type { StorePath } from "../model/store-path.js";
import { type Connection, isCrowded } from "../ssh/connection.js";
import { DaemonSession } from "../nix-protocol/session.js";
import { renderRemoteCommand } from "../nix-protocol/handshake.js";
import { type DebugEffects, logExchange } from "../platform/debug-log.js";
import type { WorkerStore } from "./worker-store.js";

/**
 * The store of one builder, reached over one connection. Opens as many daemon sessions as concurrent requests
 * need, and reuses idle ones. Remembers which paths it has seen in the store. All methods reject with the
 * codes of `DaemonSession`.
 */
export class BuilderStore implements WorkerStore<BuilderStore>, StoreReader {
  readonly builder: Builder;
  readonly connection: Connection;
  readonly #idle: DaemonSession[] = [];
  readonly #all = new Set<DaemonSession>();
  readonly #paths = new Set<StorePath>();
  readonly #copying = new Map<StorePath, Promise<number>>();
  /** For paths that are being copied, the reference that each waits for. There are no cycles in it. */
  readonly #waitsFor = new Map<StorePath, StorePath>();
  readonly #waiting: { resolve: (session: DaemonSession) => void; reject: (error: unknown) => void }[] = [];
  #sending: Promise<unknown> = Promise.resolve();
  /** The number of open channels, including those still in the handshake. */
  #channels = 0;
  #limit = Infinity;
  #isClosed = false;

  readonly #effects: DebugEffects;

  /** Logs each exchange with the builder's daemon at debug level. */
  constructor(builder: Builder, connection: Connection, effects: DebugEffects) {
    this.builder = builder;
    this.connection = connection;
    this.#effects = effects;
    connection.onClose(() => {
      this.#rejectWaiting(
        new ActionError("BUILDER_UNREACHABLE", `the connection to ${builder.host} was lost`, {
          hint: "Check that the builder is running, and the network between it and this machine.",
        }),
      );
    });
  }

  /** Maximum concurrent builds. One SSH session stays free so that other builders can fetch outputs. */
  get maxBuilds(): number {
    return this.#limit - 1;
  }

  has(path: StorePath): boolean {
    return this.connection.isOpen() && this.#paths.has(path);
  }

  /** Records that the store has these paths. */
  markPresent(paths: Iterable<StorePath>): void {
    for (const path of paths) this.#paths.add(path);
  }

  async queryPresent(paths: readonly StorePath[], mayFetch: boolean): Promise<void> {
    const asked = `query ${countOf(paths.length, "path")}`;
    const present = await this.#withSession(asked, (session) => session.queryValidPaths(paths, mayFetch));
    this.markPresent(present);
  }

  /**
   * See `WorkerStore`. Rejects with `BUILDER_DENIED` if a reference is not `isExpected`: otherwise a builder
   * could plant arbitrary paths in the stores of others. Also rejects a path that refers to itself through
   * others: its copy would never end.
   */
  async copyFrom(
    path: StorePath,
    others: readonly BuilderStore[],
    isExpected: (path: StorePath) => boolean,
  ): Promise<number> {
    if (this.has(path)) return 0;
    const present = this.#copying.get(path);
    if (present !== undefined) {
      await present;
      return 0;
    }
    const coming = this.#copy(path, others, isExpected).finally(() => this.#copying.delete(path));
    this.#copying.set(path, coming);
    return coming;
  }

  async build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer> {
    const answer = await this.#withSession(`build ${drvPath}`, (session) =>
      session.build(drvPath, derivation, inputs, onLogLine),
    );
    if (answer.outcome === "built") this.markPresent(outputPaths(derivation));
    return answer;
  }

  queryPathInfo(path: StorePath): Promise<PathInfo> {
    return this.#inTurn(`describe ${path}`, (session) => session.queryPathInfo(path));
  }

  /** Streams the NAR of a path. It occupies the one session that sends. */
  async *readNar(path: StorePath): AsyncGenerator<Buffer, void> {
    let end: () => void = () => undefined;
    const before = this.#sending;
    this.#sending = new Promise<void>((resolve) => {
      end = resolve;
    });
    await before;
    let session: DaemonSession | undefined;
    let isWhole = false;
    try {
      session = await this.#acquire();
      yield* session.readNar(path);
      isWhole = true;
    } finally {
      if (session !== undefined && isWhole) this.#release(session);
      else if (session !== undefined) this.#discard(session);
      end();
    }
  }

  /** Closes all sessions, which aborts running builds. The connection stays open. */
  close(): void {
    this.#isClosed = true;
    for (const session of this.#all) session.close();
    this.#rejectWaiting(buildHasEnded());
  }

  async #copy(
    path: StorePath,
    others: readonly BuilderStore[],
    isExpected: (path: StorePath) => boolean,
  ): Promise<number> {
    const source = others.find((other) => other !== this && other.has(path));
    if (source === undefined) {
      throw new ActionError(
        "BUILDER_UNREACHABLE",
        `${this.builder.host} needs ${path}, which was lost with the builder that had it`,
        { hint: "Check why that builder was lost: the job summary lists all changes of builders." },
      );
    }
    const info = await source.queryPathInfo(path);
    let copiedBytes = info.narBytes;
    const unknown = info.references.filter((reference) => reference !== path && !this.has(reference));
    if (unknown.length > 0) await this.queryPresent(unknown, true);
    for (const reference of unknown.filter((other) => !this.has(other))) {
      if (!isExpected(reference)) throw unasked(source.builder, path, reference);
      if (this.#isWaitingFor(reference, path)) throw circular(source.builder, path, reference);
      source.markPresent([reference]);
      this.#waitsFor.set(path, reference);
      try {
        copiedBytes += await this.copyFrom(reference, [source], isExpected);
      } finally {
        this.#waitsFor.delete(path);
      }
    }
    await source.#inTurn(`send ${path}`, (sender) =>
      this.#withSession(`receive ${path}`, (receiver) => receiver.addPath(info, sender.readNar(path))),
    );
    this.markPresent([path]);
    return copiedBytes;
  }

  /** Whether the copy of `path` waits for that of `other`, directly or through others. */
  #isWaitingFor(path: StorePath, other: StorePath): boolean {
    for (let next: StorePath | undefined = path; next !== undefined; next = this.#waitsFor.get(next)) {
      if (next === other) return true;
    }
    return false;
  }

  /** Serves copies from this store one at a time, so that they occupy only one session. */
  async #inTurn<T>(exchange: string, work: (session: DaemonSession) => Promise<T>): Promise<T> {
    const turn = this.#sending.then(() => this.#withSession(exchange, work));
    this.#sending = turn.catch(() => undefined);
    return turn;
  }

  /** Discards the session after any error: its protocol state is unknown. */
  async #withSession<T>(exchange: string, work: (session: DaemonSession) => Promise<T>): Promise<T> {
    const session = await this.#acquire();
    try {
      const result = await logExchange(this.builder.host, exchange, this.#effects, () => work(session));
      this.#release(session);
      return result;
    } catch (error) {
      this.#discard(session);
      throw error;
    }
  }

  /** If sshd allows no more sessions on the connection, waits until a session is free. */
  async #acquire(): Promise<DaemonSession> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#channels >= this.#limit) return this.#wait();
    try {
      return await this.#open();
    } catch (error) {
      if (!isCrowded(error) || !this.connection.isOpen() || this.#channels === 0) throw error;
      if (this.#channels === 1) throw tooCrowded(this.builder);
      this.#limit = this.#channels;
      // A session may have become free while sshd was asked, when this request was not in the queue yet.
      return this.#idle.pop() ?? this.#wait();
    }
  }

  #wait(): Promise<DaemonSession> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  #rejectWaiting(error: ActionError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }

  #release(session: DaemonSession): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(session);
    else next.resolve(session);
  }

  #discard(session: DaemonSession): void {
    this.#all.delete(session);
    session.close();
    this.#endChannel();
  }

  #endChannel(): void {
    this.#channels -= 1;
    const next = this.#waiting.shift();
    if (next !== undefined) this.#acquire().then(next.resolve, next.reject);
  }

  async #open(): Promise<DaemonSession> {
    const command = renderRemoteCommand({ ...this.builder, protocol: "ssh-ng" });
    const { host } = this.builder;
    const channel = await this.connection.openChannel(command).catch((error: unknown) => {
      throw aboutSubject(error, host);
    });
    this.#channels += 1;
    this.#limit = Math.max(this.#limit, this.#channels);
    channel.stderr.resume();
    try {
      const { clock } = this.#effects;
      const session = await logExchange(host, "open a session with its Nix daemon", this.#effects, () =>
        DaemonSession.open(channel, { host, clock }),
      );
      this.#all.add(session);
      if (!this.#isClosed) return session;
      session.close();
      throw buildHasEnded();
    } catch (error) {
      channel.destroy();
      this.#endChannel();
      throw error;
    }
  }
}

function buildHasEnded(): ActionError {
  return runCancelled("the build has ended");
}

function tooCrowded({ host }: Builder): ActionError {
  return new ActionError("BUILDER_UNFIT", `the sshd of ${host} allows only one session per connection`, {
    hint: "Set MaxSessions in the builder's sshd_config to its number of slots plus two. The default is 10.",
  });
}

function unasked({ host }: Builder, path: StorePath, reference: StorePath): ActionError {
  return new ActionError(
    "BUILDER_DENIED",
    `${host} has ${path} with a reference to ${reference}, which is not part of this build`,
    { hint: "The path was not copied. Do not trust this builder until you know why." },
  );
}

function circular({ host }: Builder, path: StorePath, reference: StorePath): ActionError {
  return new ActionError(
    "BUILDER_DENIED",
    `${host} has ${path}, which refers to itself through ${reference}`,
    {
      hint: "The path was not copied. Do not trust this builder until you know why.",
    },
  );
}
