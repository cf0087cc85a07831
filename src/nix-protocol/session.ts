import type { Duplex } from "node:stream";

import { ActionError } from "../errors/action-error.js";
import type { BuildAnswer } from "../model/build.js";
import type { Derivation } from "../model/derivation.js";
import type { PathInfo } from "../model/path-info.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import type { Clock } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import { type SilenceWatch, createSilenceWatch } from "../platform/silence-watch.js";
import { ProtocolError } from "./protocol-error.js";
import { BUILD_LOG_LINE, GOOD_STATUS, OLDEST_MINOR, OPERATION, SAYS } from "./worker-protocol.js";
import { renderWire, WireReader, type WireValue } from "./wire.js";
import { MAX_CPU_SECONDS } from "../model/build.js";
import { MAX_VERSION_BYTES, HAS_CPU_TIME, TELLS_TRUST, TELLS_VERSION, WORKER } from "./handshake.js";

/** All strings of one message or answer together. */
const MAX_MESSAGE_BYTES = 1 << 26;
/** Nix sends at most six fields with an activity or a result. */
const MAX_FIELDS = 64;
const MAX_ITEMS = 100_000;
const MAX_SIGNATURES = 1_000;
const FRAME_BYTES = 1 << 16;
/** A daemon that is asked for something that it knows answers in milliseconds, even on a busy builder. */
const ANSWER_LIMIT_MS = 30_000;
/** While it fetches paths, a daemon is silent for as long as a substituter is; so it is while it adds one. */
const WORK_LIMIT_MS = 600_000;

export interface SessionOptions {
  /** The builder, for errors. */
  readonly host: string;
  readonly clock: Clock;
}

/**
 * A session with the Nix daemon of a builder over the worker protocol, one request at a time. All methods
 * reject with `BUILDER_UNREACHABLE` if the connection breaks or the daemon is silent for too long, with a
 * `ProtocolError` if the daemon sends something that is not valid in the protocol, and with `BUILDER_DENIED`
 * if the daemon refuses the request.
 * @see NixOS/nix, src/libstore/daemon.cc
 */
export class DaemonSession {
  readonly #channel: Duplex;
  readonly #silence: SilenceWatch;
  readonly #reader: WireReader;
  /** Of the version of the protocol, 1.N. */
  #minor = 0;

  readonly #host: string;

