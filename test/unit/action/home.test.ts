import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { provideHome, readAccount } from "../../../src/action/home.js";

describe("provideHome", () => {
  let runFolder: string;
  const provide = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => {
    provideHome(runFolder, environment);
    return environment;
  };

  beforeEach(() => {
    runFolder = mkdtempSync(join(tmpdir(), "home-"));
  });
  afterEach(() => {
    rmSync(runFolder, { recursive: true });
  });

  it("keeps a home that exists", () => {
    expect(provide({ HOME: runFolder })).toEqual({ HOME: runFolder });
  });

  it("creates a private folder if there is no home", () => {
    expect(provide({ HOME: "/dev/null/home" })).toEqual({ HOME: join(runFolder, "home") });
    expect(statSync(join(runFolder, "home")).mode & 0o777).toBe(0o700);
  });

  it.each([{}, { HOME: "" }])("uses the account's home, if it exists, for %j", (environment) => {
    const { home } = readAccount();
    expect([home, join(runFolder, "home")]).toContain(provide({ ...environment })["HOME"]);
  });
});
