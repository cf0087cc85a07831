import { ActionError } from "../errors/action-error.js";

/** A private key that ssh can use, and its public half as a line of `authorized_keys`. */
export interface SshKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/;
/** The block that `openssl ecparam -genkey` writes before the key. */
const PARAMETERS = /-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/;
const NEW_KEY = "create a new one: ssh-keygen -t ed25519 -N '' -f KEY";
/** The first bytes of every key in OpenSSH's own format. @see openssh-portable, PROTOCOL.key */
const OPENSSH_MAGIC = "openssh-key-v1\0";

/**
 * Reads a private key, and repairs the damage that secret stores, shells and YAML do to one: changed line
 * ends, a missing last newline, lines joined by blanks or by a literal `\n`, quotes or Base64 around the key.
 * Rejects with `SSH_KEY_INVALID`; a message never contains any part of the key.
 */
export async function parsePrivateKey(text: string): Promise<SshKey> {
  const given = unwrap(text);
  refuseOtherThings(given);
  const [, label = "", body = ""] = PEM.exec(given.replace(PARAMETERS, "")) ?? [];
  if (label === "") {
    throw given.includes("-----BEGIN ")
      ? invalid("is cut off: it has no END line", "Use the whole key file, from -----BEGIN to -----END.")
      : invalid("is not a private key", "Use the whole key file, from -----BEGIN to -----END.");
  }
  refuseOtherKeys(label, body);
  const privateKey = renderPem(label, body);
  await import("./commonjs-dirname.js");
  const { default: ssh2 } = await import("ssh2");
  try {
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    const publicHalf = parsed.getPublicSSH().toString("base64");
    if (parsed.isPrivateKey() && USABLE.test(parsed.type)) {
      return { privateKey, publicKey: `${parsed.type} ${publicHalf}` };
    }
  } catch {
    // For some damaged keys ssh2 throws instead of returning an error. Drop that error: it may quote the key.
  }
  throw invalid("cannot be read", `Check that the key is complete and unchanged, or ${NEW_KEY}`);
}

/** The error for a run with builders and no key for them. */
export function missingPrivateKey(): ActionError {
  return invalid(
    "is empty, but builders is set",
    "Set it to the private key that the builders accept, and check the name of the secret. " +
      "Reusable workflows, pull requests from forks and Dependabot do not get your secrets automatically.",
  );
}

const USABLE = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** Strips quotes and Base64 around a key, and restores its line ends. */
function unwrap(text: string): string {
  const plain = unquote(text.replaceAll(/\\r\\n|\\n|\\r|\r\n?/g, "\n"));
  if (plain.includes("-----BEGIN ")) return plain;
  const base64 = plain.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]{16,}=*$/.test(base64)) return plain;
  const decoded = Buffer.from(base64, "base64").toString("utf8");
  if (decoded.startsWith(OPENSSH_MAGIC)) return renderPem("OPENSSH PRIVATE KEY", base64);
  // Bytes that are not text are not a key. The recursion ends, since text is shorter than its Base64.
  return /^[\t\r\n\x20-\x7E\uFEFF]+$/.test(decoded) ? unwrap(decoded) : plain;
}

/** `trim` also removes a byte order mark. */
function unquote(text: string): string {
  const [, , inner] = /^(["'`])([^]*)\1$/.exec(text.trim()) ?? [];
  return inner === undefined ? text.trim() : unquote(inner);
}

/** Breaks lines at 70 characters, as ssh-keygen does. */
function renderPem(label: string, body: string): string {
  const lines = body.replaceAll(/\s/g, "").match(/.{1,70}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}

function refuseOtherThings(given: string): void {
  if (/^(?:[^\n]*\s)?(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA/.test(given)) throw publicKey();
  if (/^-{4,5} ?BEGIN [A-Z0-9 ]*PUBLIC KEY/m.test(given)) throw publicKey();
  if (given.startsWith("PuTTY-User-Key-File-")) {
    throw invalid(
      "is a PuTTY key (.ppk)",
      "Convert it to a key without a passphrase: puttygen KEY.ppk -O private-openssh-new -o KEY",
    );
  }
  if (given.startsWith("---- BEGIN SSH2")) {
    throw invalid("is in SSH2 format", "Convert it: ssh-keygen -i -f OLD > KEY");
  }
  if (/-----BEGIN (?:[A-Z0-9 ]*CERTIFICATE|PGP [A-Z ]*)-----/.test(given)) {
    throw invalid("is not an SSH key", `Use a key from ssh-keygen, or ${NEW_KEY}`);
  }
}

function refuseOtherKeys(label: string, body: string): void {
  if (label.startsWith("ENCRYPTED") || /Proc-Type:[^]*?ENCRYPTED/i.test(body)) throw withPassphrase();
  if (label.startsWith("DSA")) throw unsupported("ssh-dss");
  if (label === "PRIVATE KEY") {
    throw invalid(
      "is in PKCS#8 format, which is not supported",
      "Convert a copy of it: ssh-keygen -p -N '' -f KEY",
    );
  }
  if (label !== "OPENSSH PRIVATE KEY") return;
  const { cipher, type } = readOpensshHeader(Buffer.from(body, "base64"));
  if (cipher !== undefined && cipher !== "none") throw withPassphrase();
  if (type !== undefined && !USABLE.test(type)) throw unsupported(type);
}

/** The unencrypted fields of a key in OpenSSH's format. @see openssh-portable, PROTOCOL.key */
function readOpensshHeader(bytes: Buffer): {
  readonly cipher: string | undefined;
  readonly type: string | undefined;
} {
  if (!bytes.toString("latin1").startsWith(OPENSSH_MAGIC)) return { cipher: undefined, type: undefined };
  let offset = OPENSSH_MAGIC.length;
  const next = () => {
    if (offset + 4 > bytes.length) return undefined;
    const end = offset + 4 + bytes.readUInt32BE(offset);
    if (end > bytes.length) return undefined;
    const field = bytes.subarray(offset + 4, end);
    offset = end;
    return field;
  };
  const cipher = next()?.toString("latin1");
  next(); // the key derivation's name
  next(); // and its options
  offset += 4; // the number of keys
  const publicHalf = next();
  const typeLength = publicHalf !== undefined && publicHalf.length >= 4 ? publicHalf.readUInt32BE(0) : 0;
  const type = publicHalf?.subarray(4, 4 + typeLength).toString("latin1");
  return { cipher, type: type !== undefined && /^[a-z0-9@.-]+$/.test(type) ? type : undefined };
}

function publicKey(): ActionError {
  return invalid("is a public key", "Use the private key: the file without .pub.");
}

function withPassphrase(): ActionError {
  return invalid("has a passphrase", "Create a key without one: ssh-keygen -t ed25519 -N '' -f KEY");
}

/** Shows the name of known types only: in a damaged key there may be anything in its place. */
function unsupported(type: string): ActionError {
  const use = `Use Ed25519: ${NEW_KEY}`;
  if (type === "ssh-dss") return invalid("is a DSA key, which OpenSSH no longer supports", use);
  if (type.startsWith("sk-")) return invalid("is a hardware key, which may wait for a touch", use);
  return invalid("is of a type that is not supported", use);
}

function invalid(what: string, hint: string): ActionError {
  return new ActionError("SSH_KEY_INVALID", `input ssh-private-key ${what}`, { hint });
}
