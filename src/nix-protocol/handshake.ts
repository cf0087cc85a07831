import type { Builder } from "../model/builder.js";

/**
 * What Nix's own client says first to a builder, and what the builder answers: proof that there is a Nix behind ssh, and whether it trusts
 * us. @see NixOS/nix, src/libstore/worker-protocol-connection.cc and serve-protocol-connection.cc
 */
export type Handshake =
  | {
      readonly state: "answered";
      readonly nixVersion: string | undefined;
      readonly isTrusted: boolean | undefined;
    }
  /** The answer has begun, or has not. */
  | { readonly state: "incomplete" }
  /** Something else than Nix speaks first; Nix would fail on it with `protocol mismatch`. */
  | { readonly state: "noise"; readonly said: string };

/** The worker protocol: 1.35 tells of trust, and does not yet negotiate features. */
export const WORKER = { client: 0x6e697863, server: 0x6478696f, version: 0x123 };
const SERVE = { client: 0x390c9deb, server: 0x5452eecb, version: 0x206 };
/** Minor versions of the worker protocol from which on the server tells these. */
export const TELLS_VERSION = 33;
export const TELLS_TRUST = 35;
export const MAX_VERSION_BYTES = 200;

/** The program that ssh starts on the builder. @see Nix manual, "Experimental SSH Store", `remote-program` */
export function renderRemoteProgram({
  protocol,
  query,
}: Pick<Builder, "protocol" | "query">): readonly string[] {
  const given = new URLSearchParams(query).get("remote-program");
  return protocol === "ssh-ng"
    ? [given ?? "nix-daemon", "--stdio"]
    : [given ?? "nix-store", "--serve", "--write"];
}

/** The `nix-store` beside the program that ssh starts; fit for a shell as it is. */
export function renderNixStoreProgram({ query }: Pick<Builder, "query">): string {
  const given = new URLSearchParams(query).get("remote-program") ?? "";
  const folder = given.includes("/") ? given.slice(0, given.lastIndexOf("/") + 1) : "";
  return `${folder}nix-store`;
}

/**
 * The client's side of the handshake, whole: no part of it depends on the answer. The worker protocol is claimed to be 1.35, which
 * tells of trust and does not yet negotiate features.
 */
export function renderHello(protocol: Builder["protocol"]): Buffer {
  const words = protocol === "ssh-ng" ? [WORKER.client, WORKER.version, 0, 0] : [SERVE.client, SERVE.version];
  const hello = Buffer.alloc(words.length * 8);
  words.forEach((word, index) => hello.writeBigUInt64LE(BigInt(word), index * 8));
  return hello;
}

/** Reads what the builder has answered so far. Never throws: the bytes may be anything. */
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
    return { state: "noise", said: "a Nix version of impossible length" };
  }
  const end = 24 + Math.ceil(length / 8) * 8;
  if (answer.length < end) return { state: "incomplete" };
  const nixVersion = answer.subarray(24, 24 + length).toString("utf8");
  if (minor < TELLS_TRUST) return { state: "answered", nixVersion, isTrusted: undefined };
  const trust = readWord(answer, end);
  if (trust === undefined) return { state: "incomplete" };
  return { state: "answered", nixVersion, isTrusted: trust === 0 ? undefined : trust === 1 };
}

/** Nix's wire format: 64 bits, little endian. Undefined where they have not come yet. */
function readWord(bytes: Buffer, offset: number): number | undefined {
  return bytes.length < offset + 8 ? undefined : Number(bytes.readBigUInt64LE(offset));
}
