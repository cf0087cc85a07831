import { describe, expect, it } from "@jest/globals";

import { describeProxy, readProxies } from "../../../src/platform/proxy.js";

const NONE = { httpProxy: "", httpsProxy: "", noProxy: "" };

describe("readProxies", () => {
  it.each([
    [{}, NONE],
    [{ http_proxy: "", HTTP_PROXY: "http://p:1" }, NONE],
    [{ HTTPS_PROXY: "http://p:1" }, { ...NONE, httpsProxy: "http://p:1" }],
    [
      { https_proxy: " http://p:1 ", HTTPS_PROXY: "http://q:1" },
      { ...NONE, httpsProxy: "http://p:1" },
    ],
    [{ http_proxy: "proxy.example.org:3128" }, { ...NONE, httpProxy: "http://proxy.example.org:3128" }],
    [{ no_proxy: "localhost,.example.org" }, { ...NONE, noProxy: "localhost,.example.org" }],
  ])("reads %j", (environment, proxies) => {
    expect(readProxies(environment)).toEqual(proxies);
  });

  it.each(["socks5://u:hunter2@p:1080", "http://u:hunter2@p:x", "http://"])(
    "rejects %s with the variable's name and without its password",
    (value) => {
      expect(() => readProxies({ HTTPS_PROXY: value })).toThrow(
        expect.objectContaining({
          code: "INPUT_INVALID",
          message: expect.stringMatching(/^(?!.*hunter2).*HTTPS_PROXY/) as unknown,
          hint: expect.stringContaining("http://HOST:PORT") as unknown,
        }),
      );
    },
  );
});

describe("describeProxy", () => {
  const proxies = { ...NONE, httpProxy: "http://u:hunter2@p:1", httpsProxy: "https://q" };
  it.each([
    ["http://x", proxies, "http://p:1"],
    ["https://x", proxies, "https://q"],
    ["https://x", { ...proxies, httpsProxy: "" }, "http://p:1"],
    ["https://x", NONE, undefined],
  ])("for %s names the proxy without its password", (url, given, name) => {
    expect(describeProxy(given, new URL(url))).toBe(name);
  });
});
