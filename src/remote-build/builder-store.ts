import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import { type Derivation, outputPaths } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import { type Connection, isCrowded } from "../ssh/connection.js";
import { type BuildAnswer, DaemonSession } from "../nix-protocol/session.js";
import { renderRemoteProgram } from "../nix-protocol/handshake.js";
import type { WorkerStore } from "./worker-store.js";

/**
 * The store of one builder, over one connection: as many conversations with its Nix as are needed at the same time, each kept for the
 * next question. It knows what it has seen in the store. Everything rejects with the codes of `DaemonSession`.
 */
export class BuilderStore implements WorkerStore<BuilderStore> {
  readonly builder: Builder;
  readonly connection: Connection;
  readonly #idle: DaemonSession[] = [];
  readonly #all = new Set<DaemonSession>();
  readonly #paths = new Set<StorePath>();
  readonly #copying = new Map<StorePath, Promise<void>>();
  readonly #waiting: { resolve: (session: DaemonSession) => void; reject: (error: unknown) => void }[] = [];
  #sending: Promise<unknown> = Promise.resolve();
  /** Those that are open, handshake or no handshake. */
  #channels = 0;
  #limit = Infinity;

  constructor(builder: Builder, connection: Connection) {
    this.builder = builder;
    this.connection = connection;
    connection.onClose(() => {
      this.#rejectWaiting(new ActionError("BUILDER_UNREACHABLE", "the connection was lost"));
    });
  }

  /** How many builds it takes at the same time: where sessions are few, one stays for what others want to have. */
  get maxBuilds(): number {
    return this.#limit - 1;
  }

  has(path: StorePath): boolean {
    return this.connection.isOpen() && this.#paths.has(path);
  }

  /** Takes it as known that it has these paths. */
  markPresent(paths: Iterable<StorePath>): void {
    for (const path of paths) this.#paths.add(path);
  }

  async queryPresent(paths: readonly StorePath[], mayFetch: boolean): Promise<void> {
    this.markPresent(await this.#withSession((session) => session.queryValidPaths(paths, mayFetch)));
  }

  /**
   * Gets a path, with what it refers to, from one of the others that has it. What is not `isExpected` is not taken: a builder could make another
   * one believe anything. Rejects with `BUILDER_DENIED` for it.
   */
  async copyFrom(
    path: StorePath,
    others: readonly BuilderStore[],
    isExpected: (path: StorePath) => boolean,
  ): Promise<void> {
    if (this.has(path)) return;
    const coming =
      this.#copying.get(path) ??
      this.#copy(path, others, isExpected).finally(() => this.#copying.delete(path));
    this.#copying.set(path, coming);
    await coming;
  }

  async build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer> {
    const answer = await this.#withSession((session) =>
      session.build(drvPath, derivation, inputs, onLogLine),
    );
    if (answer.outcome === "built") this.markPresent(outputPaths(derivation));
    return answer;
  }

  /** Ends all conversations: what is being built is given up. The connection stays. */
  close(): void {
    for (const session of this.#all) session.close();
    this.#rejectWaiting(new ActionError("CANCELLED", "the build has ended"));
  }

  async #copy(
    path: StorePath,
    others: readonly BuilderStore[],
    isExpected: (path: StorePath) => boolean,
  ): Promise<void> {
    const source = others.find((other) => other !== this && other.has(path));
    if (source === undefined) {
      throw new ActionError("BUILDER_UNREACHABLE", `${path} was lost with the builder that had it`);
    }
    const info = await source.#inTurn((session) => session.queryPathInfo(path));
    const unknown = info.references.filter((reference) => reference !== path && !this.has(reference));
    if (unknown.length > 0) await this.queryPresent(unknown, true);
    for (const reference of unknown.filter((other) => !this.has(other))) {
      if (!isExpected(reference)) throw unasked(path, reference);
      source.markPresent([reference]);
      await this.copyFrom(reference, [source], isExpected);
    }
    await source.#inTurn((sender) =>
      this.#withSession((receiver) => receiver.addPath(info, sender.readNar(path))),
    );
    this.markPresent([path]);
  }

  /** One path at a time leaves the store, so that a conversation is enough for all who ask. */
  async #inTurn<T>(work: (session: DaemonSession) => Promise<T>): Promise<T> {
    const turn = this.#sending.then(() => this.#withSession(work));
    this.#sending = turn.catch(() => undefined);
    return turn;
  }

  /** A conversation that failed anywhere is not gone on with. */
  async #withSession<T>(work: (session: DaemonSession) => Promise<T>): Promise<T> {
    const session = await this.#acquire();
    try {
      const result = await work(session);
      this.#release(session);
      return result;
    } catch (error) {
      this.#discard(session);
      throw error;
    }
  }

  /** Where sshd lets no more sessions into the connection, one that is free again is waited for. */
  async #acquire(): Promise<DaemonSession> {
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    if (this.#channels >= this.#limit) return this.#wait();
    try {
      return await this.#open();
    } catch (error) {
      if (!isCrowded(error) || !this.connection.isOpen() || this.#channels === 0) throw error;
      if (this.#channels === 1) throw tooCrowded();
      this.#limit = this.#channels;
      // While sshd was asked, one may have become free, and found nobody waiting.
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
    const program = renderRemoteProgram({ ...this.builder, protocol: "ssh-ng" }).join(" ");
    const channel = await this.connection.openChannel(program);
    this.#channels += 1;
    this.#limit = Math.max(this.#limit, this.#channels);
    channel.stderr.resume();
    try {
      const session = await DaemonSession.open(channel);
      this.#all.add(session);
      return session;
    } catch (error) {
      channel.destroy();
      this.#endChannel();
      throw error;
    }
  }
}

function tooCrowded(): ActionError {
  return new ActionError("BUILDER_UNFIT", "its sshd lets but one session into a connection", {
    hint: "Set MaxSessions in the builder's sshd_config to its slots and two more; the default is 10.",
  });
}

function unasked(path: StorePath, reference: StorePath): ActionError {
  return new ActionError("BUILDER_DENIED", `its ${path} refers to ${reference}, which nobody asked for`, {
    hint: "Nothing of it was taken in. Do not trust this builder before you know why.",
  });
}
