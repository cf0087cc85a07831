import type { Duplex } from "node:stream";

import type { Client, ClientChannel } from "ssh2";

import { ActionError } from "../errors/action-error.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import { describeHostKey, explainRevoked, type SeenHostKey } from "./host-key.js";

/** How ssh2 reaches a builder by itself, without the system's ssh and its configuration. */
export interface DirectAccess {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** The host, as ssh knows it, through which alone this one is reached. */
  readonly jumpAlias?: string | undefined;
  /** Host keys to accept, as `TYPE BASE64`. */
  readonly hostKeys: readonly string[];
  readonly revokedKeys: readonly string[];
  readonly identity:
    | { readonly kind: "agent"; readonly socket: string }
    | { readonly kind: "key"; readonly privateKey: string };
}

/** A live connection to a builder: many commands may run over it, and its end is told at once. */
export interface Connection {
  /** The one that it was shown, and accepted. */
  readonly hostKey: SeenHostKey;
  /** A command's stdin and stdout as one stream, stderr beside. Rejects with `BUILDER_UNREACHABLE`. */
  readonly openChannel: (command: string) => Promise<ClientChannel>;
  readonly isOpen: () => boolean;
  readonly onClose: (listener: () => void) => void;
  readonly close: () => void;
}

const KEEPALIVE_MS = 5_000;
const MISSED_KEEPALIVES = 3;
const CROWDED_TRIES = 6;
const CROWDED_WAIT_MS = 200;

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** Told of the key that was shown, be it ours or not. */
  readonly onHostKey: (key: SeenHostKey) => void;
  /** The way to the builder, where it is not reached directly. */
  readonly socket?: Duplex | undefined;
}

/**
 * Connects to a builder, through `socket` where one is given, which ends with the connection. Other host keys than ours are never accepted, nor is anything sent before. A link that died silently is noticed
 * within 20 s. Rejects with `BUILDER_HOST_KEY`, `BUILDER_DENIED`
 * and `BUILDER_UNREACHABLE`.
 */
export async function connect(
  access: DirectAccess,
  { timeoutMs, onHostKey, socket }: ConnectOptions,
  clock: Clock,
): Promise<Connection> {
  await import("./commonjs-dirname.js");
  const { default: ssh2 } = await import("ssh2");
  const client = new ssh2.Client();
  let seen: Buffer | undefined;
  const connected = new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.once("close", () => {
      reject(unreachable("the connection was closed"));
    });
    // It stays: an error after we have connected is followed by `close`, which tells all there is to tell.
    client.on("error", (error) => {
      reject(explain(error, seen, access));
    });
  });
  client.connect({
    ...(socket !== undefined && { sock: socket }),
    host: access.host,
    port: access.port,
    username: access.username,
    ...(access.identity.kind === "agent"
      ? { agent: access.identity.socket }
      : { privateKey: access.identity.privateKey }),
    readyTimeout: timeoutMs,
    keepaliveInterval: KEEPALIVE_MS,
    keepaliveCountMax: MISSED_KEEPALIVES,
    algorithms: { serverHostKey: listKeyAlgorithms(access.hostKeys) },
    hostVerifier: (key: Buffer) => {
      seen = key;
      onHostKey(describeHostKey(key));
      return isAmong(access.hostKeys, key) && !isAmong(access.revokedKeys, key);
    },
  });
  try {
    await connected;
  } catch (error) {
    client.destroy();
    socket?.destroy();
    throw error;
  }
  // Nix's protocol is made of small messages that wait for each other.
  client.setNoDelay(true);
  return wrap(client, { hostKey: describeHostKey(seen ?? Buffer.alloc(0)), socket, clock });
}

/**
 * The host key that a builder shows, as it is on the wire: nothing is proven by it, and nobody logs in. Rejects with `BUILDER_UNREACHABLE`.
 */
export async function askHostKey(
  { host, port }: Pick<DirectAccess, "host" | "port">,
  timeoutMs: number,
): Promise<Buffer> {
  await import("./commonjs-dirname.js");
  const { default: ssh2 } = await import("ssh2");
  const client = new ssh2.Client();
  try {
    return await new Promise<Buffer>((resolve, reject) => {
      client.on("error", (error) => {
        reject(unreachable(error.message));
      });
      client.once("close", () => {
        reject(unreachable("the connection was closed"));
      });
      client.connect({
        host,
        port,
        username: "nobody",
        readyTimeout: timeoutMs,
        hostVerifier: (key: Buffer) => {
          resolve(key);
          return false;
        },
      });
    });
  } finally {
    client.destroy();
  }
}

function isAmong(keys: readonly string[], key: Buffer): boolean {
  return keys.some((known) => known.split(" ")[1] === key.toString("base64"));
}

function wrap(
  client: Client,
  {
    hostKey,
    socket,
    clock,
  }: Pick<Connection, "hostKey"> & Pick<ConnectOptions, "socket"> & { readonly clock: Clock },
): Connection {
  let isOpen = true;
  client.once("close", () => {
    isOpen = false;
    socket?.destroy();
  });
  return {
    hostKey,
    openChannel: (command) => retryCrowded(() => openChannel(client, command), clock),
    isOpen: () => isOpen,
    onClose: (listener) => {
      client.once("close", listener);
    },
    close: () => {
      client.end();
      client.destroy();
      socket?.destroy();
    },
  };
}

/** Whether sshd lets no more sessions into a connection. @see sshd_config(5), MaxSessions */
export function isCrowded(error: unknown): boolean {
  return error instanceof ActionError && error.message.includes("Channel open failure");
}

