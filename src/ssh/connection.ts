import { connect as connectSocket } from "node:net";
import type { Duplex } from "node:stream";

import type { Client, ClientChannel } from "ssh2";

import { ActionError } from "../errors/action-error.js";
import type { Traffic } from "../model/builder.js";
import { type Clock, withTimeLimit } from "../platform/clock.js";
import { createSilenceWatch } from "../platform/silence-watch.js";
import { describeHostKey, explainRevoked, type SeenHostKey } from "./host-key.js";
import { countTraffic } from "./traffic.js";

/** What ssh2 needs to connect to a builder without the system's ssh or its configuration. */
export interface DirectAccess {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** The ssh alias of the jump host, if the builder is reached through one. */
  readonly jumpAlias?: string | undefined;
  /** Opens a stream to the builder, if there is no network route to it. */
  readonly openSocket?: ((timeoutMs: number) => Promise<Duplex>) | undefined;
  /** Host keys to accept, as `TYPE BASE64`. */
  readonly hostKeys: readonly string[];
  readonly revokedKeys: readonly string[];
  /** What lists the host keys, for messages. Default: the input ssh-known-hosts. */
  readonly hostKeySource?: string | undefined;
  readonly identity:
    | { readonly kind: "agent"; readonly socket: string }
    | { readonly kind: "key"; readonly privateKey: string };
}

/** An open connection to a builder, over which any number of commands can run. */
export interface Connection {
  /** The host key that the builder presented and that was accepted. */
  readonly hostKey: SeenHostKey;
  /** Runs a command; the stream is its stdin and stdout. Rejects with `BUILDER_UNREACHABLE`. */
  readonly openChannel: (command: string) => Promise<ClientChannel>;
  readonly isOpen: () => boolean;
  /** What went over the connection so far. */
  readonly traffic: () => Traffic;
  readonly onClose: (listener: () => void) => void;
  readonly close: () => void;
}

const KEEPALIVE_MS = 5_000;
const MISSED_KEEPALIVES = 3;
const CROWDED_TRIES = 6;
const CROWDED_WAIT_MS = 200;

export interface ConnectOptions {
  readonly timeoutMs: number;
  /** Called with the host key that the builder presents, whether it is trusted or not. */
  readonly onHostKey: (key: SeenHostKey) => void;
  /** A stream to the builder, if it is not reached directly. */
  readonly socket?: Duplex | undefined;
}

/**
 * Connects to a builder, through `socket` if given; the socket is closed with the connection. Does not log in
 * before the host key has been verified, and never accepts a key that is not in `access.hostKeys`. A
 * connection that dies silently is noticed within 20 s. Rejects with `BUILDER_HOST_KEY`, `BUILDER_DENIED` and
 * `BUILDER_UNREACHABLE`.
 */
