import { createPrivateKey, sign } from "node:crypto";

import { ActionError } from "../errors/action-error.js";

/**
 * Reads a secret signing key, `NAME:BASE64` with the 64 bytes of an Ed25519 key pair. Rejects with
 * `INPUT_INVALID`, without showing any part of the key.
 * @see Nix manual, `nix key generate-secret`
 */
export function parseSigningKey(text: string): string {
  return parseKey(text, 64, "cache-signing-key", "Make one with: nix key generate-secret --key-name NAME-1");
}

/** Signs a text with a key from `parseSigningKey`. Returns `NAME:BASE64`. */
export type Sign = (text: string) => string;

/** @see https://www.rfc-editor.org/rfc/rfc8410, section 7: the DER of an Ed25519 key, before its 32 bytes */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");

/** Makes the function that signs with a key. */
export function createSigner(secretKey: string): Sign {
  const [name = "", base64 = ""] = secretKey.split(":");
  const seed = Buffer.from(base64, "base64").subarray(0, 32);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  return (text) => `${name}:${sign(null, Buffer.from(text), key).toString("base64")}`;
}

/** Reads a public key, `NAME:BASE64` with 32 bytes. Rejects with `INPUT_INVALID`. */
export function parsePublicKey(text: string): string {
  return parseKey(text, 32, "trusted-public-keys", "Get it with: nix key convert-secret-to-public < SECRET");
}

function parseKey(text: string, bytes: number, input: string, hint: string): string {
  const [, base64] = /^[A-Za-z0-9._-]+:([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  if (base64 !== undefined && Buffer.from(base64, "base64").length === bytes) return text.trim();
  throw new ActionError(
    "INPUT_INVALID",
    `input ${input} is not a key of the form NAME:BASE64 with ${bytes} bytes`,
    { hint },
  );
}