  private constructor(channel: Duplex, { host, clock }: SessionOptions) {
    this.#channel = channel;
    this.#host = host;
    // Closing the channel would not end a wait: a hostile server need not answer that either.
    this.#silence = createSilenceWatch(clock, ANSWER_LIMIT_MS, (waitedMs) => silent(host, waitedMs));
    this.#reader = new WireReader(this.#hear(), {
      sender: host,
      maxStringBytes: MAX_MESSAGE_BYTES,
      maxMessageBytes: MAX_MESSAGE_BYTES,
      isKeeping: false,
    });
  }

  /** Opens a session with the daemon behind `channel`. Also rejects with `BUILDER_UNFIT` if it is too old. */
  static async open(channel: Duplex, options: SessionOptions): Promise<DaemonSession> {
    // Pending reads and writes surface this error; ignore the event.
    channel.on("error", () => undefined);
    const session = new DaemonSession(channel, options);
    channel.once("close", () => {
      session.#silence.end();
    });
    try {
      await session.#greet();
      return session;
    } catch (error) {
      session.close();
      throw error;
    }
  }

  close(): void {
    this.#silence.end();
    this.#channel.destroy();
  }

  /** Those of `paths` that the store has. With `mayFetch`, the builder first substitutes what it can. */
  async queryValidPaths(paths: readonly StorePath[], mayFetch: boolean): Promise<ReadonlySet<StorePath>> {
    if (paths.length === 0) return new Set();
    await this.#ask(OPERATION.queryValidPaths, [paths, mayFetch ? 1 : 0], {
      silenceLimitMs: mayFetch ? WORK_LIMIT_MS : ANSWER_LIMIT_MS,
    });
    const valid = new Set(await this.#reader.readStrings(paths.length));
    return new Set(paths.filter((path) => valid.has(path)));
  }

  /** Also rejects with `BUILDER_UNREACHABLE` if the store does not have the path. */
  async queryPathInfo(path: StorePath): Promise<PathInfo> {
    await this.#ask(OPERATION.queryPathInfo, [path]);
    const reader = this.#reader;
    if ((await reader.readWord()) !== 1) throw reader.cutOff(`its store no longer has ${path}`);
    const deriver = await this.#readText();
    const narHash = await this.#readText();
    const references = (await reader.readStrings(MAX_ITEMS)).filter(isStorePath);
    await reader.readBits();
    const narBytes = await reader.readWord();
    await reader.readBits();
    const signatures = await reader.readStrings(MAX_SIGNATURES);
    const contentAddress = await this.#readText();
    return { path, deriver, narHash, narBytes, references, signatures, contentAddress };
  }

  /** Streams the NAR of a path in the builder's store. It must be read to its end. */
  async *readNar(path: StorePath): AsyncGenerator<Buffer, void> {
    await this.#ask(OPERATION.narFromPath, [path]);
    yield* this.#reader.passArchive();
  }

  /** Adds a path whose references the store already has. The daemon checks the NAR by the hash of `info`. */
  async addPath(info: PathInfo, nar: AsyncIterable<Buffer>): Promise<void> {
    const { path, deriver, narHash, narBytes, references, contentAddress } = info;
    const isRepair = 0;
    const isUnsigned = 1;
    this.#silence.allow(WORK_LIMIT_MS);
    const [registrationTime, isUltimate, signatures] = [0, 0, []];
    await this.#write(
      renderWire([
        OPERATION.addToStoreNar,
        ...[path, deriver, narHash, references, registrationTime, narBytes, isUltimate, signatures],
        ...[contentAddress, isRepair, isUnsigned],
      ]),
    );
    // Frames: each is preceded by its length, and the last one is empty. Small pieces of the NAR are joined.
    let frame: Buffer[] = [];
    let frameBytes = 0;
    const send = async () => {
      await this.#write(Buffer.concat([renderWire([frameBytes]), ...frame]));
      [frame, frameBytes] = [[], 0];
    };
    for await (const piece of nar) {
      frame.push(piece);
      frameBytes += piece.length;
      if (frameBytes >= FRAME_BYTES) await send();
    }
    if (frameBytes > 0) await send();
    await send();
    await this.#listen(() => undefined);
  }

  /**
   * Builds one derivation whose `inputs` the store already has. `onLogLine` gets every line of its log. The
   * caller decides how long the build may be silent.
   */
  async build(
    drvPath: StorePath,
    derivation: Derivation,
    inputs: readonly StorePath[],
    onLogLine: (line: string) => void,
  ): Promise<BuildAnswer> {
    const { outputs, platform, builder, args, environment } = derivation;
    const normal = 0;
    const question: readonly WireValue[] = [
      drvPath,
      outputs.length,
      ...outputs.flatMap(({ name, path = "", hashAlgorithm, hash }) => [name, path, hashAlgorithm, hash]),
      inputs,
      platform,
      builder,
      args,
      environment.length,
      ...environment.flat(),
      normal,
    ];
    await this.#ask(OPERATION.buildDerivation, question, { onLogLine, silenceLimitMs: Infinity });
    const reader = this.#reader;
    const status = await reader.readWord();
    const message = await this.#readText();
    for (let i = 0; i < 4; i++) await reader.readBits();
    const cpuMs = await this.#readCpuTime();
    const realisations = await reader.readCount(MAX_ITEMS);
    for (let i = 0; i < 2 * realisations; i++) await reader.readString();
    return GOOD_STATUS.includes(status) ? { outcome: "built", cpuMs } : { outcome: "failed", message, cpuMs };
  }

  async #greet(): Promise<void> {
    await this.#write(renderWire([WORKER.client, WORKER.version, 0, 0]));
    if ((await this.#reader.readWord()) !== WORKER.server)
      throw this.#reader.unreadable("it does not come from Nix");
    const minor = Math.min((await this.#reader.readWord()) & 0xff, WORKER.version & 0xff);
    if (minor < OLDEST_MINOR) {
      const spoken = `it speaks version 1.${minor} of the worker protocol`;
      throw new ProtocolError("BUILDER_UNFIT", `the Nix of ${this.#host} is too old: ${spoken}`, {
        hint: "Install Nix 2.8 or newer on the builder.",
      });
    }
    if (minor >= TELLS_VERSION && (await this.#reader.readString()).length > MAX_VERSION_BYTES) {
      throw this.#reader.unreadable("the Nix version is too long");
    }
    if (minor >= TELLS_TRUST) await this.#reader.readBits();
    this.#minor = minor;
    await this.#listen(() => undefined);
  }

  async #ask(
    operation: number,
    question: readonly WireValue[],
    {
      onLogLine = () => undefined,
      silenceLimitMs = ANSWER_LIMIT_MS,
    }: { readonly onLogLine?: (line: string) => void; readonly silenceLimitMs?: number } = {},
  ): Promise<void> {
    this.#silence.allow(silenceLimitMs);
    await this.#write(renderWire([operation, ...question]));
    await this.#listen(onLogLine);
  }

  async *#hear(): AsyncGenerator<Buffer> {
    const pieces = (this.#channel as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      const next = await this.#silence.wait(pieces.next());
      if (next.done === true) return;
      yield next.value;
    }
  }

  /** Reads the messages that the daemon sends before its answer. */
  async #listen(onLogLine: (line: string) => void): Promise<void> {
    const reader = this.#reader;
    for (;;) {
      reader.beginMessage();
      switch (await reader.readWord()) {
        case SAYS.last:
          return;
        case SAYS.text:
          await reader.readString();
          break;
        case SAYS.startActivity:
          for (let i = 0; i < 3; i++) await reader.readBits();
          await reader.readString();
          await this.#readFields();
          await reader.readBits();
          break;
        case SAYS.stopActivity:
          await reader.readBits();
          break;
        case SAYS.result: {
          await reader.readBits();
          const type = await reader.readBits();
          const [line] = await this.#readFields();
          if (type === BigInt(BUILD_LOG_LINE) && typeof line === "string") onLogLine(line);
          break;
        }
        case SAYS.error:
          throw this.#refused(await this.#readError());
        default:
          throw reader.unreadable("a message is of an unknown kind");
      }
    }
  }

  async #readFields(): Promise<readonly (string | bigint)[]> {
    const count = await this.#reader.readCount(MAX_FIELDS);
    const fields: (string | bigint)[] = [];
    for (let i = 0; i < count; i++) {
      const isNumber = (await this.#reader.readWord()) === 0;
      fields.push(isNumber ? await this.#reader.readBits() : await this.#readText());
    }
    return fields;
  }

  async #readError(): Promise<string> {
    const reader = this.#reader;
    await reader.readString();
    await reader.readBits();
    await reader.readString();
    const message = await this.#readText();
    await reader.readBits();
    const traces = await reader.readCount(MAX_ITEMS);
    for (let i = 0; i < traces; i++) {
      await reader.readBits();
      await reader.readString();
    }
    return message;
  }

  /** User and system time, which are microseconds, or absent, in milliseconds. */
  async #readCpuTime(): Promise<number | undefined> {
    if (this.#minor < HAS_CPU_TIME) return undefined;
    const reader = this.#reader;
    let sumMs: number | undefined;
    for (let i = 0; i < 2; i++) {
      if ((await reader.readWord()) !== 0) sumMs = (sumMs ?? 0) + (await reader.readWord()) / 1000;
    }
    // A builder may claim anything.
    return sumMs === undefined || sumMs > MAX_CPU_SECONDS * 1000 ? undefined : Math.round(sumMs);
  }

  async #readText(): Promise<string> {
    return sanitizeText((await this.#reader.readString()).toString("utf8"));
  }

  /** Waits until the channel accepts more data; rejects if the channel closes first. */
  async #write(bytes: Buffer): Promise<void> {
    const channel = this.#channel;
    if (channel.destroyed || !channel.writable) throw this.#lost();
    if (channel.write(bytes)) return;
    await this.#silence.wait(
      new Promise<void>((resolve, reject) => {
        const onDrain = () => {
          channel.removeListener("close", onClose);
          resolve();
        };
        const onClose = () => {
          channel.removeListener("drain", onDrain);
          reject(this.#lost());
        };
        channel.once("drain", onDrain);
        channel.once("close", onClose);
      }),
    );
  }

  #lost(): ActionError {
    return new ActionError("BUILDER_UNREACHABLE", `the connection to the Nix of ${this.#host} was lost`, {
      hint: "Check that the builder is running and can be reached.",
    });
  }

  #refused(message: string): ActionError {
    return new ActionError("BUILDER_DENIED", `the Nix of ${this.#host} refused: ${message}`, {
      hint: "Check that the builder's nix.conf lists the SSH user in trusted-users.",
    });
  }
}

function silent(host: string, waitedMs: number): ActionError {
  return new ActionError(
    "BUILDER_UNREACHABLE",
    `the Nix daemon of ${host} has not answered for ${Math.round(waitedMs / 1000)} s`,
    { hint: "Check the Nix daemon on the builder: systemctl status nix-daemon." },
  );
}
