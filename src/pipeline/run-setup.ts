import { probeBuilders } from "../builders/probe.js";
import type { BuilderStatus } from "../model/builder.js";
import type { Job, World } from "./job.js";
import { openWorkshop, readRequest } from "./prepare.js";
import { logBuilders } from "./run-job.js";
import { requireTrustedCheckout } from "./trust.js";

/** What later steps need so that their `nix` is this run's. */
export interface Setup {
  readonly binFolder: string;
  /** For `NIX_USER_CONF_FILES`: files of nix.conf, the one that counts most first. */
  readonly confFiles: readonly string[];
  /** For `NIX_SSHOPTS`, where ssh has to be told of the builders. */
  readonly sshOptions: string | undefined;
  readonly builders: readonly BuilderStatus[];
}

/** Prepares Nix, the builders and the cache, and builds nothing. Rejects with the codes of those stages. */
export async function runSetup(job: Job, world: World): Promise<Setup> {
  const request = await readRequest(job, world);
  await requireTrustedCheckout(job, world);
  const { nix, runNix, confFiles, sshOptions } = await openWorkshop(job, request, world);
  const builders = await probeBuilders(request.builders, { runNix, timeoutMs: job.builderTimeoutMs });
  logBuilders(builders, world);
  return { binFolder: nix.binFolder, confFiles, sshOptions, builders };
}
