import type { GateResult } from "../model/gate-result.js";
import type { ListedImage } from "../model/image.js";
import { isPlatformOf, renderPlatform, type TargetSystem } from "../model/system.js";

/** What shows that the images of a candidate were tested. */
export interface GateEvidence {
  /** The systems whose images this job tests. */
  readonly targets: readonly TargetSystem[];
  /** The results of other jobs. */
  readonly results: readonly GateResult[];
  /** The ID of this workflow run; null outside of a workflow. */
  readonly run: number | null;
  readonly isEmulationAllowed: boolean;
}

/**
 * Why a candidate must not be promoted; empty if every image of it was tested on its own CPU, by this job or
 * by another one of this run. Results for other images do not count, for good or bad.
 */
export function findGateGaps(images: readonly ListedImage[], evidence: GateEvidence): readonly string[] {
  return images.flatMap((image) => {
    const reasons = findGaps(image, evidence);
    return reasons.map((reason) => `the image ${describeImage(image)} ${reason}`);
  });
}

function findGaps(image: ListedImage, { targets, results, ...allowed }: GateEvidence): readonly string[] {
  const own = results.filter((result) => result.digest === image.digest && isResultFor(result, image));
  const problems = own.flatMap((result) => findProblem(result, allowed));
  if (problems.length > 0) return problems;
  const isTestedHere = targets.some((target) => isImageOf(target, image));
  return isTestedHere || own.length > 0 ? [] : ["was not tested"];
}

function findProblem(
  { run, platform, engine, outcome }: GateResult,
  allowed: Pick<GateEvidence, "run" | "isEmulationAllowed">,
): readonly string[] {
  if (run !== allowed.run) return [`was tested in run ${run ?? "none"} instead of ${allowed.run ?? "none"}`];
  if (outcome === "failed") return ["failed its smoke test"];
  if (engine === platform || allowed.isEmulationAllowed) return [];
  return [`was tested under emulation, on ${engine ?? "an unknown CPU"}`];
}

/** A lone image is for the one system that it was tested for: the gate compares that with its config. */
function isImageOf(target: TargetSystem, { platform }: ListedImage): boolean {
  return platform === "unlisted" || (platform !== undefined && isPlatformOf(target, platform));
}

function isResultFor(result: GateResult, { platform }: ListedImage): boolean {
  if (platform === "unlisted") return true;
  if (platform === undefined) return false;
  const [os = "", architecture = "", variant] = result.platform.split("/");
  const isVariant = variant === undefined || platform.variant === undefined || variant === platform.variant;
  return os === platform.os && architecture === platform.architecture && isVariant;
}

function describeImage({ digest, platform }: ListedImage): string {
  if (platform === "unlisted") return digest;
  return platform === undefined ? `${digest} without a platform` : renderPlatform(platform);
}
