import { ActionError, toActionError } from "../errors/action-error.js";
import type { TargetPlan } from "../model/plan.js";
import type { StorePath } from "../model/store-path.js";
import { requirePassed } from "../image/audit.js";
import { readImage } from "../image/image.js";
import { readFlakeOutputs } from "../nix/flake.js";
import { isStreamScript, renderStreamedImage } from "../nix/stream-script.js";
import { decidePush } from "../plan/push-policy.js";
import { type Emulation, listAttempts, planTarget } from "../plan/strategy.js";
import { type Emulator, readEmulator } from "../platform/binfmt.js";
import { createPhaseTimeline, type PhaseTimeline } from "../report/phase-timeline.js";
import type { Report } from "../report/report.js";
import { build, buildAll, type BuildContext, type BuiltTarget } from "./stages/build.js";
import { logBuilders } from "../builders/pool.js";
import { fillCache } from "./stages/publish.js";
import { composeReport, type Findings } from "./record.js";
import { pushCandidate, runGate } from "./stages/gate.js";
import type { Job, RunContext } from "./job.js";
import { openNixSession, readRequest, type Request, type NixSession } from "./stages/prepare.js";
import { requireTrustedCheckout } from "./trusted-checkout.js";

const SHOWN_SCRIPTS = 5;

export interface JobResult {
  readonly report: Report;
  readonly error: ActionError | undefined;
}

/**
 * Runs one job: prepare, inspect, plan, build, audit, publish, gate. Never rejects: the report has what every stage did, those before a
 * failure too, and `error` what ended the run.
 */
export async function runJob(job: Job, world: RunContext): Promise<JobResult> {
  const startedAtMs = world.clock.nowMs();
  const timeline = createPhaseTimeline(world.clock);
  const findings: Findings = {};
  let error: ActionError | undefined;
  try {
    await runStages(job, world, timeline, findings);
  } catch (thrown) {
    error = toActionError(thrown);
  }
  return {
    report: composeReport({ job, context: world, startedAtMs, phases: timeline.phases, findings, error }),
    error,
  };
}

/** The stages in their order. Each one's result goes into `findings` as soon as it is there. */
async function runStages(
  job: Job,
  world: RunContext,
  timeline: PhaseTimeline,
  findings: Findings,
): Promise<void> {
  const { request, workshop } = await timeline.run("prepare", async () => {
    const request = await readRequest(job, world);
    await requireTrustedCheckout(job, world);
    const workshop = await openNixSession(job, request, world);
    findings.nix = workshop.nix;
    if (workshop.cache !== undefined) findings.cache = workshop.cache.findings;
    return { request, workshop };
  });
  const { pool } = workshop;
  try {
    const plans = await inspect(job, workshop, world, timeline, findings);
    const shared = { job, workshop, world, findings, stores: new Set<string>() };
    const built = await timeline.run("build", () => buildAll(plans.map((plan) => ({ ...shared, plan }))));
    const { builds = [], substitutions = [] } = findings;
    world.log.info(`${builds.length} derivations built, ${substitutions.length} paths substituted`);
    await auditPublishAndGate(shared, request, built, timeline);
  } finally {
    findings.builders = pool.statuses;
    findings.builderChanges = pool.changes;
    await pool.close();
  }
}

/** What the flake offers and which builders there are decide how each target is built. */
async function inspect(
  job: Job,
  { runNix, pool }: NixSession,
  world: RunContext,
  timeline: PhaseTimeline,
  findings: Findings,
): Promise<readonly TargetPlan[]> {
  const [installables, emulators] = await Promise.all([
    timeline.run("inspect", () =>
      Promise.all(
        job.installables.map(async (installable) => ({
          installable,
          outputs: await readFlakeOutputs(runNix, installable.flake, job.workingDirectory),
        })),
      ),
    ),
    Promise.all(
      job.targets.map(
        async (target) => [target, describeEmulation(await readEmulator(target), target)] as const,
      ),
    ),
    timeline.run("probe", () => pool.open(job.targets)),
  ]);
  logBuilders(pool.statuses, world.log);
  const plans = emulators.map(([target, emulation]) =>
    planTarget({
      buildSystem: world.system,
      target,
      strategy: job.strategy,
      installables,
      builders: pool.statuses,
      emulation,
    }),
  );
  findings.plans = plans;
  for (const plan of plans) logPlan(plan, world);
  if (plans.some((plan) => listAttempts(plan).includes("remote"))) pool.watch();
  return plans;
}

