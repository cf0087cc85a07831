import { chmodSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { createRunCommand, runShortCommand } from "../../../src/platform/command.js";
import { readStartTime } from "../../../src/platform/process-identity.js";
import { endLeftProcesses, openProcessLedger } from "../../../src/platform/process-ledger.js";

const ledger = { started: () => undefined, ended: () => undefined };
const run = createRunCommand(new AbortController().signal, ledger);
const limit = { timeoutMs: 10_000 };

/** Waits for `condition`, five seconds at most. */
async function waitFor(condition: () => boolean): Promise<boolean> {
  for (let i = 0; i < 100 && !condition(); i++) await sleep(50);
  return condition();
}

/** Root reads every folder, so `work` runs as Debian's user `nobody`. */
async function asOrdinaryUser<T>(work: () => Promise<T>): Promise<T> {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    if (isRoot) process.seteuid?.(0);
  }
}

describe("runCommand", () => {
  it("gives both streams, and each line as it comes", async () => {
    const lines: string[] = [];
    const output = await run("sh", ["-c", "echo a; echo b; echo c >&2"], {
      ...limit,
      onStdoutLine: (line) => lines.push(line),
    });
    expect(output).toEqual({ exitCode: 0, stdout: "a\nb", stderr: "c" });
    expect(lines).toEqual(["a", "b"]);
  });

  it("gives nobody a shell", async () => {
    const { stdout } = await run("echo", ["$(id); `id`"], limit);
    expect(stdout).toBe("$(id); `id`");
  });

  it("feeds text and streams, and survives a reader that stops early", async () => {
    expect((await run("cat", [], { ...limit, input: "text" })).stdout).toBe("text");
    const endless = Readable.from(
      (function* () {
        for (;;) yield "x".repeat(65_536);
      })(),
    );
    expect((await run("head", ["-c", "3"], { ...limit, input: endless })).stdout).toBe("xxx");
  });

  it.each(["cat", "cat; exit 3"])(
    "tells why its input failed, whatever the command makes of that: %s",
    async (script) => {
      async function* failing() {
        yield await Promise.resolve("x");
        throw new ActionError("BUILDER_DENIED", "no", { hint: "None." });
      }
      await expect(
        run("sh", ["-c", script], { ...limit, input: Readable.from(failing()) }),
      ).rejects.toMatchObject({
        code: "BUILDER_DENIED",
      });
    },
  );

  it("says what the command said when it fails", async () => {
    await expect(run("sh", ["-c", "echo why >&2; exit 3"], limit)).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "sh -c 'echo why >&2; exit 3' exited with 3: why",
      hint: expect.stringContaining("by hand") as unknown,
    });
  });

  it("takes an expected exit code for a result", async () => {
    expect((await run("sh", ["-c", "exit 3"], { ...limit, expectedExitCodes: [0, 3] })).exitCode).toBe(3);
  });

  it("does not call a program missing if it is the folder that is", async () => {
    await expect(run("sh", ["-c", "true"], { ...limit, cwd: "/nonexistent" })).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "sh -c true could not be started: there is no folder /nonexistent",
    });
  });

  it("names a command that is not there", async () => {
    await expect(run("no-such-command", [], limit)).rejects.toMatchObject({ code: "COMMAND_MISSING" });
  });

  it("names a command that is not there although PATH has a folder that cannot be read", async () => {
    const folder = mkdtempSync(join(tmpdir(), "unreadable-"));
    chmodSync(folder, 0);
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    const found = await asOrdinaryUser(() => run("no-such-command", [], { ...limit, env }).catch(String));
    expect(found).toContain("no-such-command is not installed or not on PATH");
    const { stdout } = await asOrdinaryUser(() => run("echo", ["found"], { ...limit, env }));
    expect(stdout).toBe("found");
  });

  it("does not call a file that may not be executed a missing command", async () => {
    const folder = mkdtempSync(join(tmpdir(), "plain-"));
    writeFileSync(join(folder, "plain-file"), "");
    const env = { PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    await expect(run("plain-file", [], { ...limit, env })).rejects.toMatchObject({ code: "COMMAND_FAILED" });
  });

  it("ends a command that takes too long, with its children, even those that ignore SIGTERM", async () => {
    const folder = mkdtempSync(join(tmpdir(), "command-"));
    const script = `trap '' TERM; sleep 60 & echo $! > ${folder}/pid; wait; sleep 60`;
    await expect(run("sh", ["-c", script], { timeoutMs: 500 })).rejects.toMatchObject({
      code: "COMMAND_TIMEOUT",
    });
    const child = Number(readFileSync(join(folder, "pid"), "utf8"));
    expect(await waitFor(() => readStartTime(child) === undefined)).toBe(true);
  });

  it("ends a running command when the run is cancelled, and starts no other", async () => {
    const cancellation = new AbortController();
    const cancellable = createRunCommand(cancellation.signal, ledger);
    const running = cancellable("sleep", ["60"], limit);
    setTimeout(() => {
      cancellation.abort();
    }, 100);
    await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(cancellable("true", [], limit)).rejects.toMatchObject({ code: "CANCELLED" });
  });

  it("keeps the end of an endless output", async () => {
    const { stdout } = await run("sh", ["-c", "seq 1 1000000"], limit);
    expect(stdout.length).toBeLessThanOrEqual(1 << 20);
    expect(stdout.endsWith("1000000")).toBe(true);
  });
});

