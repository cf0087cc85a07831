import { describe, expect, it } from "@jest/globals";

import { isRetryable, renderUrl } from "../../../src/platform/download.js";

describe("isRetryable", () => {
  it.each([
    ["ECONNRESET", true],
    ["ETIMEDOUT", true],
    ["EAI_AGAIN", true],
    ["ENOTFOUND", false],
    ["ENOSPC", false],
    ["CERT_HAS_EXPIRED", false],
  ])("for %s is %s", (code, expected) => {
    expect(isRetryable(Object.assign(new Error(code), { code }))).toBe(expected);
  });
});

describe("renderUrl", () => {
  it.each([
    ["https://user:pass@mirror.example/a/b.tar.xz?token=1#x", "https://mirror.example/a/b.tar.xz"],
    ["http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"],
    ["file:///srv/nix", "file:///srv/nix"],
  ])("renders %s as %s", (url, expected) => {
    expect(renderUrl(new URL(url))).toBe(expected);
  });
});
