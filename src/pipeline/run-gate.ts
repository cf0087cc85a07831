import { join } from "node:path";

import { ActionError, toActionError } from "../errors/action-error.js";
import { readPublishedImage, type TargetImage } from "../image/image.js";
import type { TargetSystem } from "../model/system.js";
import { findGateGaps } from "../plan/gate-coverage.js";
import { decidePush } from "../plan/push-policy.js";
import { fetchImage, listImages } from "../registry/fetch-image.js";
import type { ImageRepository } from "../registry/image-repository.js";
import type { ContainerRuntime } from "../smoke/container.js";
import { requireNativeEngine } from "../smoke/smoke-test.js";
import type { SmokeSpec } from "../smoke/spec.js";
import type { RunContext } from "./context.js";
import { foldStages, type RunResult, type StageFold } from "./fold-stages.js";
import type { GateJob } from "./job.js";
import { openEngine } from "./open-engine.js";
import { openRepository, openRepositoryToPromote } from "./open-repository.js";
import type { StageResult } from "./record.js";
import { runStep } from "./run-step.js";
import { smokeTestImages, UNFINISHED_GATE } from "./stages/gate.js";
import { findObstacle, promote } from "./stages/promote.js";

/**
 * Runs only the gate, for an image that was pushed earlier: smoke-tests the image behind the digest (in an
 * image index, that of each target system), and then moves the tags to that digest. They move only if every
 * image of the index was tested, here or in the jobs whose results are given. Never rejects: see
 * `foldStages`.
 */
export function runGate(job: GateJob, context: RunContext): Promise<RunResult> {
  return foldStages(job, context, async (fold) => {
    fold.add({ record: { pushedDigest: job.digest }, output: undefined });
    const repository = await runStep(context, () => openRepository(job.image, job, undefined, context));
    const push = decidePush("image", "auto", context.event);
    const isMoving = findObstacle(job, push) === undefined;
    const { smokeTest } = job;
    if (smokeTest !== undefined) {
      await testCandidate({ job, smokeTest, repository, isMoving }, context, fold);
    } else if (isMoving) {
      fold.add(await runStep(context, () => requireTestedImages(context, { job, repository, targets: [] })));
    }
    // Not one step, which would be abandoned soon after a cancellation: tags may have to be moved back.
    await fold.timeline.run("promote", async () => {
      const toPromote = await runStep(context, () => openRepositoryToPromote(job.image, job, context));
      // An untested image does not get this far if tags are to move.
      const candidate = { repository: toPromote, push, digest: job.digest, isTested: isMoving };
      fold.add(await promote(context, { job, ...candidate }));
    });
  });
}

interface CandidateTest {
  readonly job: GateJob;
  readonly smokeTest: SmokeSpec;
  readonly repository: ImageRepository;
  /** Whether tags move to the candidate afterwards. */
  readonly isMoving: boolean;
}

async function testCandidate(
  { job, smokeTest, repository, isMoving }: CandidateTest,
  context: RunContext,
  fold: StageFold,
): Promise<void> {
  fold.add({ record: { promotion: UNFINISHED_GATE }, output: undefined });
  const runtime = await runStep(context, () => openEngine(context));
  const targets = job.targets ?? [ownSystem(runtime)];
  // Check this before anything is fetched.
  for (const target of targets) requireNativeEngine(runtime, target, job.isEmulatedGateAllowed);
  if (isMoving) {
    fold.add(await runStep(context, () => requireTestedImages(context, { job, repository, targets })));
  }
  const images = await fold.phase("fetch", () => fetchCandidates(job, targets, repository, context));
  // Here the engine reads the layers itself: only the job that built the image has audited them.
  const load = ({ read }: TargetImage) => runtime.load(read.image);
  const input = { job, smokeTest, images, runtime, origin: "fetched", load } as const;
  await fold.phase("gate", () => smokeTestImages(context, input));
}

interface TestedImages {
  readonly job: GateJob;
  readonly repository: ImageRepository;
  /** The systems whose images this job tests. */
  readonly targets: readonly TargetSystem[];
}

/** Fails with `GATE_INCOMPLETE` unless this job's smoke tests and the given results cover every image. */
async function requireTestedImages(
  { event, log }: RunContext,
  { job, repository, targets }: TestedImages,
): Promise<StageResult<undefined>> {
  const results = job.gateResults;
  for (const { digest, platform, engine, smokeTest, outcome } of results) {
    log.info(`gate result: ${digest} for ${platform} ${outcome} on ${engine ?? "another CPU"}, ${smokeTest}`);
  }
  const images = await listImages(repository, job.digest);
  const run = event.run?.id ?? null;
  const evidence = { targets, results, run, isEmulationAllowed: job.isEmulatedGateAllowed };
  const gaps = findGateGaps(images, evidence);
  if (images.length > 0 && gaps.length === 0) return { record: {}, output: undefined };
  const reason = images.length === 0 ? `${job.digest} is an index without an image` : gaps.join("; ");
  const error = new ActionError("GATE_INCOMPLETE", `the tags do not move: ${reason}`, {
    hint:
      "Name every system in systems, or run one gate per system with promote: false, and set gate-results " +
      "to their outputs gate-result in the job that moves the tags.",
  });
  return { record: { promotion: { state: "withheld", reason, tags: [] } }, error };
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
  { runFolder, log, signal }: RunContext,
): Promise<TargetImage> {
  const folder = join(runFolder, `fetched-${target}`);
  const manifest = await fetchImage(repository, digest, target, folder);
  const read = await readPublishedImage(folder, target, { workFolder: runFolder, signal });
  log.info(`the image for ${target} is ${manifest}`);
  return { target, read };
}
