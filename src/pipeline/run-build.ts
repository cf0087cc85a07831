import { logSubstituters } from "../binary-cache/substituters.js";
import { logBuilders } from "../builders/log-builders.js";
import { decidePush, type PushDecision } from "../plan/push-policy.js";
import type { ForcedMode } from "../plan/build-mode.js";
import { listAttempts } from "../plan/strategy.js";
import type { ImageRepository } from "../registry/image-repository.js";
import { CandidateLoad } from "./candidate-load.js";
import { CandidateUpload } from "./candidate-upload.js";
import type { RunContext } from "./context.js";
import { CacheFilling } from "./fill-caches.js";
import { foldStages, type RunResult, type StageFold } from "./fold-stages.js";
import type { Job } from "./job.js";
import { keepHistory } from "./keep-history.js";
import type { NixSession } from "./nix-session.js";
import { openRepository, openRepositoryToPromote } from "./open-repository.js";
import { runStep } from "./run-step.js";
import { audit } from "./stages/audit.js";
import { build, type BuildInput } from "./stages/build.js";
import { gate } from "./stages/gate.js";
import { inspect } from "./stages/inspect.js";
import { plan } from "./stages/plan.js";
import { preflight } from "./stages/preflight.js";
import { prepare } from "./stages/prepare.js";
import { promote } from "./stages/promote.js";
import { publish } from "./stages/publish.js";

export interface RunBuildOptions {
  /** For tests: the mode of remote builds, if it is possible. */
  readonly forcedMode?: ForcedMode;
}

/**
 * Runs one job: prepare and preflight, inspect, plan, build, audit, publish, gate, promote. Compares the
 * run with its history at the end. Never rejects: see `foldStages`.
 */
export async function runBuild(
  job: Job,
  context: RunContext,
  options: RunBuildOptions = {},
): Promise<RunResult> {
  const push = decidePush("image", job.push, context.event);
  const result = await foldStages(job, context, async (fold) => {
    // It needs no Nix, so it runs beside the installation.
    const preflighted = fold.phase("preflight", () => preflight(context, { job, push }));
    const preflightEnd = preflighted.catch(() => undefined);
    try {
      const session = await fold.phase("prepare", () => prepare(context, { job }));
      const filling = await CacheFilling.open({ job, session }, context);
      await withPool(session, fold, () =>
        withCaches(filling, fold, () =>
          runStages({ job, session, push, preflighted, filling, ...options }, filling.context, fold),
        ),
      );
      // The run may have been cancelled while it waited for its caches.
      context.signal.throwIfAborted();
    } finally {
      // What runs beside a failure has to clean up after itself.
      await preflightEnd;
    }
  });
  return keepHistory(job, result, context);
}

/** Records what became of builders and substituters, and closes their connections, when `work` has ended. */
async function withPool(
  { pool, substituters }: NixSession,
  fold: StageFold,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } finally {
    const { statuses: builders, changes: builderChanges, traffic } = pool;
    const record = { builders, builderChanges, traffic, substituters: substituters.statuses };
    fold.add({ record, output: undefined });
    await pool.close();
  }
}

/**
 * Waits for what is still being sent to caches when `work` has ended, also after a failure: what was built is
 * not built again. The error of `work` comes first.
 */
async function withCaches(filling: CacheFilling, fold: StageFold, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const { record } = await filling.finish(fold.record().caches);
    fold.add({ record, output: undefined });
    throw error;
  }
  await fillCaches(filling, fold);
}

async function fillCaches(filling: CacheFilling, fold: StageFold): Promise<void> {
  const finish = () => filling.finish(fold.record().caches);
  fold.add(await (filling.isSending ? fold.timeline.run("cache", finish) : finish()));
}

interface Started extends RunBuildOptions {
  readonly job: Job;
  readonly session: NixSession;
  readonly push: PushDecision;
  /** The preflight, which has begun. */
  readonly preflighted: Promise<undefined>;
  readonly filling: CacheFilling;
}

