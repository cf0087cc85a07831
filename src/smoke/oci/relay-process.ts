import { getegid, geteuid } from "node:process";

import { isCancelled } from "../../errors/action-error.js";
import { RELAY_ARGUMENT } from "../../model/own-processes.js";
import type { ContainerProcess } from "./container-process.js";
import { RELAY_READY } from "./port-relay.js";
import type { OciEffects } from "./effects.js";

const LIMIT_MS = 24 * 60 * 60_000;
/** How long after its first process the runtime ends, at most. */
const END_MS = 2_000;

export interface RelayOptions {
  /** The ID of the container's first process. */
  readonly pid: string;
  readonly ports: readonly number[];
  /** The folder for the sockets. */
  readonly sockets: string;
  readonly container: Pick<ContainerProcess, "hasEnded" | "end">;
}

export interface Relay {
  readonly stop: () => Promise<void>;
}

/**
 * Starts the relay of a container's ports in its network namespace, as this user, and waits until it listens.
 * Undefined if the container has ended before.
 */
export async function startRelay(
  { pid, ports, sockets, container }: RelayOptions,
  { runAsRoot, program, clock }: Pick<OciEffects, "runAsRoot" | "program" | "clock">,
): Promise<Relay | undefined> {
  const ending = new AbortController();
  const [uid = 0, gid = 0] = [geteuid?.(), getegid?.()];
  const user = uid === 0 ? [] : [`--setuid=${uid}`, `--setgid=${gid}`];
  const command = [...program, RELAY_ARGUMENT, ...ports.map(String)];
  const { promise: ready, resolve: setReady } = Promise.withResolvers<undefined>();
  const end = runAsRoot("nsenter", [`--net=/proc/${pid}/ns/net`, ...user, "--", ...command], {
    cwd: sockets,
    timeoutMs: LIMIT_MS,
    stop: ending.signal,
    onStdoutLine: (line) => {
      if (line === RELAY_READY) setReady(undefined);
    },
  });
  const stop = async () => {
    ending.abort();
    await end.catch(() => undefined);
  };
  try {
    await Promise.race([ready, end]);
  } catch (error) {
    if (isCancelled(error)) throw error;
    // A container that has just ended has no namespace any more.
    await Promise.race([container.end, clock.sleep(END_MS)]);
    if (!container.hasEnded) throw error;
  }
  if (!container.hasEnded) return { stop };
  // Its process ID may have been another process's by then.
  await stop();
  return undefined;
}
