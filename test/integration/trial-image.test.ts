import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { TARGET_SYSTEMS, type TargetSystem } from "../../src/model/system.js";
import { createExitProgram } from "../../src/smoke/exit-program.js";

/** The emulator of each CPU, from qemu-user-static. */
const EMULATORS: Readonly<Record<TargetSystem, string>> = {
  "x86_64-linux": "qemu-x86_64-static",
  "aarch64-linux": "qemu-aarch64-static",
  "i686-linux": "qemu-i386-static",
  "armv7l-linux": "qemu-arm-static",
  "riscv64-linux": "qemu-riscv64-static",
  "powerpc64le-linux": "qemu-ppc64le-static",
  "s390x-linux": "qemu-s390x-static",
};

describe("the program of the trial image", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "trial-"));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(TARGET_SYSTEMS)("exits with 0 on %s", (system) => {
    const file = join(folder, system);
    writeFileSync(file, createExitProgram(system), { mode: 0o755 });
    const { status, signal, stderr } = spawnSync(EMULATORS[system], [file], { encoding: "utf8" });
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  });

  it.each(["x86_64-linux", "i686-linux"] as const)("exits with 0 in this kernel, for %s", (system) => {
    const { status, signal } = spawnSync(join(folder, system));
    expect({ status, signal }).toEqual({ status: 0, signal: null });
  });
});