async function runStages(
  { job, session, push, preflighted, filling, forcedMode }: Started,
  context: RunContext,
  fold: StageFold,
): Promise<void> {
  const { pool, substituters } = session;
  const [inspection] = await whenAllEnd([
    fold.phase("inspect", () => inspect(context, { job, session })),
    fold.timeline.run("probe", () =>
      runStep(context, () => whenAllEnd([pool.open(job.targets), substituters.refresh()])),
    ),
    preflighted,
  ]);
  logBuilders(pool.statuses, context.log);
  logSubstituters(substituters.statuses, context.log);
  for (const { detail, hint } of inspection.lockWarnings) context.log.warning(`${detail}. ${hint}`);
  const plans = fold.add(plan(context, { job, inspection, builders: pool.statuses }));
  if (plans.some((target) => listAttempts(target).includes("remote"))) pool.watch();

  const onChosen: BuildInput["onChosen"] = (target, installables) => {
    filling.noteInstallables(target, installables);
  };
  const built = await fold.phase("build", () =>
    build(context, { job, session, plans, onChosen, forcedMode }),
  );
  const storePaths = built.flatMap((target) => target.storePaths);
  filling.add(storePaths);
  const published = { job, session, storePaths, push };

  // A job without an image and smoke test only fills the cache, like a scheduled warm-up.
  if (job.image === undefined && job.smokeTest === undefined) {
    const input = { ...published, upload: undefined, images: [] };
    await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
    await fillCaches(filling, fold);
    return;
  }
  await withLoads(job, context, async (loads) => {
    const { images, digest } = await withUpload(job, push, context, async (upload) => {
      const images = await fold.phase("audit", () => audit(context, { job, session, built, upload }));
      if (job.smokeTest !== undefined) loads.start(images);
      filling.add(fold.record().layerRecords);
      const input = { ...published, upload, images };
      const digest = await fold.phase("publish", () => publish(context, { ...input, record: fold.record() }));
      // A failure that fails the run comes before the promotion. Otherwise the caches do not delay the gate.
      if (job.onCacheFailure === "fail") await fillCaches(filling, fold);
      return { images, digest };
    });
    await fold.timeline.run("gate", async () => {
      const { image, smokeTest } = job;
      if (smokeTest !== undefined) {
        fold.add(await runStep(context, () => gate(context, { job, smokeTest, images, loads })));
      }
      if (image === undefined) return;
      const repository = await runStep(context, () => openRepositoryToPromote(image, job, context));
      const isTested = fold.record().smokeTests.length > 0;
      fold.add(await promote(context, { job, repository, push, digest, isTested }));
    });
  });
}

/** Lets `work` load images into the engine while it pushes them. Leaves none there after a failure. */
async function withLoads(
  job: Job,
  context: RunContext,
  work: (loads: CandidateLoad) => Promise<void>,
): Promise<void> {
  const loads = new CandidateLoad(job, context);
  try {
    await work(loads);
  } finally {
    await loads.close();
  }
}

/** Lets `work` send layers while it makes others, if the image may be pushed. Sends none after a failure. */
async function withUpload<T>(
  job: Job,
  push: PushDecision,
  context: RunContext,
  work: (upload: CandidateUpload<ImageRepository> | undefined) => Promise<T>,
): Promise<T> {
  const { image } = job;
  if (image === undefined || !push.isAllowed) return work(undefined);
  const upload = new CandidateUpload((baseName) => openRepository(image, job, baseName, context));
  try {
    return await work(upload);
  } finally {
    await upload.abort();
  }
}

/**
 * Resolves to the results of all, and rejects with the error of the first one that failed, but only after all
 * have ended: what runs beside a failure has to clean up after itself.
 */
async function whenAllEnd<T extends readonly unknown[]>(work: {
  readonly [Index in keyof T]: Promise<T[Index]>;
}): Promise<T> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
