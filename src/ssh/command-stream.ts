import type { ClientChannel } from "ssh2";

import type { Clock } from "../platform/clock.js";
import { sanitizeText } from "../platform/log.js";
import { createSilenceWatch } from "../platform/silence-watch.js";
import { unreachable } from "./connection.js";

const KEPT_CHARACTERS = 1 << 20;
const SILENCE_LIMIT_MS = 60_000;

/**
 * Streams `input` to a command's stdin, and yields the command's stdout. Throws `BUILDER_UNREACHABLE` if the
 * command fails, the connection is lost, or the command keeps its reader waiting for a minute.
 */
export async function* stream(
  opening: Promise<ClientChannel>,
  input: AsyncIterable<string>,
  clock: Clock,
): AsyncGenerator<Buffer> {
  const channel = await opening;
  const silence = createSilenceWatch(clock, SILENCE_LIMIT_MS, (waitedMs) =>
    unreachable(`the builder's Nix has sent nothing for ${Math.round(waitedMs / 1000)} s`),
  );
  let stderr = "";
  let exitCode: number | undefined;
  channel.stderr.on("data", (bytes: Buffer) => {
    stderr = (stderr + bytes.toString("utf8")).slice(-KEPT_CHARACTERS);
  });
  channel.on("exit", (code: number | null) => {
    exitCode = code ?? 128;
  });
  const closed = new Promise((resolve) => channel.once("close", resolve));
  const feed = async () => {
    for await (const text of input) channel.write(text);
    channel.end();
  };
  // The producer of `input` reports its own failure; here it only ends the command.
  feed().catch(() => {
    channel.close();
  });
  try {
    const pieces = (channel as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
    for (;;) {
      const next = await silence.wait(pieces.next());
      if (next.done === true) break;
      yield next.value;
    }
    await silence.wait(closed);
  } finally {
    silence.end();
    channel.close();
  }
  if (exitCode === 0) return;
  const lastLine = sanitizeText(stderr).trim().split("\n").at(-1) ?? "";
  throw unreachable(
    exitCode === undefined
      ? "the connection was lost"
      : `the builder's Nix exited with ${exitCode}${lastLine === "" ? "" : `: ${lastLine.slice(-300)}`}`,
  );
}
