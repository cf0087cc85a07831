import type { BuilderStatus } from "../model/builder.js";
import { logBuilders } from "../builders/log-builders.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { openNixSession } from "./nix-session.js";
import { runStep } from "./run-step.js";

/** What later steps need so that their `nix` is the one that this run configured. */
export interface Setup {
  readonly binFolder: string;
  /** For `NIX_USER_CONF_FILES`: nix.conf files, highest precedence first. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`, if ssh does not find the configuration of the builders itself. */
  readonly sshOptions: string | undefined;
  readonly builders: readonly BuilderStatus[];
}

/** Prepares Nix, the builders and the cache, and builds nothing. Rejects with the codes of those stages. */
export async function runSetup(job: Job, context: RunContext): Promise<Setup> {
  const { nix, confFiles, sshOptions, pool } = await runStep(context, () => openNixSession(job, context));
  try {
    // No one watches the builders during later steps, so probe now which ones answer.
    await runStep(context, () => pool.prepareForNix());
    logBuilders(pool.statuses, context.log);
    return { binFolder: nix.binFolder, confFiles, sshOptions, builders: pool.statuses };
  } finally {
    await pool.close();
  }
}