export async function connect(
  access: DirectAccess,
  { timeoutMs, onHostKey, socket: given }: ConnectOptions,
  clock: Clock,
): Promise<Connection> {
  await import("./commonjs-dirname.js");
  const { default: ssh2 } = await import("ssh2");
  const client = new ssh2.Client();
  const socket = given ?? connectSocket(access.port, access.host);
  const traffic = countTraffic(socket);
  let seen: Buffer | undefined;
  const connected = new Promise<void>((resolve, reject) => {
    client.once("ready", resolve);
    client.once("close", () => {
      reject(unreachable("the connection was closed"));
    });
    // Keep this listener after connecting, or a later error would crash the process. `close` always follows.
    client.on("error", (error) => {
      reject(explain(error, seen, access));
    });
  });
  client.connect({
    sock: socket,
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
    socket.destroy();
    throw error;
  }
  // In Nix's protocol each small message waits for the previous one, so Nagle's algorithm only delays them.
  client.setNoDelay(true);
  return wrap(client, { hostKey: describeHostKey(seen ?? Buffer.alloc(0)), socket, traffic, clock });
}

/**
 * Gets the host key that a builder presents, in wire format, without logging in. The key is not verified.
 * Rejects with `BUILDER_UNREACHABLE`.
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
    traffic,
    socket,
    clock,
  }: Pick<Connection, "hostKey" | "traffic"> & { readonly socket: Duplex; readonly clock: Clock },
): Connection {
  let isOpen = true;
  client.once("close", () => {
    isOpen = false;
    socket.destroy();
  });
  return {
    hostKey,
    openChannel: (command) => retryCrowded(() => openChannelInTime(client, command, clock), clock),
    isOpen: () => isOpen,
    traffic,
    onClose: (listener) => {
      client.once("close", listener);
    },
    close: () => {
      client.end();
      client.destroy();
      socket.destroy();
    },
  };
}

/** Whether sshd refused a further session on a connection. @see sshd_config(5), MaxSessions */
export function isCrowded(error: unknown): boolean {
  return error instanceof ActionError && error.message.includes("Channel open failure");
}

/** Retries a refused session, since sshd counts a closed session until its program has exited. */
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

async function openChannelInTime(client: Client, command: string, clock: Clock): Promise<ClientChannel> {
  const silence = createSilenceWatch(clock, OPEN_LIMIT_MS, (waitedMs) =>
    unreachable(`its sshd has started no command for ${Math.round(waitedMs / 1000)} s`),
  );
  const opening = openChannel(client, command);
  try {
    return await silence.wait(opening);
  } catch (error) {
    opening.then(
      (late) => {
        late.close();
      },
      () => undefined,
    );
    throw error;
  } finally {
    silence.end();
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
        else reject(unreachable(`could not start a command on the builder: ${error.message}`));
      });
    } catch {
      onClose();
    }
  });
}

export interface Question {
  /** A command line for the user's login shell on the builder. */
  readonly command: string;
  readonly input: Buffer;
  /** Called with all of stdout so far; returning true ends the command. */
  readonly isComplete: (stdout: Buffer) => boolean;
  readonly timeoutMs: number;
}

const KEPT_BYTES = 1 << 20;
const OPEN_LIMIT_MS = 30_000;

/**
 * Runs one command until its answer is complete. Keeps its stdin open until then, since Nix's daemon stops
 * answering when its client closes the stream. Rejects with `BUILDER_UNREACHABLE`.
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

const RSA = ["rsa-sha2-512", "rsa-sha2-256"] as const;
const COMPARABLE = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
] as const;

/** A server presents a host key of the type that the client asks for: ask only for types of pinned keys. */
function listKeyAlgorithms(hostKeys: readonly string[]) {
  const types = hostKeys.map((key) => key.split(" ")[0] ?? "");
  return [...COMPARABLE.filter((type) => types.includes(type)), ...(types.includes("ssh-rsa") ? RSA : [])];
}

function explain(
  error: Error & { readonly level?: string },
  seen: Buffer | undefined,
  { revokedKeys, hostKeySource = "ssh-known-hosts" }: DirectAccess,
): ActionError {
  if (error.message.includes("no matching host key")) {
    return new ActionError(
      "BUILDER_HOST_KEY",
      `the builder has no host key of a type that ${hostKeySource} lists for it`,
      {
        hint: `Add the builder's /etc/ssh/ssh_host_ed25519_key.pub to ${hostKeySource}.`,
      },
    );
  }
  if (error.message.includes("Host denied") && seen !== undefined) {
    if (isAmong(revokedKeys, seen)) return explainRevoked(describeHostKey(seen));
    const { fingerprint } = describeHostKey(seen);
    return new ActionError(
      "BUILDER_HOST_KEY",
      `the builder's host key ${fingerprint} does not match ${hostKeySource}`,
      { hint: "Check the key on the builder before you change anything: this may be an attack." },
    );
  }
  if (error.level === "client-authentication") {
    return new ActionError("BUILDER_DENIED", "the builder refused the SSH key", {
      hint: "Add the public half of ssh-private-key to the user's authorized_keys on the builder.",
    });
  }
  return unreachable(error.message);
}

/** The error for a builder that cannot be reached, or is lost. */
export function unreachable(reason: string): ActionError {
  return new ActionError("BUILDER_UNREACHABLE", reason, {
    hint: "Check host, port and network, and that the builder is running; or raise builder-timeout.",
  });
}
