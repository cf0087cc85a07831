import { pushClosure } from "../binary-cache/binary-cache.js";
import { probeBuilders } from "../builders/probe.js";
import { type ActionError, renderError, toActionError } from "../errors/action-error.js";
import type { BuilderStatus } from "../model/builder.js";
import type { TargetPlan } from "../model/plan.js";
import type { StorePath } from "../model/store-path.js";
import { requirePassed } from "../image/audit.js";
import { readImage, type ReadImage } from "../image/image.js";
import { buildAttributes } from "../nix/build.js";
import { readFlakeOutputs } from "../nix/flake.js";
import { isStreamScript, renderStreamedImage } from "../nix/stream-script.js";
import { decidePush } from "../plan/push-policy.js";
import { planTarget } from "../plan/strategy.js";
import { createTimeline, type Timeline } from "../report/timeline.js";
import type { Report } from "../report/report.js";
import { composeReport, type Findings } from "./findings.js";
import { pushCandidate, runGate } from "./gate.js";
import type { Job, World } from "./job.js";
import { openWorkshop, readRequest, type Request, type Workshop } from "./prepare.js";
import { requireTrustedCheckout } from "./trust.js";

const SHOWN_SCRIPTS = 5;

export interface JobResult {
  readonly report: Report;
  readonly error: ActionError | undefined;
}

/**
 * Runs one job: prepare, inspect, plan, build, audit, publish, gate. Never rejects: the report has what every stage did, those before a
 * failure too, and `error` what ended the run.
 */
export async function runJob(job: Job, world: World): Promise<JobResult> {
  const startedAtMs = world.clock.nowMs();
  const timeline = createTimeline(world.clock);
  const findings: Findings = {};
  let error: ActionError | undefined;
  try {
    await runStages(job, world, timeline, findings);
  } catch (thrown) {
    error = toActionError(thrown);
  }
  return {
    report: composeReport({ job, world, startedAtMs, phases: timeline.phases, findings, error }),
    error,
  };
}

/** The stages in their order. Each one's result goes into `findings` as soon as it is there. */
async function runStages(job: Job, world: World, timeline: Timeline, findings: Findings): Promise<void> {
  const { log } = world;
  const { request, workshop } = await timeline.run("prepare", async () => {
    const request = await readRequest(job, world);
    await requireTrustedCheckout(job, world);
    const workshop = await openWorkshop(job, request, world);
    findings.nix = workshop.nix;
    return { request, workshop };
  });
  const { runNix } = workshop;

  const [inspected, builders] = await timeline.run("inspect", async () =>
    Promise.all([
      Promise.all(
        job.installables.map(async (installable) => ({
          installable,
          outputs: await readFlakeOutputs(runNix, installable.flake, job.workingDirectory),
        })),
      ),
      probeBuilders(request.builders, { runNix, timeoutMs: job.builderTimeoutMs }),
    ]),
  );
  findings.builders = builders;
  logBuilders(builders, world);

  const plan = planTarget({
    buildSystem: world.system,
    target: job.target,
    strategy: job.strategy,
    installables: inspected,
    builders,
  });
  findings.plan = plan;
  logPlan(plan, world);

  const storePaths = await timeline.run("build", () => build(job, plan, workshop, world, findings));
  const [first] = storePaths;
  // A job without an image fills the cache, as a scheduled warm-up does.
  if (first === undefined || (job.image === undefined && request.smoke === undefined)) {
    await timeline.run("publish", () => fillCache(job, request, workshop, storePaths, world, findings));
    return;
  }

  const read = await timeline.run("audit", async () => {
    const image = await unrollStream(job, plan, first, workshop, world, findings);
    return audit(job, image, world, findings);
  });
  const push = decidePush("image", job.push, world.event);
  if (job.image !== undefined && !push.isAllowed) log.info(`the image is not pushed: ${push.reason}`);
  await timeline.run("publish", () =>
    Promise.all([
      fillCache(job, request, workshop, storePaths, world, findings),
      push.isAllowed ? pushCandidate(job, read, world, findings) : undefined,
    ]),
  );
  await timeline.run("gate", () => runGate(job, request.smoke, read, push, world, findings));
}

