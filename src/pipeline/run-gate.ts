import { join } from "node:path";

import { ActionError, toActionError } from "../errors/action-error.js";
import { readPublishedImage, type TargetImage } from "../image/image.js";
import type { TargetSystem } from "../model/system.js";
import { decidePush } from "../plan/push-policy.js";
import { fetchImage } from "../registry/fetch-image.js";
import type { ImageRepository } from "../registry/image-repository.js";
import { type ContainerRuntime, openContainerEngine } from "../smoke/container-engine.js";
import { requireNativeEngine } from "../smoke/smoke-test.js";
import type { SmokeSpec } from "../smoke/spec.js";
import type { RunContext } from "./context.js";
import { foldStages, type RunResult, type StageFold } from "./fold-stages.js";
import type { GateJob } from "./job.js";
import { openRepository } from "./open-repository.js";
import type { StageResult } from "./record.js";
import { smokeTestImages, UNFINISHED_GATE } from "./stages/gate.js";
import { promote } from "./stages/promote.js";

/**
 * Runs only the gate, for an image that was pushed earlier: smoke-tests the image behind the digest (in an
 * image index, that of each target system), and then moves the tags to that digest. Never rejects: see
 * `foldStages`.
 */
export function runGate(job: GateJob, context: RunContext): Promise<RunResult> {
  return foldStages(job, context, async (fold) => {
    fold.add({ record: { pushedDigest: job.digest }, output: undefined });
    const repository = await openRepository(job.image, job, undefined, context);
    const { smokeTest } = job;
    if (smokeTest === undefined) context.log.info("no smoke test was requested, relying on earlier gates");
    else await testCandidate({ ...job, smokeTest }, repository, context, fold);
    const push = decidePush("image", "auto", context.event);
    const isTested = fold.record().smokeTests.length > 0;
    await fold.phase("promote", () =>
      promote(context, { job, repository, push, digest: job.digest, isTested }),
    );
  });
}

async function testCandidate(
  job: GateJob & { readonly smokeTest: SmokeSpec },
  repository: ImageRepository,
  context: RunContext,
  fold: StageFold,
): Promise<void> {
  fold.add({ record: { promotion: UNFINISHED_GATE }, output: undefined });
  const runtime = await openContainerEngine(context);
  const targets = job.targets ?? [ownSystem(runtime)];
  // Check this before anything is fetched.
  for (const target of targets) requireNativeEngine(runtime, target, job.isEmulatedGateAllowed);
  const images = await fold.phase("fetch", () => fetchCandidates(job, targets, repository, context));
  const { smokeTest } = job;
  await fold.phase("gate", () => smokeTestImages(context, { job, smokeTest, images, runtime }));
}

function ownSystem({ name, system }: ContainerRuntime): TargetSystem {
  if (system !== undefined) return system;
  throw new ActionError("GATE_NO_RUNTIME", `the CPU of ${name} is not that of a supported target system`, {
    hint: "Run the gate on a runner with the image's CPU, or set the input systems.",
  });
}

async function fetchCandidates(
  job: GateJob,
  targets: readonly TargetSystem[],
  repository: ImageRepository,
  context: RunContext,
): Promise<StageResult<readonly TargetImage[]>> {
  const images: TargetImage[] = [];
  try {
    for (const target of targets) images.push(await fetchCandidate(job, repository, target, context));
    return { record: { images }, output: images };
  } catch (thrown) {
    return { record: {}, error: toActionError(thrown) };
  }
}

async function fetchCandidate(
  { digest }: GateJob,
  repository: ImageRepository,
  target: TargetSystem,
  { runFolder, log }: RunContext,
): Promise<TargetImage> {
  const folder = join(runFolder, `fetched-${target}`);
  const manifest = await fetchImage(repository, digest, target, folder);
  const read = await readPublishedImage(folder, target, { workFolder: runFolder });
  log.info(`the image for ${target} is ${manifest}`);
  return { target, read };
}
