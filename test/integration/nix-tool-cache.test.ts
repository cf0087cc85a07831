import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { createNixMachine, type ReleaseServer, serveRelease, sha256Of } from "../nix-machine.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { readNixRelease } from "../testbed.js";

const RELEASE = readNixRelease();
let release: ReleaseServer;

beforeAll(async () => {
  release = await serveRelease();
});

afterAll(() => {
  release.close();
  removeTemporaryFolders();
});

describe("the tool cache", () => {
  const cacheFolder = join(makeTemporaryFolder("cache"), "cache");
  const note = join(cacheFolder, "repacked", `sha256-${RELEASE["nix-sha256"]}`);
  const listKept = () =>
    readdirSync(cacheFolder, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  const installElsewhere = () => {
    release.requests.length = 0;
    return createNixMachine(() => release.url).runDriver({ cacheFolder });
  };

  beforeAll(async () => {
    expect(await installElsewhere()).toMatchObject({ installation: { source: "download" } });
  });

  it("comes from the tool cache on a new machine, re-packed, with no request to the server", async () => {
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({
      state: "done",
      installation: { origin: "installed", source: "tool-cache" },
    });
    expect(outcome.log.join("\n")).toContain("re-packed");
    expect(release.requests).toEqual([]);
  });

  it("comes from the tool cache as it was published where this user has not re-packed it", async () => {
    rmSync(note);
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({ state: "done", installation: { source: "tool-cache" } });
    expect(outcome.log.join("\n")).not.toContain("re-packed");
    expect(release.requests).toEqual([]);
    expect(existsSync(note)).toBe(true);
  });

  it.each([
    [
      "is somebody else's",
      () => {
        chownSync(note, 65_534, 65_534);
      },
    ],
    [
      "can be written to by others",
      () => {
        chmodSync(note, 0o666);
      },
    ],
    [
      "is in a folder that can be written to by others",
      () => {
        chmodSync(join(note, ".."), 0o777);
      },
    ],
    [
      "is a link",
      () => {
        renameSync(note, `${note}.other`);
        symlinkSync(`${note}.other`, note);
      },
    ],
  ])("does not use a re-packed archive whose note %s", async (_, spoil) => {
    const [ofRelease = "", digest = ""] = readFileSync(note, "utf8").trim().split(" ");
    const poison = join(cacheFolder, "poison");
    writeFileSync(poison, readFileSync(join(cacheFolder, digest.replace(":", "-"))));
    appendFileSync(poison, "evil");
    const evil = sha256Of(poison);
    renameSync(poison, join(cacheFolder, `sha256-${evil}`));
    writeFileSync(note, `${ofRelease} sha256:${evil}\n`);
    spoil();
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({ state: "done", installation: { source: "tool-cache" } });
    expect(outcome.log.join("\n")).not.toContain("re-packed");
    expect(release.requests).toEqual([]);
    rmSync(join(note, ".."), { recursive: true });
    await installElsewhere();
  });

  it("does not use a tool cache that was tampered with, and mends it", async () => {
    for (const name of listKept()) appendFileSync(join(cacheFolder, name), "evil");
    const outcome = await installElsewhere();
    expect(outcome).toMatchObject({ state: "done", installation: { source: "download" } });
    expect(outcome.log.join("\n")).toMatch(/the re-packed Nix in the tool cache is not used/);
    expect(outcome.log.join("\n")).toMatch(/the file kept in the tool cache .* it is not used/);
    const again = await installElsewhere();
    expect(again).toMatchObject({ state: "done", installation: { source: "tool-cache" } });
    expect(again.log.join("\n")).toContain("re-packed");
    expect(sha256Of(join(cacheFolder, `sha256-${RELEASE["nix-sha256"]}`))).toBe(RELEASE["nix-sha256"]);
  });
});