describe("runShortCommand", () => {
  it("gives both streams, and judges by the exit code alone", async () => {
    const output = await runShortCommand("sh", ["-c", "echo a; echo b >&2"], limit);
    expect(output).toEqual({ exitCode: 0, stdout: "a\n", stderr: "b\n" });
  });

  it("survives commands that end at once", async () => {
    const ended = await Promise.all(
      Array.from({ length: 100 }, () => runShortCommand("true", [], { timeoutMs: 30_000 })),
    );
    expect(ended.map(({ exitCode }) => exitCode)).toEqual(ended.map(() => 0));
  });

  it("says what the command said when it fails, and takes an expected exit code for a result", async () => {
    const args = ["-c", "echo why >&2; exit 3"];
    await expect(runShortCommand("sh", args, limit)).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "sh -c 'echo why >&2; exit 3' exited with 3: why",
      hint: expect.stringContaining("by hand") as unknown,
    });
    expect(await runShortCommand("sh", args, { ...limit, expectedExitCodes: [3] })).toMatchObject({
      exitCode: 3,
    });
  });

  it("names a command that is not there", async () => {
    await expect(runShortCommand("no-such-command", [], limit)).rejects.toMatchObject({
      code: "COMMAND_MISSING",
    });
  });

  it("hands over nothing of our environment but PATH and HOME", async () => {
    process.env["CROSS_BUILD_TEST_SECRET"] = "hunter2";
    try {
      const { stdout } = await runShortCommand("env", [], { ...limit, env: { LC_ALL: "C" } });
      expect(stdout.split("\n").map((line) => line.split("=")[0])).toEqual(
        expect.arrayContaining(["PATH", "LC_ALL"]),
      );
      expect(stdout).not.toContain("hunter2");
    } finally {
      delete process.env["CROSS_BUILD_TEST_SECRET"];
    }
  });

  it("does not wait for a command that takes too long", async () => {
    await expect(runShortCommand("sleep", ["1"], { timeoutMs: 100 })).rejects.toMatchObject({
      code: "COMMAND_TIMEOUT",
    });
  });

  it("does not wait for a command when the run is cancelled, and starts no other", async () => {
    const cancellation = new AbortController();
    const cancellable = { ...limit, signal: cancellation.signal };
    const running = runShortCommand("sleep", ["1"], cancellable);
    cancellation.abort();
    await expect(running).rejects.toMatchObject({ code: "CANCELLED" });
    await expect(runShortCommand("true", [], cancellable)).rejects.toMatchObject({ code: "CANCELLED" });
  });
});

describe("the process ledger", () => {
  it("ends what a killed run left, and nothing else", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "ledger-")), "processes");
    const written = openProcessLedger(file);
    let left = 0;
    let ended = 0;
    const tracking = createRunCommand(new AbortController().signal, {
      started: (pid) => {
        written.started(pid);
        left = pid;
      },
      ended: (pid) => {
        ended = pid;
      },
    });
    await run("true", [], limit);
    const running = tracking("sleep", ["60"], { ...limit, expectedExitCodes: "any" });
    expect(await waitFor(() => left !== 0 && readStartTime(left) !== undefined)).toBe(true);
    expect(endLeftProcesses(file)).toEqual([left]);
    await running;
    expect(ended).toBe(left);
    expect(endLeftProcesses(file)).toEqual([]);
  });

  it("does not take another process for ours when its PID was given out again", async () => {
    const file = join(mkdtempSync(join(tmpdir(), "ledger-")), "processes");
    let other = 0;
    const running = createRunCommand(new AbortController().signal, {
      started: (pid) => {
        other = pid;
      },
      ended: () => undefined,
    })("sleep", ["1"], limit);
    expect(await waitFor(() => other !== 0)).toBe(true);
    writeFileSync(file, `+ ${other} 1\n`);
    expect(endLeftProcesses(file)).toEqual([]);
    expect((await running).exitCode).toBe(0);
  });

  it("is empty where there is no file", () => {
    expect(endLeftProcesses("/nonexistent/ledger")).toEqual([]);
  });
});
