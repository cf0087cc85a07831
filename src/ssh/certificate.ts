import { ActionError } from "../errors/action-error.js";

/** How many fields of the key itself stand between the nonce and the serial number. */
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

/** Whether a text is meant as a certificate itself, and not as the name of a file. */
export function looksLikeCertificate(text: string): boolean {
  return text.includes("-cert-v01@openssh.com ");
}

/**
 * Reads an SSH user certificate, the line of a `KEY-cert.pub`, without its comment. Rejects with `INPUT_INVALID` what is none, is one for hosts, or is
 * not valid at `nowMs`: a server would say of all of them that it denies the key, and not why.
 * @see OpenSSH, PROTOCOL.certkeys
 */
export function parseCertificate(text: string, nowMs: number): string {
  const [, type = "", base64 = ""] = LINE.exec(text.trim()) ?? [];
  const keyFields = KEY_FIELDS[type];
  const times = keyFields === undefined ? undefined : readValidity(Buffer.from(base64, "base64"), keyFields);
  if (times === undefined) {
    throw invalid("is not an SSH certificate", "Give the line of KEY-cert.pub, which ssh-keygen -s writes.");
  }
  if (times.kind !== USER_CERTIFICATE) {
    throw invalid("is a certificate for a host", "Make one for a user: ssh-keygen -s CA without -h.");
  }
  if (nowMs < times.afterS * 1000) {
    throw invalid(`is valid from ${renderTime(times.afterS)} only`, "Check the clock of who signed it.");
  }
  if (nowMs >= times.beforeS * 1000) {
    throw invalid(`has expired at ${renderTime(times.beforeS)}`, "Have a new one signed in this very job.");
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

/** The end of `count` strings; that of all where it is cut short. */
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
