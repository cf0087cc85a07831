import { ActionError } from "../errors/action-error.js";

/**
 * Reads a secret signing key, `NAME:BASE64` with the 64 bytes of an Ed25519 key pair. Rejects with
 * `INPUT_INVALID`, without showing any part of the key.
 * @see Nix manual, `nix key generate-secret`
 */
export function parseSigningKey(text: string): string {
  return parseKey(text, 64, "cache-signing-key", "Make one with: nix key generate-secret --key-name NAME-1");
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
