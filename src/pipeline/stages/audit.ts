import { isCancelled, renderError, toActionError } from "../../errors/action-error.js";
import { type AuditResult, requirePassed } from "../../image/audit.js";
import {
  type AuditedImage,
  type ImageFile,
  readImage,
  rejectInvalid,
  type TargetImage,
} from "../../image/image.js";
import { openLayerThreads } from "../../image/layer-threads.js";
import {
  createSerialWorkers,
  type LayerSource,
  type LayerWorkers,
  listPaths,
} from "../../image/make-layer.js";
import { packNix2containerImage } from "../../image/nix2container-image.js";
import { type Nix2containerImage, tryReadNix2container } from "../../image/nix2container-json.js";
import { readStreamedImage, type StreamedImage, UnknownStreamError } from "../../image/stream-conf.js";
import { baseNameOf, listSources, packStreamedImage, sizeOf } from "../../image/streamed-image.js";
import { countOf } from "../../model/count.js";
import type { Blob } from "../../model/image.js";
import type { TargetPlan } from "../../model/plan.js";
import type { StorePath } from "../../model/store-path.js";
import type { TargetSystem } from "../../model/system.js";
import type { RunNix } from "../../nix/command.js";
import { type PathInfo, readPathInfos } from "../../nix/path-info.js";
import { isStreamScript, readStreamWrapper, renderStreamedImage } from "../../nix/stream-script.js";
import type { Log } from "../../platform/log.js";
import type { ImageRepository } from "../../registry/image-repository.js";
import { BuilderReservations } from "../../remote-build/reservations.js";
import type { CandidateUpload } from "../candidate-upload.js";
import type { RunContext } from "../context.js";
import type { Job } from "../job.js";
import { LayerRecords } from "../layer-records.js";
import type { NixSession } from "../nix-session.js";
import { TaggedImage } from "../tagged-image.js";
import { addToRecord, EMPTY_RECORD, type RunRecord, type StageResult, type TargetAudit } from "../record.js";
import { type BuildInput, type BuiltTarget, buildTarget } from "./build.js";

export interface AuditInput {
  readonly job: Pick<
    Job,
    | "auditAllow"
    | "workingDirectory"
    | "maxSilentMs"
    | "compression"
    | "tags"
    | "candidateTag"
    | "isPromoted"
    | "smokeTest"
  >;
  readonly session: BuildInput["session"] & Pick<NixSession, "caches">;
  readonly built: readonly BuiltTarget[];
  /** Sends layers as soon as they are made; undefined if nothing may be pushed. */
  readonly upload: LayerUpload | undefined;
}

type LayerUpload = Pick<CandidateUpload<ImageRepository>, "offer" | "find" | "skip" | "openRepository">;

/** Findings of each kind that the log shows; the report has more. */
const SHOWN = 5;

/**
 * Reads the image of each target, and checks that its files are for the target's CPU. Fails with
 * `AUDIT_FAILED`, with the codes of `readImage` and, if a script has to be run to get the image, with those
 * of `buildTarget`. The record has the images read so far, including a refused one.
 */
