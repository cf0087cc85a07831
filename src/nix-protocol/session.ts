import type { Duplex } from "node:stream";

import { ActionError } from "../errors/action-error.js";
import type { Derivation } from "../model/derivation.js";
import { isStorePath, type StorePath } from "../model/store-path.js";
import { sanitizeText } from "../platform/log.js";
import { ProtocolError } from "./protocol-error.js";
import { cutOff, renderWire, unreadable, WireReader, type WireValue } from "./wire.js";
import { MAX_VERSION_BYTES, TELLS_TRUST, TELLS_VERSION, WORKER } from "./handshake.js";

/** What a store knows of one of its paths. */
export interface PathInfo {
  readonly path: StorePath;
  readonly deriver: string;
  /** SHA-256 of the NAR, hexadecimal. */
  readonly narHash: string;
  readonly narBytes: number;
  readonly references: readonly StorePath[];
  readonly contentAddress: string;
}

/** What became of a build: a failure has the daemon's words. */
export type BuildAnswer =
  { readonly outcome: "built" } | { readonly outcome: "failed"; readonly message: string };

/** @see NixOS/nix, src/libstore/include/nix/store/worker-protocol.hh */
const OPERATION = {
  queryPathInfo: 26,
  queryValidPaths: 31,
  buildDerivation: 36,
  narFromPath: 38,
  addToStoreNar: 39,
} as const;
/** What a daemon says before it answers. @see NixOS/nix, src/libstore/worker-protocol-connection.cc */
const SAYS = {
  text: 0x6f6c6d67,
  error: 0x63787470,
  startActivity: 0x53545254,
  stopActivity: 0x53544f50,
  result: 0x52534c54,
  last: 0x616c7473,
} as const;
const BUILD_LOG_LINE = 101;
/** Built, substituted, there already, or the same as something that is. */
const GOOD_STATUS = [0, 1, 2, 13];
/** Nix 2.8 has 34. From 29 on the answer to a build has its times. */
const OLDEST_MINOR = 32;
const MAX_STRING_BYTES = 1 << 26;
const FRAME_BYTES = 1 << 16;

/**
 * A conversation with the Nix of a builder, one question after the other: the worker protocol, of which we claim 1.35. Everything rejects
 * with `BUILDER_UNREACHABLE` where the connection breaks, with a `ProtocolError` where the daemon sends what no Nix would, and with
 * `BUILDER_DENIED` for what the daemon refuses.
 * @see NixOS/nix, src/libstore/daemon.cc
 */
export class DaemonSession {
  readonly #channel: Duplex;
  readonly #reader: WireReader;

  private constructor(channel: Duplex) {
    this.#channel = channel;
    this.#reader = new WireReader(channel as AsyncIterable<Buffer>, MAX_STRING_BYTES, false);
  }

  /** Shakes hands with the daemon at the other end of `channel`. Rejects with `BUILDER_UNFIT` where it is too old, too. */
  static async open(channel: Duplex): Promise<DaemonSession> {
    // Whoever reads or writes is told; nobody else needs to be.
    channel.on("error", () => undefined);
    const session = new DaemonSession(channel);
    await session.#greet();
    return session;
  }

  close(): void {
    this.#channel.destroy();
  }

