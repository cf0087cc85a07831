import { describe, expect, it } from "@jest/globals";

import { renderUrl } from "../../../src/platform/render-url.js";

describe("renderUrl", () => {
  it.each([
    ["https://user:pass@mirror.example/a/b.tar.xz?token=1#x", "https://mirror.example/a/b.tar.xz"],
    ["http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"],
    ["file:///srv/nix", "file:///srv/nix"],
  ])("renders %s as %s", (url, expected) => {
    expect(renderUrl(new URL(url))).toBe(expected);
  });
});
