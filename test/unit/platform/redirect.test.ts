import { describe, expect, it } from "@jest/globals";

import type { HttpRequest } from "../../../src/platform/http-request.js";
import { followRedirect, isRedirect, RedirectError } from "../../../src/platform/redirect.js";

const URL_A = new URL("https://a.test/x");
const SECRET = { authorization: "Bearer t", accept: "text/plain" };
const PUBLIC = { accept: "text/plain", "content-type": "text/plain" };
const body = Buffer.from("body");

describe("isRedirect", () => {
  it.each([
    ["GET", 302, true],
    ["HEAD", 303, true],
    ["PUT", 307, true],
    ["POST", 308, true],
    ["POST", 303, false],
    ["PUT", 302, false],
    ["GET", 304, false],
    ["GET", 200, false],
  ] as const)("for %s and %i is %s", (method, status, expected) => {
    expect(isRedirect(method, status)).toBe(expected);
  });
});

describe("followRedirect", () => {
  const follow = (request: Omit<HttpRequest, "url">, location: string) =>
    followRedirect({ url: URL_A, ...request }, location);

  it("sends everything again to the same origin", () => {
    const request = { method: "PUT", headers: SECRET, body, staysOnOrigin: true } as const;
    expect(follow(request, "/y")).toEqual({ ...request, url: new URL("https://a.test/y") });
  });

  it.each(["https://b.test/y", "https://a.test:8443/y", "https://a.test.b.test/y", "//b.test/y"])(
    "sends a GET to %s without its secret",
    (location) => {
      expect(follow({ method: "GET", headers: SECRET }, location).headers).toEqual({ accept: "text/plain" });
    },
  );

  it.each<readonly [string, Omit<HttpRequest, "url">]>([
    ["a PUT with a secret header", { method: "PUT", headers: SECRET, body }],
    ["a DELETE with a secret header", { method: "DELETE", headers: SECRET }],
    ["a POST with a header that is not known", { method: "POST", headers: { "x-token": "t" } }],
    ["a POST with a secret body", { method: "POST", headers: PUBLIC, body, staysOnOrigin: true }],
    ["a GET that is bound to its origin", { method: "GET", headers: SECRET, staysOnOrigin: true }],
  ])("refuses to send %s to another origin", (_, request) => {
    expect(() => follow(request, "https://b.test/y")).toThrow(RedirectError);
    expect(() => follow(request, "https://b.test/y")).toThrow(/a\.test .* b\.test/);
  });

  it("sends a body without a secret to another origin", () => {
    expect(follow({ method: "PUT", headers: PUBLIC, body }, "https://b.test/y")).toMatchObject({
      headers: PUBLIC,
      body,
    });
  });

  it.each(["http://a.test/y", "file:///etc/passwd", "https://u:p@b.test/", "https://", "data:,x"])(
    "refuses the location %s",
    (location) => {
      expect(() => follow({ method: "GET" }, location)).toThrow(RedirectError);
    },
  );
});
