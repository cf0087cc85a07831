import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { makeReportFolder, provideHome, readAccount } from "../../../src/action/home.js";

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

describe("makeReportFolder", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), "home-"));
  });
  afterEach(() => {
    rmSync(home, { recursive: true });
  });

  it("is a folder for the working directory, outside of it", () => {
    const folder = makeReportFolder("/srv/web", { HOME: home });
    expect(folder).toMatch(new RegExp(`^${home}/\\.local/state/cross-build/web-[0-9a-f]{8}$`));
    expect(makeReportFolder("/srv/web", { HOME: home })).toBe(folder);
    expect(makeReportFolder("/other/web", { HOME: home })).not.toBe(folder);
  });

  it("follows an absolute XDG_STATE_HOME, and ignores a relative one", () => {
    const state = join(home, "state");
    const make = (given: string) => makeReportFolder("/web", { HOME: home, XDG_STATE_HOME: given });
    expect(make(state)).toContain(join(state, "cross-build/web-"));
    expect(make("state")).toContain(join(home, ".local/state/cross-build/web-"));
  });

  it("is private", () => {
    expect(statSync(makeReportFolder("/web", { HOME: home })).mode & 0o777).toBe(0o700);
  });

  it("is the temporary folder if the home cannot be used", () => {
    expect(makeReportFolder("/web", { HOME: "/dev/null" })).toBe(tmpdir());
  });
});
