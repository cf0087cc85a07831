import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import type { RunContext } from "../../../src/pipeline/context.js";
import { readEmulation, withEmulator } from "../../../src/pipeline/emulation.js";
import type { Binfmt, Emulator } from "../../../src/platform/binfmt.js";
import { createFakeRun } from "./fake-run.js";

const HOSTED = { RUNNER_ENVIRONMENT: "github-hosted" };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cross-build-test-qemu-"));
  writeFileSync(join(folder, "qemu-x86_64-static"), "");
  chmodSync(join(folder, "qemu-x86_64-static"), 0o755);
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** A kernel whose handlers are in `names`, beside one in the state `state`. */
function createBinfmt(state: Emulator, names: string[] = []): Binfmt {
  return {
    read: () => Promise.resolve(state),
    register: ({ nonce, target, interpreter }) => {
      names.push(`${nonce} ${target} ${interpreter}`);
      return Promise.resolve();
    },
    unregister: () => {
      names.length = 0;
      return Promise.resolve();
    },
  };
}

const MISSING: Emulator = { state: "missing" };

describe("whether a target can be emulated", () => {
  const read = (
    registersEmulation: boolean | "auto",
    state: Emulator,
    environment: Record<string, string>,
    given: Partial<RunContext> = {},
  ) => {
    const { context } = createFakeRun({
      binfmt: createBinfmt(state),
      environment: { PATH: folder, ...environment },
      ...given,
    });
    return readEmulation("x86_64-linux", { registersEmulation }, context);
  };

  it.each([
    ["on a GitHub-hosted runner", "auto", HOSTED],
    ["on any machine where that is allowed", true, {}],
  ] as const)("without a handler: yes, %s", async (_, registersEmulation, environment) => {
    expect(await read(registersEmulation, MISSING, environment)).toMatchObject({ isPossible: true });
  });

  it.each([
    [
      "on a self-hosted runner",
      "auto",
      { RUNNER_ENVIRONMENT: "self-hosted" },
      {},
      "register-emulation: true",
    ],
    ["outside of a workflow", "auto", {}, {}, "register-emulation: true"],
    ["where that is ruled out", false, HOSTED, {}, "register-emulation: true"],
    ["without root", true, {}, { canBecomeRoot: false }, "only root"],
    ["on macOS", true, {}, { system: "aarch64-darwin" }, "not Linux"],
    ["without QEMU and apt", true, { PATH: "/nowhere" }, {}, "apt-get"],
  ] as const)("without a handler: not %s", async (_, registersEmulation, environment, given, reason) => {
    expect(await read(registersEmulation, MISSING, environment, given)).toEqual({
      isPossible: false,
      reason: expect.stringContaining(reason) as unknown,
    });
  });

  it("with a handler that cannot be used: not even where another one may be registered", async () => {
    expect(await read(true, { state: "unfit", reason: "it is disabled" }, HOSTED)).toEqual({
      isPossible: false,
      reason: "QEMU cannot be used: it is disabled",
    });
  });
});

describe("work under QEMU", () => {
  const run = (binfmt: Binfmt, work: () => Promise<string>) => {
    const { context, lines } = createFakeRun({ binfmt, environment: { PATH: folder } });
    return { lines, result: withEmulator("x86_64-linux", context, work) };
  };
  const cancelled = new ActionError("CANCELLED", "the run was cancelled", { hint: "Run it again." });

  it("has a handler of its run, which is gone afterwards", async () => {
    const names: string[] = [];
    const { result } = run(createBinfmt(MISSING, names), () => Promise.resolve(names.join()));
    expect(await result).toBe(`0123456789ab x86_64-linux ${join(folder, "qemu-x86_64-static")}`);
    expect(names).toEqual([]);
  });

  it("has none afterwards if it failed", async () => {
    const names: string[] = [];
    const { result } = run(createBinfmt(MISSING, names), () => Promise.reject(cancelled));
    await expect(result).rejects.toBe(cancelled);
    expect(names).toEqual([]);
  });

  it("uses a handler that exists", async () => {
    const names = ["someone's"];
    const { result } = run(createBinfmt({ state: "ready" }, names), () => Promise.resolve("done"));
    expect(await result).toBe("done");
    expect(names).toEqual(["someone's"]);
  });

  it("is not begun if the kernel refuses the handler", async () => {
    const refused = new ActionError("COMMAND_FAILED", "tee failed: Permission denied", { hint: "See tee." });
    const binfmt = { ...createBinfmt(MISSING), register: () => Promise.reject(refused) };
    const { result } = run(binfmt, () => Promise.reject(new Error("begun")));
    await expect(result).rejects.toMatchObject({ code: "QEMU_FAILED", cause: refused });
  });

  it.each([
    [cancelled, 0],
    [new ActionError("COMMAND_FAILED", "tee failed", { hint: "See tee." }), 1],
  ])("keeps its result if the handler cannot be removed: %s", async (error, warnings) => {
    const binfmt = { ...createBinfmt(MISSING), unregister: () => Promise.reject(error) };
    const { result, lines } = run(binfmt, () => Promise.resolve("done"));
    expect(await result).toBe("done");
    expect(lines.filter((line) => line.startsWith("warning: "))).toHaveLength(warnings);
  });
});