/** Audits, publishes and gates what was built. */
async function auditPublishAndGate(
  { job, workshop, world, findings }: Omit<BuildContext, "plan">,
  request: Request,
  built: readonly BuiltTarget[],
  timeline: PhaseTimeline,
): Promise<void> {
  const storePaths = built.flatMap((target) => target.storePaths);
  const publish = () => fillCache(job, workshop, storePaths, world, findings);
  // A job without an image fills the cache, as a scheduled warm-up does.
  if (job.image === undefined && request.smoke === undefined) {
    await timeline.run("publish", publish);
    return;
  }
  const images = await timeline.run("audit", async () => {
    for (const target of built) await audit(target);
    return findings.images ?? [];
  });
  const push = decidePush("image", job.push, world.event);
  if (job.image !== undefined && !push.isAllowed) world.log.info(`the image is not pushed: ${push.reason}`);
  await timeline.run("publish", () =>
    Promise.all([publish(), push.isAllowed ? pushCandidate(job, images, world, findings) : undefined]),
  );
  await timeline.run("gate", () => runGate(job, request.smoke, images, push, world, findings));
}

function describeEmulation(emulator: Emulator, target: string): Emulation {
  switch (emulator.state) {
    case "ready":
      return { isPossible: true, reason: `QEMU is registered for ${target} here` };
    case "missing":
      return {
        isPossible: false,
        reason: `no QEMU is registered for ${target} here (docker/setup-qemu-action does it)`,
      };
    case "unfit":
      return { isPossible: false, reason: `QEMU cannot be used: ${emulator.reason}` };
  }
}

/** The image itself, where what was built is a script that writes it. */
async function materializeStreamedImage({ context, storePaths: [path] }: BuiltTarget): Promise<StorePath> {
  const { plan } = context;
  if (path === undefined) throw new ActionError("INTERNAL", `nothing was built for ${plan.target}`);
  if (!(await isStreamScript(path))) return path;
  const system = plan.strategy === "cross-compile" ? plan.buildSystem : plan.target;
  const [image = path] = await build(context, renderStreamedImage(path, system));
  return image;
}

/** Reads the image of a target; `findings` has it also where its audit fails. */
async function audit(built: BuiltTarget): Promise<void> {
  const { job, plan, world, findings } = built.context;
  const { target } = plan;
  const read = await readImage(await materializeStreamedImage(built), target, {
    auditAllow: job.auditAllow,
    workFolder: world.runFolder,
  });
  findings.images = [...(findings.images ?? []), { target, read }];
  findings.audits = [...(findings.audits ?? []), { target, ...read.audit }];
  const { elfFiles, filesRead, allowed, orphanedScripts } = read.audit;
  for (const { path, interpreter } of orphanedScripts.slice(0, SHOWN_SCRIPTS)) {
    world.log.warning(`${path} is a script for ${interpreter}, which is not in the image`);
  }
  requirePassed(read.audit, target);
  world.log.info(
    `audit: ${elfFiles} ELF files of ${filesRead} files, all for ${target}${allowed.length === 0 ? "" : ` but ${allowed.length} allowed`}`,
  );
}

function logPlan({ target, strategy, verdicts }: TargetPlan, { log }: RunContext): void {
  const lines = verdicts.map((given) => `${given.strategy}: ${given.verdict}, ${given.reason}`);
  log.group(`${target} is built by strategy ${strategy}`, lines);
}
