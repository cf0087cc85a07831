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

/** A client that prints these lines. */
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
    ["a company's own domain of it", { ...GITHUB, GITHUB_SERVER_URL: "https://octo.ghe.com" }, true],
    [
      "a server of the company, without its own address",
      { ...GITHUB, GITHUB_SERVER_URL: "https://git.corp" },
      false,
    ],
    [
      "a server of the company",
      { ...GITHUB, GITHUB_SERVER_URL: "https://git.corp", ACTIONS_CACHE_URL: "https://git.corp/_cache" },
      true,
    ],
    ["a step without the token", { ...GITHUB, ACTIONS_RUNTIME_TOKEN: "" }, false],
    ["a laptop", {}, false],
  ])("is offered or not on %s", (_, given, isOffered) => {
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
  ])("in the mode %j", (mode, isReadable, isWritable) => {
    expect(readCacheMode({ ACTIONS_CACHE_MODE: mode })).toEqual({ isReadable, isWritable });
  });

  it("hides what its client hides, and fails with what it complains of", async () => {
    const { cache, masked } = openWith({ ...GITHUB }, [
      "::add-mask::signature%25",
      "::warning::Failed to restore: no%0Aluck",
      renderAnswer({ keys: [] }).trim(),
    ]);
    await expect(cache?.find(["a-"], 1)).rejects.toMatchObject({
      code: "CACHE_FAILED",
      message: "GitHub's cache does not work: Failed to restore: no luck",
    });
    expect(masked).toEqual(["token-1", "signature%"]);
  });

  it("has no entry where its client found none", async () => {
    const { cache } = openWith({ ...GITHUB }, [renderAnswer({ keys: [] }).trim()]);
    expect(await cache?.find(["a-"], 1)).toBeUndefined();
  });

  it("fails where its client says nothing", async () => {
    await expect(openWith({ ...GITHUB }).cache?.find(["a-"], 1)).rejects.toMatchObject({
      code: "CACHE_FAILED",
    });
  });
});

describe("the client's answer", () => {
  it("is the last one in what it printed", () => {
    expect(tryParseAnswer(`noise${renderAnswer({ keys: ["a"] })}${renderAnswer({ keys: ["b"] })}`)).toEqual({
      keys: ["b"],
    });
  });

  it("is read without ever throwing", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(tryParseAnswer(`runner-cache-answer ${text}`)).toBeUndefined();
      }),
    );
  });
});
