import { toActionError } from "../../errors/action-error.js";
import { type AuditResult, requirePassed } from "../../image/audit.js";
import {
  type AuditedImage,
  type AuditOptions,
  readImage,
  type ReadImageOptions,
  type TargetImage,
} from "../../image/image.js";
import { readStreamedImage, type StreamedImage, UnknownStreamError } from "../../image/stream-conf.js";
import { packStreamedImage } from "../../image/streamed-image.js";
import { countOf } from "../../model/count.js";
import type { TargetPlan } from "../../model/plan.js";
import type { StorePath } from "../../model/store-path.js";
import type { TargetSystem } from "../../model/system.js";
import { isStreamScript, readStreamWrapper, renderStreamedImage } from "../../nix/stream-script.js";
import type { Log } from "../../platform/log.js";
import { BuilderReservations } from "../../remote-build/reservations.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import { addToRecord, EMPTY_RECORD, type RunRecord, type StageResult, type TargetAudit } from "../record.js";
import { type BuildInput, type BuiltTarget, buildTarget } from "./build.js";

export interface AuditInput {
  readonly job: Pick<Job, "auditAllow" | "workingDirectory" | "maxSilentMs">;
  readonly session: BuildInput["session"];
  readonly built: readonly BuiltTarget[];
}

/** Findings of each kind that the log shows; the report has more. */
const SHOWN = 5;

/**
 * Reads the image of each target, and checks that its files are for the target's CPU. Fails with
 * `AUDIT_FAILED`, with the codes of `readImage` and, if a script has to be run to get the image, with those
 * of `buildTarget`. The record has the images read so far, including a refused one.
 */
export async function audit(
  context: RunContext,
  { job, session, built }: AuditInput,
): Promise<StageResult<readonly TargetImage[]>> {
  let record: RunRecord = EMPTY_RECORD;
  const images: TargetImage[] = [];
  const audits: TargetAudit[] = [];
  const finish = () => {
    const { attempts, builds, substitutions } = record;
    return { attempts, builds, substitutions, images, audits };
  };
  try {
    for (const item of built) {
      context.signal.throwIfAborted();
      const { target } = item.plan;
      const found = await findImage(context, { job, session }, item);
      record = addToRecord(record, found.record);
      if (found.error !== undefined) throw found.error;
      const read = await readBuilt(found.output, target, {
        auditAllow: job.auditAllow,
        workFolder: context.runFolder,
        signal: context.signal,
      });
      images.push({ target, read });
      audits.push({ target, ...read.audit });
      const { elfFiles, filesRead, allowed } = read.audit;
      for (const warning of renderWarnings(read.audit)) context.log.warning(warning);
      requirePassed(read.audit, target);
      context.log.info(
        `audit: ${countOf(elfFiles, "ELF file")} among ${countOf(filesRead, "file")}, all for ${target}` +
          (allowed.length === 0 ? "" : ` except ${allowed.length} allowed by audit-allow`),
      );
      for (const notice of renderNotices(read.audit, target)) context.log.info(notice);
    }
    return { record: finish(), output: images };
  } catch (thrown) {
    return { record: finish(), error: toActionError(thrown) };
  }
}

/** Every Java image with native libraries has such archives, so they are not worth a warning. */
function renderNotices({ multiCpuArchives }: AuditResult, target: TargetSystem): readonly string[] {
  return multiCpuArchives.slice(0, SHOWN).map(({ path, machines, ownIn }) => {
    const own = ownIn === path ? `beside those for ${target}` : `${ownIn} has those for ${target}`;
    return `${path} has libraries for other CPUs (${machines.join(", ")}), ${own}`;
  });
}

function renderWarnings({
  orphanedScripts,
  missingLibraries,
  unreadableArchives,
}: AuditResult): readonly string[] {
  const scripts = orphanedScripts.map(
    ({ path, interpreter }) => `${path} is a script for ${interpreter}, which is not in the image`,
  );
  const libraries = missingLibraries.map(({ path, kind, needs, storePath, searched }) => {
    const where = kind === "library" && searched.length > 0 ? ` (it looks in ${searched.join(", ")})` : "";
    const referrer = storePath === null ? "" : `; ${storePath} refers to it`;
    return `${path} needs the ${kind} ${needs}, which is not in the image${where}${referrer}`;
  });
  const archives = unreadableArchives.map(({ path, reason }) => `the audit cannot read ${path}: ${reason}`);
  return [scripts, libraries, archives].flatMap((warnings) => warnings.slice(0, SHOWN));
}

/** An image in the store; `streamed` if it exists as the description that a script reads. */
interface BuiltImage {
  /** The image, or the script. */
  readonly path: StorePath;
  readonly streamed: StreamedImage | undefined;
}

function readBuilt(
  { path, streamed }: BuiltImage,
  target: TargetSystem,
  options: ReadImageOptions & AuditOptions,
): Promise<AuditedImage> {
  return streamed === undefined
    ? readImage(path, target, options)
    : packStreamedImage(path, streamed, target, options);
}

/** Finds the image among what was built for a target. Runs the script that was built, if that is needed. */
async function findImage(
  context: RunContext,
  input: Pick<AuditInput, "job" | "session">,
  { plan, storePaths: [path] }: BuiltTarget,
): Promise<StageResult<BuiltImage>> {
  if (path === undefined) throw new Error(`nothing was built for ${plan.target}`);
  if (!(await isStreamScript(path))) return { record: {}, output: { path, streamed: undefined } };
  const streamed = await tryReadStreamed(path, context.log);
  if (streamed !== undefined) return { record: {}, output: { path, streamed } };
  const result = await runStreamScript(context, input, plan, path);
  return result.error === undefined
    ? { ...result, output: { path: result.output, streamed: undefined } }
    : result;
}

/** The image that a script of dockerTools streams; undefined if the script has to be run. */
async function tryReadStreamed(path: StorePath, log: Log): Promise<StreamedImage | undefined> {
  try {
    const files = await readStreamWrapper(path);
    if (files === undefined) throw new UnknownStreamError("it is not a script of streamLayeredImage");
    const image = await readStreamedImage(files);
    log.info(`the layers of ${path} are made from the store, without running the script`);
    return image;
  } catch (error) {
    if (!(error instanceof UnknownStreamError)) throw error;
    log.info(`the script ${path} is run to make an archive of the image, since ${error.message}`);
    return undefined;
  }
}

/** Builds the archive that a script writes. Resolves to its path. */
async function runStreamScript(
  context: RunContext,
  input: Pick<AuditInput, "job" | "session">,
  plan: TargetPlan,
  path: StorePath,
): Promise<StageResult<StorePath>> {
  const system = plan.strategy === "cross-compile" ? plan.buildSystem : plan.target;
  const result = await buildTarget(context, {
    ...input,
    plan,
    installables: renderStreamedImage(path, system),
    reservations: new BuilderReservations(),
  });
  return result.error === undefined ? { ...result, output: result.output[0] ?? path } : result;
}
