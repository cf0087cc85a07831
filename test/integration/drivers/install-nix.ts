// Installs Nix as the action does, in the current mount namespace, or stops the daemon that it started.
// Prints the outcome as one line of JSON. Usage: node --import script/typescript.ts install-nix.ts ORDER,
// where ORDER is an Order as JSON.
import { mkdirSync } from "node:fs";
import { userInfo } from "node:os";

import { toActionError } from "../../../src/errors/action-error.js";
import { stopDaemon } from "../../../src/nix-install/daemon.js";
import { installNix } from "../../../src/nix-install/install.js";
import type { NixInstallation } from "../../../src/nix-install/installation.js";
import { systemClock } from "../../../src/platform/clock.js";
import { createRunCommand } from "../../../src/platform/command.js";
import { createHttpClient } from "../../../src/platform/http.js";
import type { Log } from "../../../src/platform/log.js";
import { createRunAsRoot } from "../../../src/platform/privileged.js";

export interface Order {
  readonly task: "install" | "stop-daemon";
  readonly version: string;
  readonly url: string;
  readonly sha256: string;
  readonly runFolder: string;
  readonly cacheFolder: string;
  /** False: through sudo and with a daemon, as on GitHub's runners. */
  readonly isRoot: boolean;
}

export type Outcome =
  | { readonly state: "done"; readonly installation?: NixInstallation; readonly log: readonly string[] }
  | {
      readonly state: "failed";
      readonly code: string;
      readonly message: string;
      readonly hint: string | undefined;
      readonly log: readonly string[];
    };

async function execute(order: Order, log: Log): Promise<NixInstallation | undefined> {
  const ledger = { started: () => undefined, ended: () => undefined };
  const run = createRunCommand(new AbortController().signal, ledger);
  const runAsRoot = createRunAsRoot(run, order.isRoot);
  if (order.task === "stop-daemon") {
    await stopDaemon(order.runFolder, { runAsRoot, clock: systemClock, log });
    return undefined;
  }
  mkdirSync(order.runFolder, { recursive: true, mode: 0o700 });
  return installNix(
    { source: "release", ...order, system: "x86_64-linux" },
    {
      run,
      runAsRoot,
      log,
      clock: systemClock,
      sendHttp: createHttpClient(process.env),
      runFolder: order.runFolder,
      cacheFolder: order.cacheFolder,
      environment: process.env,
      userName: userInfo().username,
      isRoot: order.isRoot,
      canBecomeRoot: true,
    },
  );
}

const lines: string[] = [];
const keep = (message: string) => {
  lines.push(message);
};
const log: Log = {
  info: keep,
  debug: () => undefined,
  warning: keep,
  error: keep,
  group: (title, body) => {
    keep([title, ...body].join("\n"));
  },
  mask: () => undefined,
};

let outcome: Outcome;
try {
  const installation = await execute(JSON.parse(process.argv[2] ?? "") as Order, log);
  outcome = { state: "done", ...(installation !== undefined && { installation }), log: lines };
} catch (thrown) {
  const { code, message, hint } = toActionError(thrown);
  outcome = { state: "failed", code, message, hint, log: lines };
}
console.log(JSON.stringify(outcome));
