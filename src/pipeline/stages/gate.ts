import { type ImageReference, renderImageReference } from "../../model/image-reference.js";
import { ActionError } from "../../errors/action-error.js";
import { renderImageIndex, type TargetImage } from "../../image/image.js";
import type { Digest } from "../../model/digest.js";
import type { PushedLayer } from "../../model/image.js";
import type { PushDecision } from "../../plan/push-policy.js";
import { openImageRepository } from "../../registry/open-image-repository.js";
import { promoteTags } from "../../registry/promotion.js";
import type { ImageRepository } from "../../registry/image-repository.js";
import { type ContainerRuntime, openContainerEngine } from "../../smoke/container-engine.js";
import { runSmokeTest } from "../../smoke/smoke-test.js";
import type { SmokeSpec } from "../../smoke/spec.js";
import type { Findings, TargetSmoke } from "../record.js";
import type { Job, RunContext } from "../job.js";

/** Pushes the images by digest, without a tag; where there are several, their index too. */
export async function pushCandidate(
  job: Job,
  images: readonly TargetImage[],
  world: RunContext,
  findings: Findings,
): Promise<void> {
  if (job.image === undefined) return;
  const target = await openRepository(job.image, job, images[0]?.read.baseName, world);
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
async function pushIndex(target: ImageRepository, images: readonly TargetImage[]): Promise<Digest> {
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
  world: RunContext,
  findings: Findings,
): Promise<void> {
  if (smoke !== undefined) {
    withhold(findings, "the smoke test did not come to its end");
    const runtime = await openContainerEngine(world);
    const isLeft = ({ target }: TargetImage) =>
      !job.isPromoted && runtime.system !== target && !job.isEmulatedGateAllowed;
    for (const { target } of images.filter(isLeft))
      world.log.info(`the smoke test of ${target} is left to a gate on its CPU`);
    await smokeTestImages(
      job,
      smoke,
      images.filter((image) => !isLeft(image)),
      runtime,
      world,
      findings,
    );
  }
  if (job.image === undefined) return;
  await promote(
    job,
    await openRepository(job.image, job, images[0]?.read.baseName, world),
    push,
    world,
    findings,
  );
}

/** Each target's image, one after the other: a failure of one does not keep us from knowing of the next. Rejects with `GATE_FAILED`. */
export async function smokeTestImages(
  { isEmulatedGateAllowed }: Pick<Job, "isEmulatedGateAllowed">,
  smoke: SmokeSpec,
  images: readonly TargetImage[],
  runtime: ContainerRuntime,
  world: RunContext,
  findings: Findings,
): Promise<void> {
  for (const { target, read } of images) {
    const candidate = { image: read.image, target };
    const result = await runSmokeTest(smoke, candidate, isEmulatedGateAllowed, { ...world, runtime });
    findings.smokeTests = [...(findings.smokeTests ?? []), { target, ...result }];
    if (result.outcome === "failed") {
      world.log.group(`the last lines of the container for ${target}`, result.containerLog.split("\n"));
    }
  }
  const failed = (findings.smokeTests ?? []).filter(({ outcome }) => outcome === "failed");
  if (failed.length === 0) return;
  withhold(findings, "the smoke test failed");
  throw new ActionError("GATE_FAILED", `the smoke test failed: ${failed.map(renderFailure).join("; ")}`, {
    hint: "No tag was moved. The container's last lines are in the log.",
  });
}

function withhold(findings: Findings, reason: string): void {
  findings.promotion = { state: "withheld", reason, tags: [] };
}

function renderFailure({ target, checks }: TargetSmoke): string {
  const failed = checks.filter(({ outcome }) => outcome === "failed");
  return `${target}: ${failed.map(({ name, detail }) => `${name}: ${detail}`).join("; ")}`;
}

/** Moves the tags to what was pushed, or says why they stay. Rejects with the codes of `promoteTags`. */
export async function promote(
  { tags: wanted, isPromoted }: Pick<Job, "tags" | "isPromoted">,
  repository: ImageRepository,
  push: PushDecision,
  { event, log }: RunContext,
  findings: Findings,
): Promise<void> {
  const { pushedDigest: digest, smokeTests = [] } = findings;
  if (!push.isAllowed) withhold(findings, push.reason);
  else if (!isPromoted) withhold(findings, "promote is false: a gate that comes later moves the tags");
  else if (wanted.length === 0) withhold(findings, "no tags were asked for");
  if (!push.isAllowed || !isPromoted || wanted.length === 0 || digest === undefined) return;
  const { tags, unrecorded } = await promoteTags(repository, { digest, tags: wanted, run: event.run });
  if (unrecorded !== undefined) {
    log.warning(
      `two runs at once may overtake each other, since no record of runs can be kept: ${unrecorded}`,
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
  const reason = smokeTests.length === 0 ? "no smoke test was asked for here" : "the smoke test passed";
  findings.promotion = { state: isMoved ? "promoted" : "unchanged", reason, tags };
}

/** The place for the job's image, with the credentials of its inputs. Rejects with `REGISTRY_DENIED`. */
export function openRepository(
  image: ImageReference,
  {
    registryUsername: username,
    registryPassword: password,
    workingDirectory,
  }: Pick<Job, "registryUsername" | "registryPassword" | "workingDirectory">,
  baseName: string | undefined,
  world: RunContext,
): Promise<ImageRepository> {
  const credentials =
    username === undefined || password === undefined
      ? undefined
      : ({ kind: "password", username, password } as const);
  return openImageRepository(image, { credentials, workingDirectory, baseName }, world);
}
