import { createHash } from "node:crypto";

import { ActionError } from "../errors/action-error.js";

/** A SHA-256 digest in OCI notation. @see https://github.com/opencontainers/image-spec/blob/main/descriptor.md#digests */
export type Digest = `sha256:${string}`;

/** Reads `sha256:<64 hex digits>`; rejects with `INPUT_INVALID`. */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new ActionError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 100))} is not a SHA-256 digest`, {
    hint: "A digest is sha256: and 64 hexadecimal digits in lower case.",
  });
}

/** True for a well-formed SHA-256 digest. */
export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** A digest from a finished SHA-256 in hexadecimal. */
export function digestOfHex(hex: string): Digest {
  return `sha256:${hex}`;
}

/** The digest of some bytes. */
export function digestOf(bytes: Uint8Array): Digest {
  return digestOfHex(createHash("sha256").update(bytes).digest("hex"));
}
