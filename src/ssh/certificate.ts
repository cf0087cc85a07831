import { ActionError } from "../errors/action-error.js";

/** The number of public key fields between the nonce and the serial number, by key type. */
const KEY_FIELDS: Readonly<Record<string, number>> = {
  "ssh-ed25519": 1,
  "ssh-rsa": 2,
  "ecdsa-sha2-nistp256": 2,
  "ecdsa-sha2-nistp384": 2,
  "ecdsa-sha2-nistp521": 2,
  "sk-ssh-ed25519": 2,
  "sk-ecdsa-sha2-nistp256": 3,
};
const LINE = /^([a-z0-9-]+)-cert-v01@openssh\.com ([A-Za-z0-9+/]+=*)(?: [^\r\n]*)?$/;
const USER_CERTIFICATE = 1;

/** Whether a text is a certificate rather than the path of a file. */
export function looksLikeCertificate(text: string): boolean {
  return text.includes("-cert-v01@openssh.com ");
}

/**
 * Reads an SSH user certificate, the line of a `KEY-cert.pub`, and drops its comment. Throws `INPUT_INVALID`
 * for a text that is not a certificate, for a host certificate, and for a certificate that is not valid at
 * `nowMs`. In all these cases a server would only report that it denies the key.
 * @see OpenSSH, PROTOCOL.certkeys
 */
export function parseCertificate(text: string, nowMs: number): string {
  const [, type = "", base64 = ""] = LINE.exec(text.trim()) ?? [];
  const keyFields = KEY_FIELDS[type];
  const times = keyFields === undefined ? undefined : readValidity(Buffer.from(base64, "base64"), keyFields);
  if (times === undefined) {
    throw invalid("is not an SSH certificate", "Use the line of KEY-cert.pub, as ssh-keygen -s writes it.");
  }
  if (times.kind !== USER_CERTIFICATE) {
    throw invalid("is a host certificate", "Sign a user certificate: ssh-keygen -s CA, without -h.");
  }
  if (nowMs < times.afterS * 1000) {
    throw invalid(`is not valid before ${renderTime(times.afterS)}`, "Check the clock where it was signed.");
  }
  if (nowMs >= times.beforeS * 1000) {
    throw invalid(`expired at ${renderTime(times.beforeS)}`, "Sign a new one in the job that uses it.");
  }
  return `${type}-cert-v01@openssh.com ${base64}`;
}

interface Validity {
  readonly kind: number;
  readonly afterS: number;
  readonly beforeS: number;
}

function readValidity(blob: Buffer, keyFields: number): Validity | undefined {
  const kindAt = skipStrings(blob, 0, 2 + keyFields) + 8;
  const timesAt = skipStrings(blob, kindAt + 4, 2);
  if (timesAt + 16 > blob.length) return undefined;
  return {
    kind: blob.readUInt32BE(kindAt),
    afterS: Number(blob.readBigUInt64BE(timesAt)),
    beforeS: Number(blob.readBigUInt64BE(timesAt + 8)),
  };
}

/** The offset after `count` strings; at least the length of the blob if it is cut short. */
function skipStrings(blob: Buffer, start: number, count: number): number {
  let offset = start;
  for (let i = 0; i < count && offset < blob.length; i++) {
    offset = offset + 4 > blob.length ? blob.length : offset + 4 + blob.readUInt32BE(offset);
  }
  return offset;
}

function renderTime(seconds: number): string {
  return new Date(Math.min(seconds * 1000, 8.64e15)).toISOString();
}

function invalid(what: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `the certificate ${what}`, { hint });
}
