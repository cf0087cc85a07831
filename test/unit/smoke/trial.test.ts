import { describe, expect, it } from "@jest/globals";

import { ActionError, runCancelled } from "../../../src/errors/action-error.js";
import { tryParseElfMachine } from "../../../src/image/elf.js";
import { elfMachineOf, platformOf, TARGET_SYSTEMS } from "../../../src/model/system.js";
import type { Container, ContainerRuntime } from "../../../src/smoke/container.js";
import { createExitProgram } from "../../../src/smoke/exit-program.js";
import { createTrialImage, tryEngine } from "../../../src/smoke/trial.js";
import { FakeClock } from "../../fake-clock.js";

const bytesOf = ({ source }: { readonly source: object }) =>
  Buffer.from("bytes" in source ? (source.bytes as Uint8Array) : []);

describe.each(TARGET_SYSTEMS)("the trial image for %s", (system) => {
  it("has a program for its CPU", () => {
    expect(tryParseElfMachine(createExitProgram(system))).toEqual(elfMachineOf(system));
  });

  it("names its platform, and is small", async () => {
    const { config, layers } = await createTrialImage(system, "0123");
    expect(JSON.parse(bytesOf(config).toString())).toMatchObject(platformOf(system));
    expect(layers.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)).toBeLessThan(4096);
  });
});

it("the trial image of another run is another image", async () => {
  const [one, same, other] = await Promise.all(
    ["1", "1", "2"].map((nonce) => createTrialImage("x86_64-linux", nonce)),
  );
  expect(one?.config.digest).toBe(same?.config.digest);
  expect(one?.config.digest).not.toBe(other?.config.digest);
});

describe("tryEngine", () => {
  /** An engine whose containers exit with a code, never, or do not start. It records what is left in it. */
  function createEngine(exit: number | "never" | ActionError | { readonly reason: string }) {
    const left = new Set<string>();
    const container: Partial<Container> = {
      readState: () =>
        Promise.resolve({ exitCode: typeof exit === "number" ? exit : undefined, isOutOfMemory: false }),
      remove: () => Promise.resolve(void left.delete("container")),
    };
    const runtime: ContainerRuntime = {
      name: "docker 1",
      system: "x86_64-linux",
      load: ({ config }) => {
        left.add("image");
        return Promise.resolve({
          id: config.digest,
          load: { way: "layers", reason: "the engine is a fake" },
          remove: () => Promise.resolve(void left.delete("image")),
        });
      },
      start: () => {
        if (exit instanceof ActionError) return Promise.reject(exit);
        if (typeof exit === "object") return Promise.resolve({ state: "failed", reason: exit.reason });
        left.add("container");
        return Promise.resolve({ state: "started", container: container as Container });
      },
    };
    return { runtime, left };
  }

  async function attempt(exit: Parameters<typeof createEngine>[0]) {
    const { runtime, left } = createEngine(exit);
    const clock = new FakeClock();
    const outcome = clock.run(tryEngine(runtime, "x86_64-linux", { clock, nonce: "0123" })).then(
      () => "passed",
      (error: unknown) => error,
    );
    return { outcome: await outcome, left: [...left] };
  }

  it("passes if the container exits with 0, and leaves nothing in the engine", async () => {
    expect(await attempt(0)).toEqual({ outcome: "passed", left: [] });
  });

  it.each([
    [139, /docker 1 cannot run a container for x86_64-linux: .*exit code 139/],
    ["never" as const, /still running after 30 s/],
    [{ reason: "exec format error" }, /docker 1 cannot run a container for x86_64-linux: exec format error/],
    [
      new ActionError("COMMAND_FAILED", "docker exited with 126: no runtime", { hint: "" }),
      /exited with 126: no runtime/,
    ],
  ])("rejects with the reason if it ends with %s, and leaves nothing", async (exit, message) => {
    const { outcome, left } = await attempt(exit);
    expect(outcome).toMatchObject({
      code: "GATE_NO_RUNTIME",
      message: expect.stringMatching(message) as unknown,
      hint: expect.stringContaining("docker run") as unknown,
    });
    expect(left).toEqual([]);
  });

  it("is cancelled as CANCELLED", async () => {
    const { outcome } = await attempt(runCancelled());
    expect(outcome).toMatchObject({ code: "CANCELLED" });
  });
});