/** A session that has just ended is counted by sshd until its program has ended, too. */
async function retryCrowded<T>(open: () => Promise<T>, clock: Clock): Promise<T> {
  for (let left = CROWDED_TRIES; ; left--) {
    try {
      return await open();
    } catch (error) {
      if (left === 1 || !isCrowded(error)) throw error;
      await clock.sleep(CROWDED_WAIT_MS);
    }
  }
}

function openChannel(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const onClose = () => {
      reject(unreachable("the connection was lost"));
    };
    client.once("close", onClose);
    try {
      client.exec(command, (error, channel) => {
        client.removeListener("close", onClose);
        if (error === undefined) resolve(channel);
        else reject(unreachable(`it runs no command: ${error.message}`));
      });
    } catch {
      onClose();
    }
  });
}

export interface Question {
  /** For the user's login shell on the builder. */
  readonly command: string;
  readonly input: Buffer;
  /** Told of all that came on stdout so far; true ends the command. */
  readonly isComplete: (stdout: Buffer) => boolean;
  readonly timeoutMs: number;
}

const KEPT_BYTES = 1 << 20;

/**
 * Runs one command until its answer is complete, and holds its stdin open so long, since Nix's daemon drops an answer whose reader has
 * gone. Rejects with `BUILDER_UNREACHABLE`.
 */
export async function ask(
  connection: Connection,
  { command, input, isComplete, timeoutMs }: Question,
  clock: Clock,
): Promise<{ readonly stdout: Buffer; readonly stderr: string }> {
  let channel: ClientChannel | undefined;
  const answer = async () => {
    const opened = await connection.openChannel(command);
    channel = opened;
    let stdout = Buffer.alloc(0);
    let stderr = "";
    await new Promise<void>((resolve) => {
      opened.on("data", (bytes: Buffer) => {
        stdout = Buffer.concat([stdout, bytes]);
        if (stdout.length > KEPT_BYTES || isComplete(stdout)) resolve();
      });
      opened.stderr.on("data", (bytes: Buffer) => {
        stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_BYTES);
      });
      opened.on("close", resolve);
      opened.on("error", resolve);
      opened.write(input);
    });
    return { stdout, stderr };
  };
  try {
    return await withTimeLimit(clock, timeoutMs, (limit) => {
      const late = new Promise<never>((_, reject) => {
        limit.addEventListener("abort", () => {
          reject(unreachable(`no answer within ${timeoutMs / 1000} s`));
        });
      });
      return Promise.race([answer(), late]);
    });
  } finally {
    channel?.close();
  }
}

/**
 * Writes `input` to a command's stdin as it comes, and gives the command's stdout as it comes. Throws `BUILDER_UNREACHABLE` when the command
 * fails, or the connection before it.
 */
export async function* stream(
  opening: Promise<ClientChannel>,
  input: AsyncIterable<string>,
): AsyncGenerator<Buffer> {
  const channel = await opening;
  let stderr = "";
  let exitCode: number | undefined;
  channel.stderr.on("data", (bytes: Buffer) => {
    stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_BYTES);
  });
  channel.on("exit", (code: number | null) => {
    exitCode = code ?? 128;
  });
  const closed = new Promise((resolve) => channel.once("close", resolve));
  const feed = async () => {
    for await (const text of input) channel.write(text);
    channel.end();
  };
  // Whoever cannot say what is wanted reports why.
  feed().catch(() => {
    channel.close();
  });
  try {
    for await (const chunk of channel) yield chunk as Buffer;
    await closed;
  } finally {
    channel.close();
  }
  if (exitCode === 0) return;
  const lastLine = sanitizeText(stderr).trim().split("\n").at(-1) ?? "";
  throw unreachable(
    exitCode === undefined
      ? "the connection was lost"
      : `its Nix exited with ${exitCode}${lastLine === "" ? "" : `: ${lastLine.slice(-300)}`}`,
  );
}

const RSA = ["rsa-sha2-512", "rsa-sha2-256"] as const;
const COMPARABLE = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
] as const;

/** A server with keys of several types shows the one we ask for: only those that we can compare are asked for. */
function listKeyAlgorithms(hostKeys: readonly string[]) {
  const types = hostKeys.map((key) => key.split(" ")[0] ?? "");
  return [...COMPARABLE.filter((type) => types.includes(type)), ...(types.includes("ssh-rsa") ? RSA : [])];
}

function explain(
  error: Error & { readonly level?: string },
  seen: Buffer | undefined,
  { revokedKeys }: DirectAccess,
): ActionError {
  if (error.message.includes("no matching host key")) {
    return new ActionError(
      "BUILDER_HOST_KEY",
      "it has no host key of a type that ssh-known-hosts has for it",
      {
        hint: "Pin the key of /etc/ssh/ssh_host_ed25519_key.pub on the builder.",
      },
    );
  }
  if (error.message.includes("Host denied") && seen !== undefined) {
    if (isAmong(revokedKeys, seen)) return explainRevoked(describeHostKey(seen));
    const { fingerprint } = describeHostKey(seen);
    return new ActionError(
      "BUILDER_HOST_KEY",
      `its host key is ${fingerprint}, which is not the one in ssh-known-hosts`,
      { hint: "Compare the keys before you change anything: someone may stand between." },
    );
  }
  if (error.level === "client-authentication") {
    return new ActionError("BUILDER_DENIED", "it refuses our key", {
      hint: "Add the public half of ssh-private-key to the user's authorized_keys there.",
    });
  }
  return unreachable(error.message);
}

function unreachable(reason: string): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", reason, {
    hint: "Check host, port and network, and that it is up; or raise builder-timeout.",
  });
}
