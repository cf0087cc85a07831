import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import type { RunCommand } from "../../../../src/platform/command.js";
import { openRunnerCache, readCacheMode } from "../../../../src/binary-cache/github/client.js";
import { tryParseAnswer, renderAnswer } from "../../../../src/binary-cache/github/client-protocol.js";

const GITHUB = {
  ACTIONS_RUNTIME_TOKEN: "token-1",
  ACTIONS_CACHE_SERVICE_V2: "true",
  ACTIONS_RESULTS_URL: "https://results-receiver.actions.githubusercontent.com/",
};

/** Opens a cache whose client prints these lines. */
function openWith(environment: Record<string, string | undefined>, lines: readonly string[] = []) {
  const masked: string[] = [];
  const run: RunCommand = (_tool, _args, { onStdoutLine }) => {
    for (const line of lines) onStdoutLine?.(line);
    return Promise.resolve({ exitCode: 0, stdout: lines.join("\n"), stderr: "" });
  };
  const nothing = () => undefined;
  const log = { info: nothing, debug: nothing, warning: nothing, error: nothing, group: nothing };
  const mask = (secret: string) => masked.push(secret);
  const cache = openRunnerCache(environment, "script", { run, log: { ...log, mask }, folder: "/tmp" });
  return { cache, masked };
}

describe("the cache of a runner", () => {
  it.each([
    ["github.com", GITHUB, true],
    ["a company's domain on ghe.com", { ...GITHUB, GITHUB_SERVER_URL: "https://octo.ghe.com" }, true],
    [
      "GitHub Enterprise Server without the URL of its cache",
      { ...GITHUB, GITHUB_SERVER_URL: "https://git.corp" },
      false,
    ],
    [
      "GitHub Enterprise Server",
      { ...GITHUB, GITHUB_SERVER_URL: "https://git.corp", ACTIONS_CACHE_URL: "https://git.corp/_cache" },
      true,
    ],
    ["a step without the token", { ...GITHUB, ACTIONS_RUNTIME_TOKEN: "" }, false],
    ["a laptop", {}, false],
  ])("is offered (or not) on %s", (_, given, isOffered) => {
    const environment: Record<string, string | undefined> = { ...given };
    expect(openWith(environment).cache !== undefined).toBe(isOffered);
    expect(environment).not.toHaveProperty("ACTIONS_RUNTIME_TOKEN");
  });

  it.each([
    ["read", true, false],
    ["write", true, true],
    ["write-only", false, true],
    ["none", false, false],
    [" Read ", true, false],
    ["", true, true],
    ["something new", true, true],
  ])("follows the mode %j", (mode, isReadable, isWritable) => {
    expect(readCacheMode({ ACTIONS_CACHE_MODE: mode })).toEqual({ isReadable, isWritable });
  });

  it("masks what its client masks, and fails with its client's warning", async () => {
    const { cache, masked } = openWith({ ...GITHUB }, [
      "::add-mask::signature%25",
      "::warning::Failed to restore: no%0Aluck",
      renderAnswer({ keys: [] }).trim(),
    ]);
    await expect(cache?.find(["a-"], 1)).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: "GitHub's cache failed: Failed to restore: no luck",
    });
    expect(masked).toEqual(["token-1", "signature%"]);
  });

  it("has no entry if its client found none", async () => {
    const { cache } = openWith({ ...GITHUB }, [renderAnswer({ keys: [] }).trim()]);
    expect(await cache?.find(["a-"], 1)).toBeUndefined();
  });

  it("fails if its client gives no answer", async () => {
    await expect(openWith({ ...GITHUB }).cache?.find(["a-"], 1)).rejects.toMatchObject({
      code: "CACHE_FAILED",
    });
  });
});

describe("the client's answer", () => {
  it("is the last answer in its output", () => {
    expect(tryParseAnswer(`noise${renderAnswer({ keys: ["a"] })}${renderAnswer({ keys: ["b"] })}`)).toEqual({
      keys: ["b"],
    });
  });

  it("is parsed without throwing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(tryParseAnswer(`runner-cache-answer ${text}`)).toBeUndefined();
      }),
    );
  });
});
