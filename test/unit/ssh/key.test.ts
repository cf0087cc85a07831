import crypto, { createPrivateKey } from "node:crypto";

import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import ssh2, { type ParsedKey } from "ssh2";

import { parsePrivateKey } from "../../../src/ssh/key.js";
import { ActionError } from "../../../src/errors/action-error.js";

const { generateKeyPairSync, parseKey } = ssh2.utils;
const ed25519 = generateEd25519();
const ecdsa = generateKeyPairSync("ecdsa", { bits: 256 });
const rsa = generateKeyPairSync("rsa", { bits: 2048 });
/** The same key in the format of openssl; generating another one would take longer than all tests here. */
const pem = createPrivateKey(parse(rsa.private).getPrivatePEM())
  .export({ type: "pkcs1", format: "pem" })
  .toString();
const KEYS = [ed25519, ecdsa, rsa, { private: pem, public: readPublicHalf(pem) }];

/** ssh2 drops leading zeros, so that one key in a hundred is malformed: OpenSSH cannot read it either. */
function generateEd25519() {
  for (;;) {
    const pair = generateKeyPairSync("ed25519");
    if (!(parseKey(pair.private) instanceof Error)) return pair;
  }
}

function parse(key: string): ParsedKey {
  const parsed = parseKey(key);
  if (parsed instanceof Error) throw parsed;
  return parsed;
}

