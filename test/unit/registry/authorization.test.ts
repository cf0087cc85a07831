import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { tryParseChallenge, parseTokenAnswer } from "../../../src/registry/authorization.js";
import { parseUrl } from "../../../src/registry/address.js";

describe("parseTokenAnswer", () => {
  it("rejects a token with characters that a header must not contain", () => {
    const parse = (token: string) => parseTokenAnswer(Buffer.from(JSON.stringify({ token })), "registry");
    expect(parse("a.b-c=").token).toBe("a.b-c=");
    for (const token of ["a\r\nx: y", "", "ä", "a b"]) {
      expect(() => parse(token)).toThrow(expect.objectContaining({ code: "REGISTRY_DENIED" }));
    }
  });
});

it.each([
  [300, 300_000],
  [undefined, 60_000],
  [1, 60_000],
  ["soon", 60_000],
])("parseTokenAnswer takes expires_in %j for %d ms", (seconds, lifetimeMs) => {
  const answer = Buffer.from(JSON.stringify({ token: "t", expires_in: seconds }));
  expect(parseTokenAnswer(answer, "registry")).toEqual({ token: "t", lifetimeMs });
});

describe("tryParseChallenge", () => {
  it.each([
    ['Basic realm="x"', { scheme: "basic" }],
    ["basic", { scheme: "basic" }],
    ['Bearer realm="https://a/t",service="s"', { scheme: "bearer", realm: "https://a/t", service: "s" }],
    [
      'Basic realm="x", Bearer realm="https://a/t"',
      { scheme: "bearer", realm: "https://a/t", service: undefined },
    ],
    ["Negotiate", undefined],
    ["Bearer", undefined],
    ["", undefined],
  ])("reads %j", (header, challenge) => {
    expect(tryParseChallenge(header)).toEqual(challenge);
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("", "Bearer ", "Basic "), (text, scheme) => {
        tryParseChallenge(scheme + text);
      }),
    );
  });
});

describe("parseUrl", () => {
  const from = new URL("https://registry.example.org/v2/app/");

  it("accepts HTTPS on any host, and only HTTPS from a registry that is not on loopback", () => {
    expect(parseUrl("/x?y=z", from, from.host).href).toBe("https://registry.example.org/x?y=z");
    expect(parseUrl("https://cdn.example.org/x", from, from.host).host).toBe("cdn.example.org");
    for (const text of ["http://registry.example.org/x", "http://127.0.0.1/x", "//u@registry.example.org/"]) {
      expect(() => parseUrl(text, from, from.host)).toThrow(
        expect.objectContaining({ code: "REGISTRY_FAILED" }),
      );
    }
  });

  it("fails only with a code, for any text", () => {
    // Not fc.webUrl(), which takes more than a second to set up.
    const start = fc.constantFrom("https://", "http://", "ftp://", "//", "https://u@", "http://u:p@");
    const authority = fc.webAuthority({ withIPv4: true, withIPv6: true, withPort: true });
    const url = fc
      .tuple(start, authority, fc.string())
      .map(([before, host, path]) => `${before}${host}/${path}`);
    fc.assert(
      fc.property(fc.oneof(fc.string(), url), (text) => {
        try {
          expect(parseUrl(text, from, from.host).protocol).toBe("https:");
        } catch (error) {
          expect(error).toMatchObject({ code: "REGISTRY_FAILED" });
        }
      }),
    );
  });
});
