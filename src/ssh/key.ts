import { ActionError } from "../errors/action-error.js";

/** A private key that ssh can use, and its public half as a line of `authorized_keys`. */
export interface SshKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^]*?)-----END \1-----/;
/** What `openssl ecparam -genkey` writes before the key. */
const PARAMETERS = /-----BEGIN EC PARAMETERS-----[^]*?-----END EC PARAMETERS-----/;
const NEW_KEY = "make a new one: ssh-keygen -t ed25519 -N '' -f KEY";
/** What every key in OpenSSH's own format starts with. @see openssh-portable, PROTOCOL.key */
const OPENSSH_MAGIC = "openssh-key-v1\0";

/**
 * Reads the private key, and repairs what secret stores, shells and YAML do to one: other line ends, a missing last one, lines that were joined by
 * blanks or by a literal `\n`, quotes around it, Base64 around it. Rejects with `SSH_KEY_INVALID`; no message ever has a part of the key.
 */
export async function parsePrivateKey(text: string): Promise<SshKey> {
  const given = unwrap(text);
  refuseOtherThings(given);
  const [, label = "", body = ""] = PEM.exec(given.replace(PARAMETERS, "")) ?? [];
  if (label === "") {
    throw given.includes("-----BEGIN ")
      ? invalid("has no end: it was cut", "Give the whole file, from -----BEGIN to -----END.")
      : invalid("is not a private key", "Give the whole file, from -----BEGIN to -----END.");
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
    // Besides its own errors ssh2 throws others for some of what it cannot read; they may quote it.
  }
  throw invalid("cannot be read", `Was it cut, or changed? Give it again, or ${NEW_KEY}`);
}

/** What was asked for when there is no key at all. */
export function missingPrivateKey(): ActionError {
  return invalid(
    "is empty, but builders is set",
    "Give the private key that the builders accept. Is the secret's name right? Workflows that others call, pull requests from forks and Dependabot do not get your secrets by themselves.",
  );
}

const USABLE = /^(?:ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521))$/;

/** The key without what is around it, its line ends as they should be. */
function unwrap(text: string): string {
  const plain = unquote(text.replaceAll(/\\r\\n|\\n|\\r|\r\n?/g, "\n"));
  if (plain.includes("-----BEGIN ")) return plain;
  const base64 = plain.replaceAll(/\s/g, "");
  if (!/^[A-Za-z0-9+/]{16,}=*$/.test(base64)) return plain;
  const decoded = Buffer.from(base64, "base64").toString("utf8");
  if (decoded.startsWith(OPENSSH_MAGIC)) return renderPem("OPENSSH PRIVATE KEY", base64);
  // Base64 of what is no text is no key: it is shorter than what it came from, so this ends.
  return /^[\t\r\n\x20-\x7E\uFEFF]+$/.test(decoded) ? unwrap(decoded) : plain;
}

/** Blanks include the byte order mark. */
function unquote(text: string): string {
  const [, , inner] = /^(["'`])([^]*)\1$/.exec(text.trim()) ?? [];
  return inner === undefined ? text.trim() : unquote(inner);
}

/** In the width of ssh-keygen's own files. */
function renderPem(label: string, body: string): string {
  const lines = body.replaceAll(/\s/g, "").match(/.{1,70}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.map((line) => `${line}\n`).join("")}-----END ${label}-----\n`;
}

function refuseOtherThings(given: string): void {
  if (/^(?:[^\n]*\s)?(?:ssh-|ecdsa-|sk-)[a-z0-9@.-]+ AAAA/.test(given)) throw publicKey();
  if (/^-{4,5} ?BEGIN [A-Z0-9 ]*PUBLIC KEY/m.test(given)) throw publicKey();
  if (given.startsWith("PuTTY-User-Key-File-")) {
    throw invalid(
      "is a key of PuTTY's (.ppk)",
      "Convert it: puttygen KEY.ppk -O private-openssh-new -o KEY; it must have no passphrase.",
    );
  }
  if (given.startsWith("---- BEGIN SSH2")) {
    throw invalid("is in the format of SSH2", "Convert it: ssh-keygen -i -f OLD > KEY");
  }
  if (/-----BEGIN (?:[A-Z0-9 ]*CERTIFICATE|PGP [A-Z ]*)-----/.test(given)) {
    throw invalid("is not a key of ssh", `Give one that ssh-keygen made, or ${NEW_KEY}`);
  }
}

function refuseOtherKeys(label: string, body: string): void {
  if (label.startsWith("ENCRYPTED") || /Proc-Type:[^]*?ENCRYPTED/i.test(body)) throw withPassphrase();
  if (label.startsWith("DSA")) throw unsupported("ssh-dss");
  if (label === "PRIVATE KEY") {
    throw invalid(
      "is in PKCS#8 form, which is not ssh's own",
      "Convert a copy of it: ssh-keygen -p -N '' -f KEY",
    );
  }
  if (label !== "OPENSSH PRIVATE KEY") return;
  const { cipher, type } = readOpensshHeader(Buffer.from(body, "base64"));
  if (cipher !== undefined && cipher !== "none") throw withPassphrase();
  if (type !== undefined && !USABLE.test(type)) throw unsupported(type);
}

/** What a key in OpenSSH's format says of itself in the clear. @see openssh-portable, PROTOCOL.key */
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
  return invalid("is a public key", "Give the private one, the file without .pub.");
}

function withPassphrase(): ActionError {
  return invalid("has a passphrase", "Make one without for this purpose: ssh-keygen -t ed25519 -N '' -f KEY");
}

/** Only of known types is the name shown: what a damaged key has in its place may be anything. */
function unsupported(type: string): ActionError {
  const use = `Use Ed25519: ${NEW_KEY}`;
  if (type === "ssh-dss") return invalid("is of the type DSA, which OpenSSH has given up", use);
  if (type.startsWith("sk-")) return invalid("is of a type that waits for a touch of hardware", use);
  return invalid("is of a type that cannot be used", use);
}

function invalid(what: string, hint: string): ActionError {
  return new ActionError("SSH_KEY_INVALID", `input ssh-private-key ${what}`, { hint });
}
