import { createHash } from "node:crypto";

/**
 * A SHA-256 digest in OCI notation.
 * @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests
 */
export type Digest = `sha256:${string}`;

/** True for a well-formed SHA-256 digest. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The digest for a SHA-256 hash in hexadecimal. */
export function digestOfHex(hex: string): Digest {
  return `sha256:${hex}`;
}

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return digestOfHex(createHash("sha256").update(bytes).digest("hex"));
}
