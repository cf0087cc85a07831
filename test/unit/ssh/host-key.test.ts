import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import {
  describeHostKey,
  explainUnpinned,
  findLoadBalancer,
  readShownHostKey,
} from "../../../src/ssh/host-key.js";

const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIKHEChX7ZBMu0vSo2CE6TPb9WPDLvuNVnbbPKUCzSFRl";
/** As printed by `ssh-keygen -lf`. */
const FINGERPRINT = "SHA256:zmaMh+HNxSvSKvgIkQQqg3MyvtMnyiCSii8RKI0loKI";
const seen = (type: string, fingerprint: string) => ({ type, fingerprint: `SHA256:${fingerprint}` });

describe("describeHostKey", () => {
  it("returns type and fingerprint as ssh-keygen prints them", () => {
    expect(describeHostKey(Buffer.from(KEY, "base64"))).toEqual({
      type: "ssh-ed25519",
      fingerprint: FINGERPRINT,
    });
  });

  it("accepts any bytes from a server", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(describeHostKey(Buffer.from(bytes)).type).toMatch(/^[a-z0-9@.?-]*$/);
      }),
    );
  });
});

describe("readShownHostKey", () => {
  it.each([
    [
      `debug1: a\r\ndebug1: Server host key: ssh-ed25519 ${FINGERPRINT}\r\nx`,
      { type: "ssh-ed25519", fingerprint: FINGERPRINT },
    ],
    [
      `debug1: Server host certificate: ssh-ed25519-cert-v01@openssh.com ${FINGERPRINT}, ` +
        'serial 0 ID "b" CA ssh-ed25519 SHA256:x',
      { type: "ssh-ed25519", fingerprint: FINGERPRINT },
    ],
    [`banner: Server host key: ssh-ed25519 ${FINGERPRINT}`, undefined],
    ["", undefined],
  ])("reads %j", (said, key) => {
    expect(readShownHostKey(said)).toEqual(key);
  });
});

describe("findLoadBalancer", () => {
  it.each([
    ["no key was seen", []],
    ["one key was seen once", [seen("ssh-ed25519", "a")]],
    ["the same key was seen twice", [seen("ssh-ed25519", "a"), seen("ssh-ed25519", "a")]],
    ["the keys are of different types", [seen("ssh-ed25519", "a"), seen("ssh-rsa", "b")]],
  ])("finds none if %s", (_, keys) => {
    expect(findLoadBalancer(keys)).toBeUndefined();
  });

  it("finds one if two keys of a type were seen, and names both", () => {
    const keys = [seen("ssh-ed25519", "a"), seen("ssh-rsa", "b"), seen("ssh-ed25519", "c")];
    expect(findLoadBalancer(keys)).toMatchObject({
      code: "BUILDER_LOAD_BALANCED",
      message: expect.stringMatching(/SHA256:a\b.*SHA256:c\b/) as unknown,
    });
  });

  it("does not depend on the order", () => {
    const key = fc.record({ type: fc.constantFrom("x", "y"), fingerprint: fc.constantFrom("1", "2") });
    fc.assert(
      fc.property(fc.array(key), (keys) => {
        expect(findLoadBalancer(keys) === undefined).toBe(findLoadBalancer(keys.toReversed()) === undefined);
      }),
    );
  });
});

describe("explainUnpinned", () => {
  const builder = { host: "b.example.org", port: 2222 };

  it("has only the fingerprint in its message, and the line to pin in its hint", () => {
    const { code, message, hint } = explainUnpinned(builder, Buffer.from(KEY, "base64"));
    expect(code).toBe("BUILDER_HOST_KEY");
    expect(message).toContain(FINGERPRINT);
    expect(message).not.toContain(KEY);
    expect(hint).toContain(`[b.example.org]:2222 ssh-ed25519 ${KEY}`);
    expect(hint).toContain("/etc/ssh/ssh_host_ed25519_key.pub");
  });
});
