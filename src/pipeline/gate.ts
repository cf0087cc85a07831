import { type ImageReference, renderImageReference } from "../model/image-reference.js";
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
  read: ReadImage,
  world: World,
  findings: Findings,
): Promise<void> {
  if (job.image === undefined) return;
  const target = await openTarget(job.image, job, read, world);
  const { digest } = read.image.manifest;
  findings.layers = await target.push(read.image);
  if (job.candidateTag !== undefined) await target.moveTag(job.candidateTag, digest);
  findings.pushedDigest = digest;
  const sent = findings.layers.filter(({ state }) => state === "sent").length;
  const reused = findings.layers.length - sent;
  world.log.info(
    `pushed ${renderImageReference(job.image)}@${digest}: ${sent} layers sent, ${reused} reused`,
  );
}

/**
 * Runs the smoke test on the candidate, and on success moves the tags to its digest. Rejects with `GATE_FAILED`: then no tag
 * has moved.
 */
export async function runGate(
  job: Job,
  smoke: SmokeSpec | undefined,
  read: ReadImage,
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
    const candidate = { image: read.image, target: job.target };
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
  if (job.image === undefined) return;
  if (!push.isAllowed) withhold(push.reason);
  else if (job.tags.length === 0) withhold("no tags were asked for");
  else findings.promotion = await promote(job, await openTarget(job.image, job, read, world), read, world);
}

async function promote(
  job: Job,
  target: PublishTarget,
  { image }: ReadImage,
  { event, log }: World,
): Promise<NonNullable<Findings["promotion"]>> {
  const { tags, unclaimed } = await promoteTags(target, {
    digest: image.manifest.digest,
    tags: job.tags,
    run: event.run,
  });
  if (unclaimed !== undefined) {
    log.warning(
      `two runs at once may overtake each other, since no record of runs can be kept: ${unclaimed}`,
    );
  }
  for (const { tag, previous, state } of tags) {
    log.info(
      state === "unchanged"
        ? `tag ${tag} is there already`
        : `tag ${tag} moved from ${previous ?? "nothing"}`,
    );
  }
  const isMoved = tags.some(({ state }) => state === "moved");
  return { state: isMoved ? "promoted" : "unchanged", reason: "the smoke test passed", tags };
}

/** The place for the job's image, with the credentials of its inputs. Rejects with `REGISTRY_DENIED`. */
export function openTarget(
  image: ImageReference,
  { registryUsername: username, registryPassword: password, workingDirectory }: Job,
  { baseName }: Pick<ReadImage, "baseName">,
  world: World,
): Promise<PublishTarget> {
  const credentials =
    username === undefined || password === undefined
      ? undefined
      : ({ kind: "password", username, password } as const);
  return openPublishTarget(image, { credentials, workingDirectory, baseName }, world);
}
