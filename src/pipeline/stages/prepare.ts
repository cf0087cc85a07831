import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import { type NixSession, openNixSession } from "../nix-session.js";
import type { StageResult } from "../record.js";

/**
 * Installs Nix, configures the builders and restores the caches. Rejects with the codes of `openNixSession`.
 */
export async function prepare(
  context: RunContext,
  { job }: { readonly job: Job },
): Promise<StageResult<NixSession>> {
  const session = await openNixSession(job, context);
  return {
    record: { nix: session.nix, caches: session.caches.map(({ record }) => record) },
    output: session,
  };
}