async function build(
  job: Job,
  plan: TargetPlan,
  { runNix }: Workshop,
  { log, clock, system }: World,
  findings: Findings,
  installables: readonly string[] = plan.attributes,
): Promise<readonly StorePath[]> {
  const before = findings.build;
  const outcome = await buildAttributes(
    runNix,
    {
      installables,
      strategy: plan.strategy,
      isBuildSystem: system === plan.target,
      nameOf: (uri) => nameBuilder(uri, findings.builders ?? []),
      cwd: job.workingDirectory,
    },
    { log, clock },
  );
  findings.build = {
    storePaths: before?.storePaths ?? outcome.storePaths,
    builds: [...(before?.builds ?? []), ...outcome.builds],
    substitutions: [...(before?.substitutions ?? []), ...outcome.substitutions],
  };
  if (outcome.error !== undefined) throw outcome.error;
  log.info(`${outcome.builds.length} derivations built, ${outcome.substitutions.length} paths substituted`);
  return outcome.storePaths;
}

/** The image itself, where what was built is a script that writes it. */
async function unrollStream(
  job: Job,
  plan: TargetPlan,
  path: StorePath,
  workshop: Workshop,
  world: World,
  findings: Findings,
): Promise<StorePath> {
  if (!(await isStreamScript(path))) return path;
  const system = plan.strategy === "cross-compile" ? plan.buildSystem : plan.target;
  const installables = renderStreamedImage(path, system);
  const [image = path] = await build(job, plan, workshop, world, findings, installables);
  return image;
}

async function audit(job: Job, archive: StorePath, world: World, findings: Findings): Promise<ReadImage> {
  const read = await readImage(archive, job.target, {
    auditAllow: job.auditAllow,
    workFolder: world.runFolder,
  });
  findings.image = read;
  const { elfFiles, filesRead, allowed, orphanedScripts } = read.audit;
  for (const { path, interpreter } of orphanedScripts.slice(0, SHOWN_SCRIPTS)) {
    world.log.warning(`${path} is a script for ${interpreter}, which is not in the image`);
  }
  requirePassed(read.audit, job.target);
  world.log.info(
    `audit: ${elfFiles} ELF files of ${filesRead} files, all for ${job.target}${allowed.length === 0 ? "" : ` but ${allowed.length} allowed`}`,
  );
  return read;
}

async function fillCache(
  job: Job,
  { cache }: Request,
  { runNix, signingKeyFile }: Workshop,
  storePaths: readonly StorePath[],
  { event, log }: World,
  findings: Findings,
): Promise<void> {
  if (cache === undefined) return;
  const none = { pathsPushed: 0, pathsPresent: 0 };
  const { isAllowed, reason } = decidePush("cache", job.cachePush, event);
  if (!isAllowed) {
    findings.cache = { cache, state: "withheld", reason, ...none };
    log.info(`the binary cache is not filled: ${reason}`);
    return;
  }
  try {
    const result = await pushClosure(runNix, cache, storePaths, signingKeyFile);
    findings.cache = { cache, state: "pushed", reason, ...result };
    log.info(
      `binary cache ${cache.uri}: ${result.pathsPushed} paths pushed, ${result.pathsPresent} there before`,
    );
  } catch (thrown) {
    const error = toActionError(thrown);
    findings.cache = { cache, state: "failed", reason: renderError(error), ...none };
    if (error.code !== "CACHE_FAILED" || job.onCacheFailure === "fail") throw error;
    log.warning(`${renderError(error)}. ${error.hint ?? ""}`);
  }
}

/** A builder as its user knows it, where Nix has our alias for it. */
function nameBuilder(uri: string, builders: readonly BuilderStatus[]): string {
  const builder = builders.find((status) => uri.includes(status.builder.alias))?.builder;
  return builder === undefined ? uri : `${builder.protocol}://${builder.host}:${builder.port}`;
}

/** Tells which builders can be used, and of the others why not. */
export function logBuilders(builders: readonly BuilderStatus[], { log }: World): void {
  for (const status of builders) {
    if (status.state === "ready") log.info(`builder ${status.builder.host} is ready`);
    else log.warning(`builder dropped: ${status.reason}. ${status.hint}`);
  }
}

function logPlan({ target, strategy, verdicts }: TargetPlan, { log }: World): void {
  const lines = verdicts.map((given) => `${given.strategy}: ${given.verdict}, ${given.reason}`);
  log.group(`${target} is built by strategy ${strategy}`, lines);
}
