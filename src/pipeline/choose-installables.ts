import { isCancelled, renderError } from "../errors/action-error.js";
import type { TargetPlan } from "../model/plan.js";
import { isStorePath, nameOfStorePath } from "../model/store-path.js";
import { readDerivationPath } from "../nix/flake.js";
import { findStreamDerivation } from "../nix/layered-image.js";
import { canBuildDerivations } from "../nix-install/present-nix.js";
import type { RunContext } from "./context.js";
import type { NixSession } from "./nix-session.js";

interface ChooseInput {
  readonly plan: TargetPlan;
  readonly session: Pick<NixSession, "nix" | "runNix">;
  readonly workingDirectory: string;
}

/**
 * What to build for a target: the attributes of its plan. If the first one is an archive of
 * dockerTools.buildLayeredImage, the script that streams the same image takes its place: the layers are made
 * from the store, and the archive is not needed. Rejects with `CANCELLED`.
 */
export async function chooseInstallables(
  { plan, session, workingDirectory }: ChooseInput,
  { log }: Pick<RunContext, "log">,
): Promise<readonly string[]> {
  const [image, ...others] = plan.attributes;
  if (image === undefined || !canBuildDerivations(session.nix.version)) return plan.attributes;
  try {
    const drvPath = await readDerivationPath(session.runNix, image, workingDirectory);
    const stream = isStorePath(drvPath) ? await findStreamDerivation(drvPath) : undefined;
    if (stream === undefined) return plan.attributes;
    log.info(
      `${image}: ${nameOfStorePath(stream)} is built instead of the archive ${nameOfStorePath(drvPath)}, ` +
        "since the layers are made from the store. List the package twice to build the archive, too",
    );
    return [`${stream}^out`, ...others];
  } catch (error) {
    if (isCancelled(error)) throw error;
    // The build itself reports what is wrong with the package.
    log.debug(`${image} is built as it is: ${renderError(error)}`);
    return plan.attributes;
  }
}
