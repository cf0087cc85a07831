import { randomBytes } from "node:crypto";
import { lstat, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { isErrno } from "../errors/errno.js";
import { type Digest, digestOf, isDigest } from "../model/digest.js";
import { type Blob as ImageBlob, type PushedLayer, readySource } from "../model/image.js";
import { OCI_INDEX, OCI_MANIFEST } from "../model/media-type.js";
import { isNewerRun } from "../model/promotion.js";
import type { Clock } from "../platform/clock.js";
import {
  copyToNewFile,
  hashFile,
  readRegularFile,
  readRegularFileIfPresent,
  readWholeRegularFile,
  writeFileAtomically,
} from "../platform/files.js";
import { withFolderLock } from "../platform/folder-lock.js";
import { parseRecordAnnotations, renderAnnotationName, renderRecordAnnotations } from "./promotion-record.js";
import { writeBlob } from "./fetch-image.js";
import type { ImageRepository } from "./image-repository.js";

const REF_NAME = "org.opencontainers.image.ref.name";
const LAYOUT = z.object({ imageLayoutVersion: z.literal("1.0.0") });
const INDEX = z.looseObject({
  schemaVersion: z.literal(2),
  annotations: z.record(z.string(), z.string()).optional(),
  manifests: z.array(
    z.looseObject({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  ),
});
const MANIFEST = z.object({ mediaType: z.string().default(OCI_MANIFEST) });
type Index = z.infer<typeof INDEX>;

/**
 * An OCI layout on disk. A candidate consists of blobs only. A tag is an entry of `index.json`, whose
 * other entries are kept. The methods reject with `REGISTRY_FAILED`, and with the reason of `signal` when it
 * fires.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function openOciLayout(folder: string, clock: Clock, signal?: AbortSignal): ImageRepository {
  const indexFile = join(folder, "index.json");
  const blobFile = (digest: Digest) => join(folder, "blobs/sha256", digest.slice("sha256:".length));
  const guarded = async <T>(work: () => Promise<T>, stop = signal): Promise<T> => {
    stop?.throwIfAborted();
    try {
      return await work();
    } catch (cause) {
      stop?.throwIfAborted();
      if (cause instanceof ActionError) throw cause;
      throw new ActionError("REGISTRY_FAILED", `the OCI layout ${folder} cannot be read or written`, {
        cause,
        hint: "Use a folder that this user may write to, and that is empty or already an OCI layout.",
      });
    }
  };

  const readIndex = async (): Promise<Index> => {
    const text = await readRegularFileIfPresent(indexFile);
    return text === undefined ? { schemaVersion: 2, manifests: [] } : parseJson(text, INDEX, indexFile);
  };
  const changeIndex = (change: (index: Index) => Index): Promise<void> =>
    withFolderLock(folder, clock, async () => {
      const written = { ...change(await readIndex()), mediaType: OCI_INDEX };
      await writeFileAtomically(indexFile, JSON.stringify(written, undefined, 2));
    });

  let opened: Promise<void> | undefined;
  const open = () => (opened ??= openFolder(folder));

  const withSignal = (own?: AbortSignal) =>
    AbortSignal.any([signal, own].filter((given) => given !== undefined));

  return {
    hasBlob: (blob, own) => {
      const stop = withSignal(own);
      return guarded(() => hasBlob(blobFile(blob.digest), blob, stop), stop);
    },
    pushBlob: (layer, own) => {
      const stop = withSignal(own);
      return guarded(async () => {
        await open();
        return storeBlob(blobFile(layer.digest), layer, stop);
      }, stop);
    },
    push: (image, known) =>
      guarded(async () => {
        await open();
        const layers: PushedLayer[] = [];
        for (const layer of image.layers) {
          const state = known?.get(layer.digest) ?? (await storeBlob(blobFile(layer.digest), layer, signal));
          layers.push({ digest: layer.digest, sizeBytes: layer.sizeBytes, state });
        }
        await storeBlob(blobFile(image.config.digest), image.config, signal);
        await storeBlob(blobFile(image.manifest.digest), image.manifest, signal);
        await changeIndex((index) => index);
        return layers;
      }),
    pushIndex: (index) =>
      guarded(async () => {
        await storeBlob(blobFile(index.digest), index, signal);
      }),
    hasManifest: (digest) =>
      guarded(async () => (await readRegularFileIfPresent(blobFile(digest))) !== undefined),
    readManifest: (digest) =>
      guarded(async () => {
        const bytes = await readWholeRegularFile(blobFile(digest));
        const { mediaType } = parseJson(bytes.toString(), MANIFEST, blobFile(digest));
        if (digestOf(bytes) !== digest) {
          throw malformed(blobFile(digest));
        }
        return { bytes, mediaType };
      }),
    fetchBlob: (blob, file) =>
      guarded(() => writeBlob(readRegularFile(blobFile(blob.digest), signal), blob, file)),
    readTag: (tag) =>
      guarded(async () => {
        const { manifests } = await readIndex();
        const digest = manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag)?.digest;
        if (digest === undefined || isDigest(digest)) return digest;
        throw malformed(indexFile);
      }),
    moveTag: (tag, digest) =>
      guarded(async () => {
        const file = blobFile(digest);
        const bytes = await readWholeRegularFile(file);
        const { mediaType } = parseJson(bytes.toString(), MANIFEST, file);
        const entry = { mediaType, digest, size: bytes.length, annotations: { [REF_NAME]: tag } };
        await changeIndex((index) => ({ ...index, manifests: [...withoutTag(index, tag), entry] }));
      }),
    removeTag: (tag) =>
      guarded(() => changeIndex((index) => ({ ...index, manifests: withoutTag(index, tag) }))),
    readPromotionEntries: (tag) =>
      guarded(async () => {
        const entry = parseRecordAnnotations(tag, (await readIndex()).annotations ?? {});
        return entry === undefined ? [] : [entry];
      }),
    writePromotionEntry: (tag, entry) =>
      guarded(async () => {
        await changeIndex((index) => {
          const found = parseRecordAnnotations(tag, index.annotations ?? {});
          if (found !== undefined && isNewerRun(found.run, entry.run)) return index;
          return {
            ...index,
            annotations: { ...index.annotations, ...renderRecordAnnotations(tag, entry) },
          };
        });
        return undefined;
      }),
    restorePromotionEntry: (tag, { run }, previous) =>
      guarded(() =>
        changeIndex((index) => {
          const found = parseRecordAnnotations(tag, index.annotations ?? {});
          if (found === undefined || isNewerRun(found.run, run)) return index;
          const others = Object.entries(index.annotations ?? {}).filter(
            ([name]) => name !== renderAnnotationName(tag),
          );
          const restored = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
          return { ...index, annotations: { ...Object.fromEntries(others), ...restored } };
        }),
      ),
    describeRecord: (tag) => `the annotation ${renderAnnotationName(tag)} in ${indexFile}`,
  };
}

function withoutTag({ manifests }: Index, tag: string): Index["manifests"] {
  return manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== tag);
}

function parseJson<T>(text: string, schema: z.ZodType<T>, file: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw malformed(file, cause);
  }
}

function malformed(file: string, cause?: unknown): ActionError {
  return new ActionError("REGISTRY_FAILED", `${file} is not a valid file of an OCI layout`, {
    cause,
    hint: "Use a folder that is empty or a valid OCI layout.",
  });
}

/**
 * Creates the layout in an empty folder. Rejects, and writes nothing, if the folder contains something else.
 */
async function openFolder(folder: string): Promise<void> {
  const layoutFile = join(folder, "oci-layout");
  const layout = await readRegularFileIfPresent(layoutFile);
  if (layout !== undefined) parseJson(layout, LAYOUT, layoutFile);
  else {
    await mkdir(folder, { recursive: true });
    if ((await readdir(folder)).length > 0) {
      throw new ActionError("REGISTRY_FAILED", `${folder} is neither empty nor an OCI layout`, {
        hint: "Use a folder that is empty or a valid OCI layout.",
      });
    }
    await writeFileAtomically(layoutFile, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  }
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
}

async function storeBlob(
  file: string,
  blob: ImageBlob,
  signal: AbortSignal | undefined,
): Promise<PushedLayer["state"]> {
  if (await hasBlob(file, blob, signal)) return "reused";
  signal?.throwIfAborted();
  const source = await readySource(blob);
  if ("bytes" in source) {
    await writeFileAtomically(file, source.bytes);
    return "sent";
  }
  const draft = join(dirname(file), `.${randomBytes(6).toString("hex")}.tmp`);
  try {
    await copyToNewFile(source.file, draft, signal);
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return "sent";
}

/**
 * Whether a regular file has the blob's content. A link does not count: its target may change, so replace it.
 */
async function hasBlob(
  file: string,
  { digest, sizeBytes }: Pick<ImageBlob, "digest" | "sizeBytes">,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  try {
    const found = await lstat(file);
    if (!found.isFile() || found.size !== sizeBytes) return false;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return false;
    throw error;
  }
  return (await hashFile(file, signal)) === digest;
}