  /** Those of `paths` that its store has; with `mayFetch`, it gets from its substituters what it can. */
  async queryValidPaths(paths: readonly StorePath[], mayFetch: boolean): Promise<ReadonlySet<StorePath>> {
    if (paths.length === 0) return new Set();
    await this.#ask(OPERATION.queryValidPaths, [paths, mayFetch ? 1 : 0]);
    return new Set((await this.#reader.readStrings()).filter(isStorePath));
  }

  /** Rejects with `BUILDER_UNREACHABLE` where the store does not have the path. */
  async queryPathInfo(path: StorePath): Promise<PathInfo> {
    await this.#ask(OPERATION.queryPathInfo, [path]);
    const reader = this.#reader;
    if ((await reader.readWord()) !== 1) throw cutOff(`it has lost ${path}`);
    const deriver = await this.#readText();
    const narHash = await this.#readText();
    const references = (await reader.readStrings()).filter(isStorePath);
    await reader.readBits();
    const narBytes = await reader.readWord();
    await reader.readBits();
    await reader.readStrings();
    return { path, deriver, narHash, narBytes, references, contentAddress: await this.#readText() };
  }

  /** The NAR of a path of its store, as it comes. It has to be read to its end. */
  async *readNar(path: StorePath): AsyncGenerator<Buffer, void> {
    await this.#ask(OPERATION.narFromPath, [path]);
    yield* this.#reader.passArchive();
  }

  /** Puts a path into its store, whose references are there. The daemon holds the NAR to the hash of `info`. */
  async addPath(info: PathInfo, nar: AsyncIterable<Buffer>): Promise<void> {
    const { path, deriver, narHash, narBytes, references, contentAddress } = info;
    const isRepair = 0;
    const isUnsigned = 1;
    const [registrationTime, isUltimate, signatures] = [0, 0, []];
    await this.#write(
      renderWire([
        OPERATION.addToStoreNar,
        ...[path, deriver, narHash, references, registrationTime, narBytes, isUltimate, signatures],
        ...[contentAddress, isRepair, isUnsigned],
      ]),
    );
    // In frames: each has its length before, and the last one is empty. A NAR comes in many small pieces.
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

  /** Builds one derivation, all of whose `inputs` its store has. `onLogLine` gets what the build prints. */
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
    await this.#ask(OPERATION.buildDerivation, question, onLogLine);
    const reader = this.#reader;
    const status = await reader.readWord();
    const message = await this.#readText();
    for (let i = 0; i < 4; i++) await reader.readBits();
    const realisations = await reader.readCount();
    for (let i = 0; i < 2 * realisations; i++) await reader.readString();
    return GOOD_STATUS.includes(status) ? { outcome: "built" } : { outcome: "failed", message };
  }

  async #greet(): Promise<void> {
    await this.#write(renderWire([WORKER.client, WORKER.version, 0, 0]));
    if ((await this.#reader.readWord()) !== WORKER.server) throw unreadable("it is no Nix that answers");
    const minor = Math.min((await this.#reader.readWord()) & 0xff, WORKER.version & 0xff);
    if (minor < OLDEST_MINOR) {
      throw new ProtocolError("BUILDER_UNFIT", `its Nix speaks the worker protocol 1.${minor}`, {
        hint: "Install Nix 2.8 or newer on it.",
      });
    }
    if (minor >= TELLS_VERSION && (await this.#reader.readString()).length > MAX_VERSION_BYTES) {
      throw unreadable("a Nix version of impossible length");
    }
    if (minor >= TELLS_TRUST) await this.#reader.readBits();
    await this.#listen(() => undefined);
  }

  async #ask(
    operation: number,
    question: readonly WireValue[],
    onLogLine: (line: string) => void = () => undefined,
  ): Promise<void> {
    await this.#write(renderWire([operation, ...question]));
    await this.#listen(onLogLine);
  }

  /** Hears what the daemon says before its answer. */
  async #listen(onLogLine: (line: string) => void): Promise<void> {
    const reader = this.#reader;
    for (;;) {
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
          throw refused(await this.#readError());
        default:
          throw unreadable("the daemon says what we do not know");
      }
    }
  }

  async #readFields(): Promise<readonly (string | bigint)[]> {
    const count = await this.#reader.readCount();
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
    const traces = await reader.readCount();
    for (let i = 0; i < traces; i++) {
      await reader.readBits();
      await reader.readString();
    }
    return message;
  }

  async #readText(): Promise<string> {
    return sanitizeText((await this.#reader.readString()).toString("utf8"));
  }

  /** Waits where the other end is slower than we are; a channel that ends meanwhile takes nothing any more. */
  async #write(bytes: Buffer): Promise<void> {
    const channel = this.#channel;
    if (channel.destroyed || !channel.writable) throw lost();
    if (channel.write(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const onDrain = () => {
        channel.removeListener("close", onClose);
        resolve();
      };
      const onClose = () => {
        channel.removeListener("drain", onDrain);
        reject(lost());
      };
      channel.once("drain", onDrain);
      channel.once("close", onClose);
    });
  }
}

function lost(): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", "its Nix does not listen any more", {
    hint: "Check that the builder is up, and the network between.",
  });
}

function refused(message: string): ActionError {
  return new ActionError("BUILDER_DENIED", message, {
    hint: "Check that the builder's nix.conf has its user in trusted-users.",
  });
}
