import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

import { describe, expect, it } from "@jest/globals";

import { createOpenProcess } from "../../../src/platform/process-stream.js";

/** Opens processes, and tells when all of one's group has ended. */
function open(signal = new AbortController().signal) {
  let pid = 0;
  let end: () => void;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const openProcess = createOpenProcess(signal, {
    started: (started) => {
      pid = started;
    },
    ended: () => {
      end();
    },
  });
  const isAlive = () => {
    try {
      return process.kill(-pid, 0);
    } catch {
      return false;
    }
  };
  /** One that was killed stays in the list of processes until its parent has looked. */
  const gone = async () => {
    for (let i = 0; i < 100 && isAlive(); i++) await sleep(50);
    return !isAlive();
  };
  return { openProcess, ended, gone };
}

describe("a process as a stream", () => {
  it("passes bytes on both ways, and ends with its program", async () => {
    const { openProcess, ended } = open();
    const stream = openProcess("cat", []);
    const sent = Buffer.alloc(5 << 20, "0123456789");
    stream.end(sent);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(sent)).toBe(true);
    await ended;
  });

  it("takes its program and the program's children with it", async () => {
    const { openProcess, ended, gone } = open();
    const stream = openProcess("bash", ["-c", "trap '' TERM; sleep 60 & echo up; wait; wait"]);
    await once(stream, "data");
    stream.destroy();
    await ended;
    expect(await gone()).toBe(true);
  });

  it("ends when its program does", async () => {
    const { openProcess, ended } = open();
    const stream = openProcess("true", []);
    stream.on("error", () => undefined);
    stream.resume();
    await ended;
    if (!stream.closed) await once(stream, "close");
  });

  it("ends when the run is cancelled", async () => {
    const cancellation = new AbortController();
    const { openProcess, ended, gone } = open(cancellation.signal);
    openProcess("sleep", ["60"]);
    cancellation.abort();
    await ended;
    expect(await gone()).toBe(true);
  });

  it("says that its program is missing", async () => {
    const stream = open().openProcess("no-such-program", []);
    const [error] = (await once(stream, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ENOENT");
  });
});
