import { spawn } from "node:child_process";
import { once } from "node:events";

import type { Service } from "./testbed.js";

/** The network outside, for tests that install from there, until `stop`. */
export interface Network extends Service {
  /** A name server's address, where it is another one than the machine's. */
  readonly nameServer: string | undefined;
}

export async function connectNetwork(): Promise<Network> {
  const child = spawn("script/testbed/online", { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  const [said] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer | number | null];
  return {
    nameServer: Buffer.isBuffer(said) ? said.toString().trim() : undefined,
    stop: async () => {
      child.kill();
      await ended;
    },
  };
}
