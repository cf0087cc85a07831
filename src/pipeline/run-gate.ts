import { join } from "node:path";

import { ActionError, toActionError } from "../errors/action-error.js";
import { readImage, type TargetImage } from "../image/image.js";
import type { TargetSystem } from "../model/system.js";
import { decidePush } from "../plan/push-policy.js";
import { fetchImage } from "../registry/fetch-image.js";
import type { PublishTarget } from "../registry/image-target.js";
import { createTimeline, type Timeline } from "../report/phase-timeline.js";
import { type ContainerRuntime, openContainerEngine } from "../smoke/container-engine.js";
import { requireJudge } from "../smoke/smoke-test.js";
import { readSmokeSpec } from "../smoke/spec.js";
import { composeReport, type Findings } from "./record.js";
import { judgeImages, openTarget, promote } from "./stages/gate.js";
import type { GateJob, World } from "./job.js";
import type { JobResult } from "./run-build.js";

/**
 * The gate alone, for an image that is in its place already: runs the smoke test on the very bytes behind the digest, each system's image of an image
 * index, and then moves the tags to that digest. Never rejects, as `runJob`.
 */
export async function runGateJob(job: GateJob, world: World): Promise<JobResult> {
  const startedAtMs = world.clock.nowMs();
  const timeline = createTimeline(world.clock);
  const findings: Findings = { pushedDigest: job.digest };
  let error: ActionError | undefined;
  try {
    const place = await openTarget(job.image, job, undefined, world);
    if (job.smokeTest !== undefined) await judge(job, job.smokeTest, place, world, timeline, findings);
    else world.log.info("there is no smoke test here: the gates before this one have judged the image");
    const push = decidePush("image", "auto", world.event);
    await timeline.run("promote", () => promote(job, place, push, world, findings));
  } catch (thrown) {
    error = toActionError(thrown);
  }
  return {
    report: composeReport({ job, world, startedAtMs, phases: timeline.phases, findings, error }),
    error,
  };
}

async function judge(
  job: GateJob,
  smokeTest: string,
  place: PublishTarget,
  world: World,
  timeline: Timeline,
  findings: Findings,
): Promise<void> {
  findings.promotion = { state: "withheld", reason: "the smoke test did not come to its end", tags: [] };
  const smoke = await readSmokeSpec(smokeTest, job.workingDirectory);
  const runtime = await openContainerEngine(world);
  const targets = job.targets ?? [ownSystem(runtime)];
  // Before anything is fetched.
  for (const target of targets) requireJudge(runtime, target, job.isEmulatedGateAllowed);
  findings.images = await timeline.run("fetch", async () => {
    const images: TargetImage[] = [];
    for (const target of targets) images.push(await fetch(job, place, target, world));
    return images;
  });
  await timeline.run("gate", () => judgeImages(job, smoke, findings.images ?? [], runtime, world, findings));
}

function ownSystem({ name, system }: ContainerRuntime): TargetSystem {
  if (system !== undefined) return system;
  throw new ActionError("GATE_NO_RUNTIME", `${name} runs on a CPU that images cannot be for`, {
    hint: "Run the gate on a runner of the image's CPU, or give systems.",
  });
}

async function fetch(
  { digest }: GateJob,
  place: PublishTarget,
  target: TargetSystem,
  { runFolder, log }: World,
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
