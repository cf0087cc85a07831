import { type ImageReference, renderImageReference } from "../model/image-reference.js";
import { ActionError } from "../errors/action-error.js";
import { renderImageIndex, type TargetImage } from "../image/image.js";
import type { Digest } from "../model/digest.js";
import type { PushedLayer } from "../model/image.js";
import type { PushDecision } from "../plan/push-policy.js";
import { openPublishTarget } from "../registry/open-target.js";
import { promoteTags } from "../registry/promote.js";
import type { PublishTarget } from "../registry/publish-target.js";
import { openContainerEngine } from "../smoke/container-engine.js";
import { runSmokeTest } from "../smoke/smoke-test.js";
import type { SmokeSpec } from "../smoke/spec.js";
import type { Findings, TargetSmoke } from "./findings.js";
import type { Job, World } from "./job.js";

/** Pushes the images by digest, without a tag; where there are several, their index too. */
export async function pushCandidate(
  job: Job,
  images: readonly TargetImage[],
  world: World,
  findings: Findings,
): Promise<void> {
  if (job.image === undefined) return;
  const target = await openTarget(job.image, job, images[0]?.read.baseName, world);
  const layers: PushedLayer[] = [];
  for (const { read } of images) layers.push(...(await target.push(read.image)));
  findings.layers = layers;
  const digest = await pushIndex(target, images);
  if (job.candidateTag !== undefined) await target.moveTag(job.candidateTag, digest);
  findings.pushedDigest = digest;
  const sent = layers.filter(({ state }) => state === "sent").length;
  const reused = layers.length - sent;
  world.log.info(
    `pushed ${renderImageReference(job.image)}@${digest}: ${sent} layers sent, ${reused} reused`,
  );
}

/** The digest of what stands for all images. */
async function pushIndex(target: PublishTarget, images: readonly TargetImage[]): Promise<Digest> {
  const [only, ...others] = images;
  if (only !== undefined && others.length === 0) return only.read.image.manifest.digest;
  const index = renderImageIndex(images);
  await target.pushIndex(index);
  return index.digest;
}

/**
 * Runs the smoke test on the candidate's image of every target, and on success moves the tags to its digest. Rejects with `GATE_FAILED`:
 * then no tag has moved.
 */
export async function runGate(
  job: Job,
  smoke: SmokeSpec | undefined,
  images: readonly TargetImage[],
  push: PushDecision,
  world: World,
  findings: Findings,
): Promise<void> {
  const withhold = (reason: string) => {
    findings.promotion = { state: "withheld", reason, tags: [] };
  };
  if (smoke !== undefined) {
    withhold("the smoke test did not come to its end");
    await judgeAll(job, smoke, images, world, findings);
    const failed = (findings.smokeTests ?? []).filter(({ outcome }) => outcome === "failed");
    if (failed.length > 0) {
      withhold("the smoke test failed");
      throw new ActionError("GATE_FAILED", `the smoke test failed: ${failed.map(renderFailure).join("; ")}`, {
        hint: "No tag was moved. The container's last lines are in the log.",
      });
    }
  }
  if (job.image === undefined) return;
  if (!push.isAllowed) withhold(push.reason);
  else if (job.tags.length === 0) withhold("no tags were asked for");
  else if (findings.pushedDigest !== undefined) {
    const target = await openTarget(job.image, job, images[0]?.read.baseName, world);
    findings.promotion = await promote(job, target, findings.pushedDigest, world);
  }
}

/** Each target's image, one after the other: a failure of one does not keep us from knowing of the next. */
async function judgeAll(
  { isEmulatedGateAllowed }: Job,
  smoke: SmokeSpec,
  images: readonly TargetImage[],
  world: World,
  findings: Findings,
): Promise<void> {
  const runtime = await openContainerEngine(world);
  for (const { target, read } of images) {
    const candidate = { image: read.image, target };
    const result = await runSmokeTest(smoke, candidate, isEmulatedGateAllowed, { ...world, runtime });
    findings.smokeTests = [...(findings.smokeTests ?? []), { target, ...result }];
    if (result.outcome === "failed") {
      world.log.group(`the last lines of the container for ${target}`, result.containerLog.split("\n"));
    }
  }
}

function renderFailure({ target, checks }: TargetSmoke): string {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  return `${target}: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`;
}

async function promote(
  job: Job,
  target: PublishTarget,
  digest: Digest,
  { event, log }: World,
): Promise<NonNullable<Findings["promotion"]>> {
  const { tags, unclaimed } = await promoteTags(target, {
    digest,
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
  baseName: string | undefined,
  world: World,
): Promise<PublishTarget> {
  const credentials =
    username === undefined || password === undefined
      ? undefined
      : ({ kind: "password", username, password } as const);
  return openPublishTarget(image, { credentials, workingDirectory, baseName }, world);
}
