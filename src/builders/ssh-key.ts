import { ActionError } from "../errors/action-error.js";

/**
 * Reads the private key: repairs line ends and a missing last one, and checks that ssh can use it. Rejects with
 * `SSH_KEY_INVALID`; no message ever has a part of the key.
 */
export async function parsePrivateKey(text: string): Promise<string> {
  const key = `${text.replaceAll(/\r\n?/g, "\n").trim()}\n`;
  if (/^(?:ssh-|ecdsa-|sk-)/.test(key))
    throw invalid("is a public key", "Give the private one, the file without .pub.");
  if (!key.startsWith("-----BEGIN "))
    throw invalid("is not a private key", "Give the whole file, from -----BEGIN to -----END.");
  await import("./commonjs-dirname.js");
  const { default: ssh2 } = await import("ssh2");
  const parsed = ssh2.utils.parseKey(key);
  if (!(parsed instanceof Error)) {
    if (parsed.isPrivateKey()) return key;
    throw invalid("is a public key", "Give the private one, the file without .pub.");
  }
  if (/passphrase|encrypted/i.test(parsed.message)) {
    throw invalid(
      "has a passphrase",
      "Make one without for this purpose: ssh-keygen -t ed25519 -N '' -f KEY",
    );
  }
  throw invalid(
    "cannot be read",
    "Was it cut, or were its lines joined? Make a new one: ssh-keygen -t ed25519 -N '' -f KEY",
  );
}

function invalid(what: string, hint: string): ActionError {
  return new ActionError("SSH_KEY_INVALID", `input ssh-private-key ${what}`, { hint });
}
