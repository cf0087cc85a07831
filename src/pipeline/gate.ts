import { renderImageReference } from "../model/image-reference.js";
import { ActionError } from "../errors/action-error.js";
import type { ReadImage } from "../image/image.js";
import type { PushDecision } from "../plan/push-policy.js";
import { openPublishTarget } from "../registry/open-target.js";
import { promoteTags } from "../registry/promote.js";
import type { PublishTarget } from "../registry/publish-target.js";
import { openContainerEngine } from "../smoke/container-engine.js";
import { runSmokeTest } from "../smoke/smoke-test.js";
import type { SmokeSpec } from "../smoke/spec.js";
import type { Findings } from "./findings.js";
import type { Job, World } from "./job.js";

/** Pushes the image by digest, without a tag. */
export async function pushCandidate(
  job: Job,
  { image }: ReadImage,
  world: World,
  findings: Findings,
): Promise<void> {
  const target = openTarget(job);
  if (target === undefined || job.image === undefined) return;
  findings.layers = await target.push(image);
  findings.pushedDigest = image.manifest.digest;
  const sent = findings.layers.filter(({ state }) => state === "sent").length;
  const reused = findings.layers.length - sent;
  world.log.info(
    `pushed ${renderImageReference(job.image)}@${image.manifest.digest}: ${sent} layers sent, ${reused} reused`,
  );
}

/**
 * Runs the smoke test on the candidate, and on success moves the tags to its digest. Rejects with `GATE_FAILED`: then no tag
 * has moved.
 */
export async function runGate(
  job: Job,
  smoke: SmokeSpec | undefined,
  { image }: ReadImage,
  push: PushDecision,
  world: World,
  findings: Findings,
): Promise<void> {
  const withhold = (reason: string) => {
    findings.promotion = { state: "withheld", reason, tags: [] };
  };
  if (smoke !== undefined) {
    withhold("the smoke test did not come to its end");
    const runtime = await openContainerEngine(world);
    const candidate = { image, target: job.target };
    findings.smoke = await runSmokeTest(smoke, candidate, job.isEmulatedGateAllowed, { ...world, runtime });
    const { outcome, checks, containerLog } = findings.smoke;
    if (outcome === "failed") {
      withhold("the smoke test failed");
      world.log.group("the container's last lines", containerLog.split("\n"));
      const failed = checks.filter((check) => check.outcome === "failed");
      throw new ActionError(
        "GATE_FAILED",
        `the smoke test failed: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`,
        { hint: "No tag was moved. The container's last lines are in the log." },
      );
    }
  }
  const target = openTarget(job);
  if (target === undefined) return;
  if (!push.isAllowed) withhold(push.reason);
  else if (job.tags.length === 0) withhold("no tags were asked for");
  else findings.promotion = await promote(job, target, image.manifest.digest, world);
}

async function promote(
  job: Job,
  target: PublishTarget,
  digest: ReadImage["imageId"],
  world: World,
): Promise<NonNullable<Findings["promotion"]>> {
  const tags = await promoteTags(target, digest, job.tags);
  for (const { tag, previous, state } of tags) {
    world.log.info(
      state === "unchanged"
        ? `tag ${tag} is there already`
        : `tag ${tag} moved from ${previous ?? "nothing"}`,
    );
  }
  const isMoved = tags.some(({ state }) => state === "moved");
  return { state: isMoved ? "promoted" : "unchanged", reason: "the smoke test passed", tags };
}

function openTarget(job: Job): PublishTarget | undefined {
  const { registryUsername: username, registryPassword: password } = job;
  const credentials = username === undefined || password === undefined ? undefined : { username, password };
  return job.image === undefined
    ? undefined
    : openPublishTarget(job.image, credentials, job.workingDirectory);
}