export async function audit(
  context: RunContext,
  { job, session, built, upload }: AuditInput,
): Promise<StageResult<readonly TargetImage[]>> {
  let record: RunRecord = EMPTY_RECORD;
  const images: TargetImage[] = [];
  const audits: TargetAudit[] = [];
  const layerRecords: StorePath[] = [];
  const finish = () => {
    const { attempts, builds, substitutions } = record;
    return { attempts, builds, substitutions, images, audits, layerRecords };
  };
  try {
    for (const item of built) {
      context.signal.throwIfAborted();
      const { target } = item.plan;
      const found = await findImage(context, { job, session }, item);
      record = addToRecord(record, found.record);
      if (found.error !== undefined) throw found.error;
      const { read, records } = await readBuilt(context, { job, session, upload }, found.output, target);
      images.push({ target, read });
      audits.push({ target, ...read.audit });
      const { elfFiles, filesRead, allowed } = read.audit;
      for (const warning of renderWarnings(read.audit)) context.log.warning(warning);
      requirePassed(read.audit, target);
      layerRecords.push(...((await records?.save()) ?? []));
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

interface BuiltImage {
  /** The image, the script of dockerTools, or the JSON of nix2container. */
  readonly path: StorePath;
  /** What the script reads, or the JSON: the layers have to be made. Undefined if `path` is the image. */
  readonly described: StreamedImage | Nix2containerImage | undefined;
}

interface ImageWithRecords {
  readonly read: AuditedImage;
  /** Undefined if nothing is pushed. */
  readonly records: LayerRecords | undefined;
}

async function readBuilt(
  context: RunContext,
  { job, session, upload }: Omit<AuditInput, "built">,
  { path, described: image }: BuiltImage,
  target: TargetSystem,
): Promise<ImageWithRecords> {
  const { auditAllow, compression, workingDirectory } = job;
  const { runFolder: workFolder, signal, log } = context;
  const { sources, files } = listParts(path, image);
  const baseName = image && baseNameOf(image);
  const paths = [...sources.flatMap(listPaths), ...files.map((file) => file.path)];
  const isUsed = image !== undefined || upload !== undefined;
  const infos = isUsed
    ? await readInfos(session.runNix, paths, workingDirectory, log)
    : new Map<never, never>();
  const sizes = new Map([...infos].map(([name, { narBytes }]) => [name, narBytes]));
  const hashes = new Map([...infos].map(([name, { narHash }]) => [name, narHash]));
  // Without a push, there is no copy of the layers elsewhere, and the smoke test needs all of them.
  const layers = { sources, files, target, compression, hashes, baseName, workFolder };
  const records = upload && (await LayerRecords.open(layers, { session, upload, log }));
  const options = { auditAllow, compression, workFolder, signal, rememberParts: records?.rememberParts };
  if (image === undefined) return { read: await readImage(path, target, options), records };
  // A layer that is taken from a tag gets no record. Where there is a cache, later runs profit more from one.
  const diffIds = new Map(
    "layers" in image ? image.layers.map(({ source, diffId }) => [source, diffId]) : [],
  );
  const tagged =
    upload && session.caches.length === 0
      ? await TaggedImage.open({ ...job, ...layers, diffIds }, { upload, log })
      : undefined;
  const onLayer = (layer: Blob) => upload?.offer(layer, baseName);
  const bytes = sources.reduce((sum, source) => sum + sizeOf(source, sizes), 0);
  const read = await withLayerMaker(context, bytes, (workers) => {
    const make = tagged === undefined ? workers.makeLayer : tagged.reuse(workers);
    const makeLayer = records === undefined ? make : records.reuse(make);
    const packing = { ...options, makeLayer, sizes, onLayer };
    return "layers" in image
      ? packNix2containerImage(path, image, target, packing)
      : packStreamedImage(path, image, target, packing);
  });
  tagged?.logTaken();
  return { read, records };
}

/** The layers to make, and the archives and folders that have layers. */
function listParts(
  path: StorePath,
  image: BuiltImage["described"],
): {
  readonly sources: readonly LayerSource[];
  readonly files: readonly (ImageFile & { readonly path: StorePath })[];
} {
  if (image === undefined) return { sources: [], files: [{ role: "image", path }] };
  if ("layers" in image) return { sources: image.layers.map(({ source }) => source), files: [] };
  const { fromImage } = image;
  return {
    sources: listSources(image),
    files: fromImage === undefined ? [] : [{ role: "base", path: fromImage }],
  };
}

/** What the store knows about the paths in layers. Without it, layers are only made anew, in any order. */
async function readInfos(
  runNix: RunNix,
  paths: readonly StorePath[],
  cwd: string,
  log: Log,
): Promise<ReadonlyMap<string, PathInfo>> {
  try {
    return await readPathInfos(runNix, paths, cwd);
  } catch (error) {
    if (isCancelled(error)) throw error;
    log.debug(`the sizes and hashes of the layers' paths are unknown: ${renderError(error)}`);
    return new Map();
  }
}

/** Below this size, starting threads takes longer than making the layers. */
const WORTH_THREADS = 16 << 20;

/** Lends the threads of this process that make layers, or this thread for small images. */
async function withLayerMaker<T>(
  { script, signal }: Pick<RunContext, "script" | "signal">,
  bytes: number,
  work: (workers: LayerWorkers) => Promise<T>,
): Promise<T> {
  if (script === undefined || bytes < WORTH_THREADS) return work(createSerialWorkers(signal));
  const threads = openLayerThreads(script, signal);
  try {
    return await work(threads);
  } finally {
    await threads.close();
  }
}

/** Finds the image among what was built for a target. Runs the script that was built, if that is needed. */
async function findImage(
  context: RunContext,
  input: Pick<AuditInput, "job" | "session">,
  { plan, storePaths: [path] }: BuiltTarget,
): Promise<StageResult<BuiltImage>> {
  if (path === undefined) throw new Error(`nothing was built for ${plan.target}`);
  if (!(await isStreamScript(path))) {
    const described = await readDescribed(path, context);
    return { record: {}, output: { path, described } };
  }
  const described = await tryReadStreamed(path, context.log);
  if (described !== undefined) return { record: {}, output: { path, described } };
  const result = await runStreamScript(context, input, plan, path);
  return result.error === undefined
    ? { ...result, output: { path: result.output, described: undefined } }
    : result;
}

/** The image that a JSON of nix2container describes; undefined if an image is something else. */
async function readDescribed(
  path: StorePath,
  { runFolder: workFolder, signal, log }: RunContext,
): Promise<Nix2containerImage | undefined> {
  const image = await rejectInvalid(path, { workFolder, signal }, () => tryReadNix2container(path));
  if (image !== undefined) log.info(`the layers of ${path} are made from the store, without nix2container`);
  return image;
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
