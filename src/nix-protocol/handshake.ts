import type { Builder } from "../model/builder.js";
import { quoteShellWord, renderShellCommand } from "../model/shell.js";

/**
 * The builder's answer to the first message of a Nix client. It proves that there is a Nix behind ssh, and
 * shows whether that Nix trusts our user.
 * @see NixOS/nix, src/libstore/worker-protocol-connection.cc and serve-protocol-connection.cc
 */
export type Handshake =
  | {
      readonly state: "answered";
      readonly nixVersion: string | undefined;
      readonly isTrusted: boolean | undefined;
    }
  /** The answer has not begun, or is not complete. */
  | { readonly state: "incomplete" }
  /** There is other output before Nix's answer; a Nix client would fail with `protocol mismatch`. */
  | { readonly state: "noise"; readonly said: string };

/** The worker protocol. We claim 1.37, which reports the CPU time of builds but negotiates no features. */
export const WORKER = { client: 0x6e697863, server: 0x6478696f, version: 0x125 };
const SERVE = { client: 0x390c9deb, server: 0x5452eecb, version: 0x206 };
/** The first minor versions in which the server reports its Nix version, and whether it trusts the client. */
export const TELLS_VERSION = 33;
export const TELLS_TRUST = 35;
/** The first minor version whose answer to a build has its CPU time. */
export const HAS_CPU_TIME = 37;
export const MAX_VERSION_BYTES = 200;

/** The program that ssh starts on the builder. @see Nix manual, "Experimental SSH Store", `remote-program` */
export function renderRemoteProgram({
  protocol,
  query,
}: Pick<Builder, "protocol" | "query">): readonly string[] {
  const given = findRemoteProgram(query);
  return protocol === "ssh-ng"
    ? [given ?? "nix-daemon", "--stdio"]
    : [given ?? "nix-store", "--serve", "--write"];
}

/** The same as a command line for the login shell on the builder. */
export function renderRemoteCommand(builder: Pick<Builder, "protocol" | "query">): string {
  return renderShellCommand(renderRemoteProgram(builder));
}

/** The `nix-store` in the folder of the program that ssh starts, as a word for the shell on the builder. */
export function renderNixStoreProgram({ query }: Pick<Builder, "query">): string {
  const given = findRemoteProgram(query) ?? "";
  const folder = given.includes("/") ? given.slice(0, given.lastIndexOf("/") + 1) : "";
  return quoteShellWord(`${folder}nix-store`);
}

/** Decodes as Nix does: unlike in a form, `+` is not a blank. */
function findRemoteProgram(query: string): string | undefined {
  const pairs = query.slice(1).split("&");
  const found = pairs.find((pair) => pair.startsWith("remote-program="));
  return found === undefined ? undefined : decodeURIComponent(found.slice("remote-program=".length));
}

/** The client's whole part of the handshake. It is sent at once, since it does not depend on the answer. */
export function renderHello(protocol: Builder["protocol"]): Buffer {
  const words = protocol === "ssh-ng" ? [WORKER.client, WORKER.version, 0, 0] : [SERVE.client, SERVE.version];
  const hello = Buffer.alloc(words.length * 8);
  words.forEach((word, index) => hello.writeBigUInt64LE(BigInt(word), index * 8));
  return hello;
}

/** Parses the builder's answer so far. Never throws, whatever the bytes are. */
export function parseHandshake(protocol: Builder["protocol"], answer: Buffer): Handshake {
  const magic = protocol === "ssh-ng" ? WORKER.server : SERVE.server;
  const expected = Buffer.alloc(8);
  expected.writeBigUInt64LE(BigInt(magic));
  const begin = answer.subarray(0, 8);
  if (!begin.equals(expected.subarray(0, begin.length))) {
    return { state: "noise", said: answer.subarray(0, 300).toString("utf8") };
  }
  const version = readWord(answer, 8);
  if (version === undefined) return { state: "incomplete" };
  if (protocol === "ssh") return { state: "answered", nixVersion: undefined, isTrusted: undefined };
  return parseWorkerGreeting(answer, Math.min(version & 0xff, WORKER.version & 0xff));
}

function parseWorkerGreeting(answer: Buffer, minor: number): Handshake {
  if (minor < TELLS_VERSION) return { state: "answered", nixVersion: undefined, isTrusted: undefined };
  const length = readWord(answer, 16);
  if (length === undefined) return { state: "incomplete" };
  if (length > MAX_VERSION_BYTES) {
    return { state: "noise", said: "a Nix version that is too long" };
  }
  const end = 24 + Math.ceil(length / 8) * 8;
  if (answer.length < end) return { state: "incomplete" };
  const nixVersion = answer.subarray(24, 24 + length).toString("utf8");
  if (minor < TELLS_TRUST) return { state: "answered", nixVersion, isTrusted: undefined };
  const trust = readWord(answer, end);
  if (trust === undefined) return { state: "incomplete" };
  return { state: "answered", nixVersion, isTrusted: trust === 0 ? undefined : trust === 1 };
}

/** A word of Nix's wire format: 64 bits, little endian. Undefined if it has not arrived yet. */
function readWord(bytes: Buffer, offset: number): number | undefined {
  return bytes.length < offset + 8 ? undefined : Number(bytes.readBigUInt64LE(offset));
}
