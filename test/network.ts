import { spawn } from "node:child_process";
import { once } from "node:events";

import type { Service } from "./testbed.js";

/** Access to the outside network until `stop`, for tests that install from there. */
export interface Network extends Service {
  /** The address of a name server, if it differs from the machine's. */
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
