import { type ActionError, renderError, toActionError } from "../../errors/action-error.js";
import type { PushDecision } from "../../plan/push-policy.js";
import { requireNativeEngine } from "../../smoke/smoke-test.js";
import { tryEngine } from "../../smoke/trial.js";
import type { RunContext } from "../context.js";
import { checkDisks } from "../disks.js";
import type { Job } from "../job.js";
import { openEngine } from "../open-engine.js";
import { openRepository, requirePushAccess } from "../open-repository.js";
import type { StageResult } from "../record.js";
import { isLeftToLaterGate } from "./gate.js";

export interface PreflightInput {
  readonly job: Job;
  /** Whether the image may be pushed. */
  readonly push: PushDecision;
}

/**
 * Checks what a run needs only later, so that it does not fail after the build: disk space, container engine
 * and registry. Leaves nothing behind. Fails with the codes of `checkDisks`, `checkEngine` and
 * `checkPushAccess`; if several fail, the log has the other errors.
 */
export async function preflight(
  context: RunContext,
  { job, push }: PreflightInput,
): Promise<StageResult<undefined>> {
  const results = await Promise.allSettled([
    Promise.resolve().then(() => {
      checkDisks(context);
    }),
    checkEngine(job, context),
    push.isAllowed ? checkPushAccess(job, context) : undefined,
  ]);
  const errors = results.flatMap((result): readonly ActionError[] =>
    result.status === "rejected" ? [toActionError(result.reason)] : [],
  );
  const [first, ...others] = errors;
  if (first === undefined) return { record: {}, output: undefined };
  if (!context.signal.aborted) {
    for (const other of others) context.log.error(`${other.code}: ${renderError(other)}. ${other.hint}`);
  }
  return { record: {}, error: first };
}

/**
 * Checks that the container engine can test the image of each target, by running a container for it there.
 * Images that are left to a later gate need no engine of their CPU. Resolves to what was found, or to
 * undefined for a job without a smoke test. Rejects with `GATE_NO_RUNTIME`, `GATE_EMULATED` and
 * `GATE_MISMATCH`.
 */
export async function checkEngine(job: Job, context: RunContext): Promise<string | undefined> {
  if (job.smokeTest === undefined) return undefined;
  const runtime = await openEngine(context);
  const { name, system = "another CPU" } = runtime;
  const isLeft = (target: Job["targets"][number]) => isLeftToLaterGate(job, runtime, target);
  const tested = job.targets.filter((target) => !isLeft(target));
  for (const target of tested) requireNativeEngine(runtime, target, job.isEmulatedGateAllowed);
  for (const target of tested) await tryEngine(runtime, target, context);
  const emulated = tested.filter((target) => target !== runtime.system);
  const left = job.targets.filter(isLeft);
  return [
    tested.length === 0 ? `${name}, for ${system}` : `${name} ran a container for ${tested.join(", ")}`,
    ...(emulated.length === 0 ? [] : [`its CPU is ${system}, so QEMU runs ${emulated.join(", ")}`]),
    ...(left.length === 0 ? [] : [`${left.join(", ")} are left to another gate`]),
  ].join("; ");
}

/**
 * Checks that the job's registry accepts uploads to the image's repository. Does nothing for an OCI layout.
 * Rejects with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
async function checkPushAccess({ image, ...login }: Job, context: RunContext): Promise<void> {
  if (image?.kind === "registry") await requirePushAccess(image, login, context);
}

/** The tag to look up if the job names none. It need not exist. */
const ANY_TAG = "latest";

/**
 * Checks that the image's repository can be read, and that it accepts uploads if the image may be pushed.
 * Resolves to what was found; undefined for a job without a registry. Rejects as `checkPushAccess` does.
 */
export async function checkRegistry(
  job: Job,
  push: PushDecision,
  context: RunContext,
): Promise<string | undefined> {
  const { image, tags } = job;
  if (image?.kind !== "registry") return undefined;
  const repository = await openRepository(image, job, undefined, context);
  const [tag = ANY_TAG] = tags;
  const digest = await repository.readTag(tag);
  if (push.isAllowed) await checkPushAccess(job, context);
  const found = digest === undefined ? `it has no tag ${tag} yet` : `its tag ${tag} points to ${digest}`;
  const access = push.isAllowed ? "it accepts uploads" : `uploads were not tried: ${push.reason}`;
  return `${found}; ${access}`;
}
