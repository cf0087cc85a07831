import { join } from "node:path";

import { ActionError, toActionError } from "../errors/action-error.js";
import { readImage, type TargetImage } from "../image/image.js";
import type { TargetSystem } from "../model/system.js";
import { decidePush } from "../plan/push-policy.js";
import { fetchImage } from "../registry/fetch-image.js";
import type { ImageRepository } from "../registry/image-repository.js";
import { createPhaseTimeline, type PhaseTimeline } from "../report/phase-timeline.js";
import { type ContainerRuntime, openContainerEngine } from "../smoke/container-engine.js";
import { requireNativeEngine } from "../smoke/smoke-test.js";
import { readSmokeSpec } from "../smoke/spec.js";
import { composeReport, type Findings } from "./record.js";
import { smokeTestImages, openRepository, promote } from "./stages/gate.js";
import type { GateJob, RunContext } from "./job.js";
import type { JobResult } from "./run-build.js";

/**
 * The gate alone, for an image that is in its place already: runs the smoke test on the very bytes behind the digest, each system's image of an image
 * index, and then moves the tags to that digest. Never rejects, as `runJob`.
 */
export async function runGateJob(job: GateJob, world: RunContext): Promise<JobResult> {
  const startedAtMs = world.clock.nowMs();
  const timeline = createPhaseTimeline(world.clock);
  const findings: Findings = { pushedDigest: job.digest };
  let error: ActionError | undefined;
  try {
    const repository = await openRepository(job.image, job, undefined, world);
    if (job.smokeTest !== undefined)
      await testImages(job, job.smokeTest, repository, world, timeline, findings);
    else world.log.info("there is no smoke test here: the gates before this one have judged the image");
    const push = decidePush("image", "auto", world.event);
    await timeline.run("promote", () => promote(job, repository, push, world, findings));
  } catch (thrown) {
    error = toActionError(thrown);
  }
  return {
    report: composeReport({ job, context: world, startedAtMs, phases: timeline.phases, findings, error }),
    error,
  };
}

async function testImages(
  job: GateJob,
  smokeTest: string,
  place: ImageRepository,
  world: RunContext,
  timeline: PhaseTimeline,
  findings: Findings,
): Promise<void> {
  findings.promotion = { state: "withheld", reason: "the smoke test did not come to its end", tags: [] };
  const smoke = await readSmokeSpec(smokeTest, job.workingDirectory);
  const runtime = await openContainerEngine(world);
  const targets = job.targets ?? [ownSystem(runtime)];
  // Before anything is fetched.
  for (const target of targets) requireNativeEngine(runtime, target, job.isEmulatedGateAllowed);
  findings.images = await timeline.run("fetch", async () => {
    const images: TargetImage[] = [];
    for (const target of targets) images.push(await fetchCandidate(job, place, target, world));
    return images;
  });
  await timeline.run("gate", () =>
    smokeTestImages(job, smoke, findings.images ?? [], runtime, world, findings),
  );
}

function ownSystem({ name, system }: ContainerRuntime): TargetSystem {
  if (system !== undefined) return system;
  throw new ActionError("GATE_NO_RUNTIME", `${name} runs on a CPU that images cannot be for`, {
    hint: "Run the gate on a runner of the image's CPU, or give systems.",
  });
}

async function fetchCandidate(
  { digest }: GateJob,
  place: ImageRepository,
  target: TargetSystem,
  { runFolder, log }: RunContext,
): Promise<TargetImage> {
  const folder = join(runFolder, `fetched-${target}`);
  const manifest = await fetchImage(place, digest, target, folder);
  // What is in it was audited when it was built, for which this machine may not know what is allowed.
  const read = await readImage(folder, target, { auditAllow: ["/**"], workFolder: runFolder });
  if (read.image.manifest.digest !== manifest) {
    throw new ActionError(
      "GATE_MISMATCH",
      `the image ${manifest} cannot be run as it is: its layers are not compressed`,
      {
        hint: "Push it by this action, or with gzipped layers.",
      },
    );
  }
  log.info(`the image for ${target} is ${manifest}`);
  return { target, read };
}