function readPublicHalf(key: string): string {
  const parsed = parse(key);
  return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

type Mangle = (text: string) => string;

/** The damage that keys suffer on their way into a secret. */
const MANGLES: Readonly<Record<string, Mangle>> = {
  "Windows line ends": (text) => text.replaceAll("\n", "\r\n"),
  "line ends of old Mac systems": (text) => text.replaceAll("\n", "\r"),
  "no last line end": (text) => text.trimEnd(),
  "blanks for line ends": (text) => text.trimEnd().replaceAll("\n", " "),
  "a literal \\n for line ends": (text) => text.replaceAll("\n", "\\n"),
  "a literal \\r\\n for line ends": (text) => text.replaceAll("\n", "\\r\\n"),
  "indented lines": (text) => text.replaceAll(/^/gm, "    "),
  "blank lines in between": (text) => text.replaceAll("\n", "\n\n"),
  "blanks at line ends": (text) => text.replaceAll("\n", " \t\n"),
  "white space around": (text) => `\n\n  ${text}\n \n`,
  "double quotes": (text) => `"${text}"`,
  "single quotes": (text) => `'${text.trimEnd()}'`,
  "a byte order mark": (text) => `\uFEFF${text}`,
  "Base64 around": (text) => Buffer.from(text).toString("base64"),
  "Base64 in lines around": (text) => Buffer.from(text).toString("base64").replaceAll(/.{76}/g, "$&\n"),
};

const fingerprint = ({ public: line }: { readonly public: string }) => line.split(" ").slice(0, 2).join(" ");

describe("parsePrivateKey", () => {
  it.each(Object.entries(MANGLES))("repairs a key with %s", async (_, mangle) => {
    for (const pair of KEYS) {
      const { privateKey, publicKey } = await parsePrivateKey(mangle(pair.private));
      expect(publicKey).toBe(fingerprint(pair));
      expect(privateKey).toMatch(
        /^-----BEGIN [A-Z ]+-----\n(?:[A-Za-z0-9+/=]{1,70}\n)+-----END [A-Z ]+-----\n$/,
      );
    }
  });

  it("repairs a key that was damaged in several ways, and yields the same key", async () => {
    const mangles = fc.array(fc.constantFrom(...Object.values(MANGLES)), { maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...KEYS), mangles, async (pair, chain) => {
        const given = chain.reduce((text, mangle) => mangle(text), pair.private);
        const { privateKey, publicKey } = await parsePrivateKey(given);
        expect(publicKey).toBe(fingerprint(pair));
        expect(await parsePrivateKey(privateKey)).toEqual({ privateKey, publicKey });
      }),
      { numRuns: 300 },
    );
  });

  it("accepts a key from openssl, with its parameters before it", async () => {
    const key = crypto
      .generateKeyPairSync("ec", { namedCurve: "P-256" })
      .privateKey.export({ type: "sec1", format: "pem" })
      .toString();
    const text = `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${key}`;
    expect((await parsePrivateKey(text)).publicKey).toBe(readPublicHalf(key));
  });

  it("accepts a body without its first and last line", async () => {
    const body = ed25519.private.split("\n").slice(1, -2).join("\n");
    expect(await parsePrivateKey(body)).toMatchObject({ publicKey: fingerprint(ed25519) });
  });

  it("never crashes and never shows a part of a key, however the key is damaged", async () => {
    const positions = fc.tuple(
      fc.constantFrom(...KEYS),
      fc.nat(3000),
      fc.nat(3000),
      fc.string({ maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(positions, async ([pair, from, length, put]) => {
        const text = pair.private;
        const given = text.slice(0, from % text.length) + put + text.slice((from % text.length) + length);
        await expectNoPart(given, pair.private);
      }),
      { numRuns: 500 },
    );
    await fc.assert(fc.asyncProperty(fc.string(), (text) => expectNoPart(text, "")));
    const anyBytes = fc.uint8Array({ maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(anyBytes, async (bytes) => {
        const magic = Buffer.concat([Buffer.from("openssh-key-v1\0"), bytes]).toString("base64");
        await expectNoPart(magic, magic);
      }),
    );
  });

  const encrypted = { passphrase: "secret", cipher: "aes256-ctr", rounds: 1 };
  const header = (...fields: readonly string[]) => {
    const parts = fields.map((field) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(field.length);
      return Buffer.concat([length, Buffer.from(field, "latin1")]);
    });
    return Buffer.concat([Buffer.from("openssh-key-v1\0"), ...parts]);
  };
  const ofType = (type: string) => {
    const publicHalf = `\0\0\0${String.fromCharCode(type.length)}${type}rest`;
    const count = Buffer.from([0, 0, 0, 1]);
    const length = Buffer.from([0, 0, 0, publicHalf.length]);
    const bytes = Buffer.concat([
      header("none", "none", ""),
      count,
      length,
      Buffer.from(publicHalf, "latin1"),
    ]);
    const body = bytes.toString("base64");
    return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
  };
  const pkcs8 = createPrivateKey(pem).export({ type: "pkcs8", format: "pem" }).toString();
  const cases: readonly (readonly [what: string, text: string, said: string])[] = [
    ["nothing", "", "is not a private key"],
    ["words", "the key is under the mat", "is not a private key"],
    ["a public key", ed25519.public, "is a public key"],
    ["a public key in Base64", Buffer.from(rsa.public).toString("base64"), "is a public key"],
    ["a public key after options", `restrict ${ed25519.public}`, "is a public key"],
    ["a public key in PEM", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", "is a public key"],
    [
      "an SSH2 public key",
      "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----",
      "is a public key",
    ],
    ["a passphrase", generateKeyPairSync("ed25519", encrypted).private, "has a passphrase"],
    [
      "a passphrase in the older format",
      createPrivateKey(pem)
        .export({ type: "pkcs1", format: "pem", cipher: "aes-128-cbc", passphrase: "secret" })
        .toString(),
      "has a passphrase",
    ],
    [
      "a passphrase in PKCS#8",
      createPrivateKey(pem)
        .export({ type: "pkcs8", format: "pem", cipher: "aes-128-cbc", passphrase: "secret" })
        .toString(),
      "has a passphrase",
    ],
    ["PKCS#8", pkcs8, "is in PKCS#8 format"],
    ["a PuTTY key", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n", "PuTTY"],
    ["an SSH2 key", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n", "SSH2"],
    ["DSA", ofType("ssh-dss"), "DSA"],
    [
      "DSA in the older format",
      "-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----",
      "DSA",
    ],
    ["a key in hardware", ofType("sk-ssh-ed25519@openssh.com"), "hardware"],
    ["an unknown type", ofType("ssh-tomorrow"), "type that is not supported"],
    ["a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "not an SSH key"],
    ["half a key", rsa.private.slice(0, 900), "is cut off: it has no END line"],
    ["a key with a hole", rsa.private.slice(0, 300) + rsa.private.slice(500), "cannot be read"],
  ];
  it.each(cases)("says what is wrong with %s", async (_, text, said) => {
    await expect(parsePrivateKey(text)).rejects.toMatchObject({
      code: "SSH_KEY_INVALID",
      message: expect.stringContaining(said) as unknown,
      hint: expect.stringMatching(/./) as unknown,
    });
    await expectNoPart(text, text);
  });
});

/** Expects a text to be repaired, or refused without showing twelve consecutive characters of the key. */
async function expectNoPart(text: string, key: string): Promise<void> {
  try {
    await parsePrivateKey(text);
  } catch (error) {
    expect(error).toBeInstanceOf(ActionError);
    const { code, message, hint, cause } = error as ActionError;
    expect(code).toBe("SSH_KEY_INVALID");
    expect(cause).toBeUndefined();
    const body = key.replaceAll(/-{4,5}[^-]*-{4,5}|\s/g, "");
    if (!/^[A-Za-z0-9+/=]{24,}$/.test(body)) return;
    const said = message + hint;
    const windows = Array.from({ length: said.length - 11 }, (_, i) => said.slice(i, i + 12));
    expect(windows.filter((window) => body.includes(window))).toEqual([]);
  }
}
