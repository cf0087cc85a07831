import { describe, expect, it } from "@jest/globals";

import { ActionError, type ErrorCode, toActionError } from "../../../src/errors/action-error.js";
import { explainFullDisk } from "../../../src/pipeline/disks.js";

const CONTEXT = { runFolder: "/nonexistent/run" };
const NO_SPACE = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });

const failure = (code: ErrorCode, message: string, cause?: unknown) =>
  new ActionError(code, message, { hint: "", cause });

describe("explainFullDisk", () => {
  it.each([
    ["a system call", toActionError(NO_SPACE)],
    ["the cause of a failure", failure("REGISTRY_FAILED", "the OCI layout x cannot be written", NO_SPACE)],
    [
      "the cause of a cause",
      failure("IMAGE_INVALID", "x cannot be used", new Error("cannot unpack", { cause: NO_SPACE })),
    ],
    [
      "a command",
      failure("COMMAND_FAILED", "docker exited with 1: write /var/lib/docker/x: no space left on device"),
    ],
  ])("blames the disk if it was full for %s, and says what is left", (_, error) => {
    const explained = explainFullDisk(error, CONTEXT);
    expect(explained).toMatchObject({ code: "DISK_FULL", cause: error });
    expect(explained.message).toContain(error.message);
    expect(explained.message).toMatch(/\(left: [0-9.]+ MiB on the disk of \/nix\/store/);
  });

  it.each([
    failure("NIX_DISK_FULL", "the disk of builder x is full", NO_SPACE),
    failure("BUILD_FAILED", "cc: no space left on device"),
    failure("COMMAND_FAILED", "docker exited with 1: no such image"),
    toActionError(Object.assign(new Error("EACCES"), { code: "EACCES" })),
  ])("keeps %s", (error) => {
    expect(explainFullDisk(error, CONTEXT)).toBe(error);
  });
});
