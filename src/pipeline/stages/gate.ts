import { ActionError, toActionError } from "../../errors/action-error.js";
import type { TargetImage } from "../../image/image.js";
import type { GateResult } from "../../model/gate-result.js";
import type { TestedLayer } from "../../model/smoke.js";
import { platformOf, renderPlatform, type TargetSystem } from "../../model/system.js";
import type { ContainerRuntime } from "../../smoke/container.js";
import type { LoadedImage } from "../../smoke/load-image.js";
import { runSmokeTest } from "../../smoke/smoke-test.js";
import type { SmokeSpec } from "../../smoke/spec.js";
import type { CandidateLoad } from "../candidate-load.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import type { PromotionRecord, StageResult, TargetSmoke } from "../record.js";

export interface GateInput {
  readonly job: Pick<Job, "isPromoted" | "isEmulatedGateAllowed">;
  readonly smokeTest: SmokeSpec;
  readonly images: readonly TargetImage[];
}

/** Where the images of a gate come from. */
export interface TestedImages extends GateInput {
  readonly runtime: ContainerRuntime;
  readonly origin: TestedLayer["origin"];
  /** Loads an image into the engine. */
  readonly load: (image: TargetImage) => Promise<LoadedImage>;
}

/**
 * Runs the smoke test on the image of every target. If the job does not promote, images for another CPU are
 * left to a later gate, unless emulation is allowed. Fails with `GATE_FAILED`, and with the codes of
 * `openContainerEngine` and `runSmokeTest`; then no tag may move.
 */
export async function gate(
  context: RunContext,
  { loads, ...input }: GateInput & { readonly loads: CandidateLoad },
): Promise<StageResult<undefined>> {
  const { job, images } = input;
  let runtime: ContainerRuntime;
  try {
    runtime = await loads.openEngine();
  } catch (thrown) {
    return { record: { promotion: UNFINISHED_GATE }, error: toActionError(thrown) };
  }
  const isLeft = ({ target }: TargetImage) => isLeftToLaterGate(job, runtime, target);
  for (const { target } of images.filter(isLeft))
    context.log.info(`the smoke test of ${target} is left to a gate on its CPU`);
  const own = images.filter((image) => !isLeft(image));
  const load = (image: TargetImage) => loads.take(image);
  return smokeTestImages(context, { ...input, images: own, runtime, origin: "made", load });
}

/** Whether another job tests the image of a target: this one does not promote, and has another CPU. */
export function isLeftToLaterGate(
  { isPromoted, isEmulatedGateAllowed }: GateInput["job"],
  { system }: Pick<ContainerRuntime, "system">,
  target: TargetSystem,
): boolean {
  return !isPromoted && system !== target && !isEmulatedGateAllowed;
}

/** Tests the images one after the other, also after one has failed its test. Fails with `GATE_FAILED`. */
export async function smokeTestImages(
  context: RunContext,
  { job, smokeTest, images, runtime, origin, load }: TestedImages,
): Promise<StageResult<undefined>> {
  const smokeTests: TargetSmoke[] = [];
  const gateResults: GateResult[] = [];
  try {
    for (const image of images) {
      const { target, read } = image;
      const candidate = { image: read.image, target, origin, load: () => load(image) };
      const effects = { ...context, runtime };
      const result = await runSmokeTest(smokeTest, candidate, job.isEmulatedGateAllowed, effects);
      smokeTests.push({ target, ...result });
      gateResults.push({
        run: context.event.run?.id ?? null,
        digest: read.image.manifest.digest,
        platform: nameOf(target),
        smokeTest: smokeTest.digest,
        engine: runtime.system === undefined ? null : nameOf(runtime.system),
        outcome: result.outcome,
      });
      if (result.outcome === "failed") {
        context.log.group(`last log lines of the container for ${target}`, result.containerLog.split("\n"));
      }
    }
  } catch (thrown) {
    return { record: { smokeTests, gateResults, promotion: UNFINISHED_GATE }, error: toActionError(thrown) };
  }
  const failed = smokeTests.filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return { record: { smokeTests, gateResults }, output: undefined };
  const error = new ActionError(
    "GATE_FAILED",
    `the smoke test failed: ${failed.map(renderFailure).join("; ")}`,
    { hint: "Fix the image or the check; the container's last lines are in the log. No tag was moved." },
  );
  return { record: { smokeTests, gateResults, promotion: withhold("the smoke test failed") }, error };
}

function nameOf(system: TargetSystem): string {
  return renderPlatform(platformOf(system));
}

function withhold(reason: string): PromotionRecord {
  return { state: "withheld", reason, tags: [] };
}

/** The promotion record of a gate whose smoke tests have not finished: it has moved no tag. */
export const UNFINISHED_GATE = withhold("the smoke test did not finish");

function renderFailure({ target, checks }: TargetSmoke): string {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  return `${target}: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`;
}
