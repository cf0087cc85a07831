import { readFile } from "node:fs/promises";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOf, isDigest } from "../model/digest.js";
import { type Blob as ImageBlob, readySource } from "../model/image.js";
import { MANIFEST_TYPES, OCI_EMPTY, OCI_MANIFEST } from "../model/media-type.js";
import {
  chooseRecordTag,
  listRecordTags,
  parseRecordAnnotations,
  renderRecordAnnotations,
} from "./promotion-record.js";
import type { ManifestDocument, ImageRepository } from "./image-repository.js";
import { writeBlob } from "./fetch-image.js";
import { explainImmutable, isImmutable } from "./immutable-tag.js";
import type { RegistryAnswer, SendRequest, UseRegistry } from "./client.js";
import { type BlobState, hasBlob, limitTime, pushBlob } from "./upload.js";

const PARALLEL_UPLOADS = 4;

const RECORD_TYPE = "application/vnd.fluo.cross-build.promotion.v1";
/** Answers of registries that accept only images, or whose tags are immutable. A retry would not help. */
const NOT_ACCEPTED = [400, 404, 405, 406, 409, 412, 415, 422];
/**
 * @see https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidance-for-an-empty-descriptor
 */
const EMPTY: ImageBlob = {
  mediaType: OCI_EMPTY,
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  sizeBytes: 2,
  source: { bytes: Buffer.from("{}") },
};
const ANNOTATED = z.looseObject({ annotations: z.record(z.string(), z.string()).default({}) });

/** A repository of a registry. Its methods reject with `REGISTRY_DENIED` and `REGISTRY_FAILED`. */
export function openRegistryRepository(use: UseRegistry, mountFrom?: string): ImageRepository {
  // Blobs from this size on are sent in parts, since the registry has refused one of them as a whole.
  const limits = { wholeBytes: Infinity };
  const repository: ImageRepository = {
    pushBlob: (layer, signal) => pushBlob(use, layer, { mountFrom, limits, ...(signal && { signal }) }),
    hasBlob: (blob, signal) => hasBlob(use, blob, signal),
    push: async (image, known) => {
      const states = new Map<Digest, BlobState>(known);
      // An image may contain the same layer twice.
      const all = new Map(image.layers.map((layer) => [layer.digest, layer]));
      const unique = [...all.values()].filter(({ digest }) => !states.has(digest));
      await forEachInParallel(unique, async (layer, signal) => {
        states.set(layer.digest, await pushBlob(use, layer, { mountFrom, signal, limits }));
      });
      const [isThere] = await Promise.all([
        repository.hasManifest(image.manifest.digest),
        pushBlob(use, image.config, { limits }),
      ]);
      if (!isThere) await pushNewManifest(use, image.manifest);
      return image.layers.map(({ digest, sizeBytes }) => ({
        digest,
        sizeBytes,
        state: states.get(digest) ?? "reused",
      }));
    },
    pushIndex: async (index) => {
      if (!(await repository.hasManifest(index.digest))) await pushNewManifest(use, index);
    },
    readManifest: async (digest) => {
      const manifest = await use((send) => readManifest(send, digest));
      requireDigest(digest, digestOf(manifest.bytes));
      return manifest;
    },
    fetchBlob: async ({ digest, sizeBytes }, file) => {
      const timeoutMs = limitTime(sizeBytes);
      const sink = (body: AsyncIterable<Uint8Array>) => writeBlob(body, { digest, sizeBytes }, file);
      await use((send) => send({ method: "GET", url: `blobs/${digest}`, expected: [200], sink, timeoutMs }));
    },
    hasManifest: (digest) => use(async (send) => (await headManifest(send, digest)).status === 200),
    readTag: (tag) =>
      use(async (send) => {
        const { status, headers } = await headManifest(send, tag);
        if (status === 404) return undefined;
        const digest = headers.get("docker-content-digest") ?? "";
        return isDigest(digest) ? digest : digestOf((await readManifest(send, tag)).bytes);
      }),
    moveTag: async (tag, digest) => {
      const manifest = await repository.readManifest(digest);
      try {
        await putManifest(use, tag, digest, manifest);
      } catch (error) {
        if (!isImmutable(error)) throw error;
        // Registries refuse even the image that the tag has.
        if ((await repository.readTag(tag)) !== digest) throw explainImmutable(tag, error);
      }
    },
    removeTag: async (tag) => {
      await use((send) => send({ method: "DELETE", url: `manifests/${tag}`, expected: [202, 404] }));
    },
    readPromotionEntries: async (tag) => {
      const found = await Promise.all(
        listRecordTags(tag).map((recordTag) =>
          use(async (send) => {
            const { status } = await headManifest(send, recordTag);
            if (status === 404) return undefined;
            return parseRecordAnnotations(tag, parseAnnotations((await readManifest(send, recordTag)).bytes));
          }),
        ),
      );
      return found.filter((entry) => entry !== undefined);
    },
    writePromotionEntry: (tag, entry) =>
      writeRecord(use, chooseRecordTag(tag, entry.run), renderRecordAnnotations(tag, entry)),
    restorePromotionEntry: async (tag, entry, previous) => {
      // An empty entry for none, since many registries do not support deleting a tag.
      const annotations = previous === undefined ? {} : renderRecordAnnotations(tag, previous);
      await writeRecord(use, chooseRecordTag(tag, entry.run), annotations);
    },
    describeRecord: (tag) => `the tags ${listRecordTags(tag).join(", ")}`,
  };
  return repository;
}

/**
 * Writes a manifest without content to a tag of the record. Resolves to the reason if the registry does not
 * accept it.
 */
async function writeRecord(
  use: UseRegistry,
  recordTag: string,
  annotations: Readonly<Record<string, string>>,
): Promise<string | undefined> {
  await pushBlob(use, EMPTY);
  const empty = { mediaType: EMPTY.mediaType, digest: EMPTY.digest, size: EMPTY.sizeBytes };
  const manifest = {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    artifactType: RECORD_TYPE,
    config: empty,
    layers: [empty],
    annotations,
  };
  const { status } = await use((send) =>
    send({
      method: "PUT",
      url: `manifests/${recordTag}`,
      headers: { "content-type": OCI_MANIFEST },
      body: Buffer.from(JSON.stringify(manifest)),
      expected: [201, ...NOT_ACCEPTED],
    }),
  );
  return status === 201 ? undefined : `the registry answered ${status} to a manifest of type ${RECORD_TYPE}`;
}

async function pushNewManifest(use: UseRegistry, { digest, mediaType, ...blob }: ImageBlob): Promise<void> {
  const source = await readySource(blob);
  const bytes = "bytes" in source ? Buffer.from(source.bytes) : await readFile(source.file);
  await putManifest(use, digest, digest, { bytes, mediaType });
  const back = await use((send) => readManifest(send, digest));
  requireDigest(digest, digestOf(back.bytes));
}

async function putManifest(
  use: UseRegistry,
  reference: string,
  digest: Digest,
  { bytes, mediaType }: ManifestDocument,
): Promise<void> {
  const { headers } = await use((send) =>
    send({
      method: "PUT",
      url: `manifests/${reference}`,
      headers: { "content-type": mediaType },
      body: bytes,
      expected: [201],
    }),
  );
  requireDigest(digest, headers.get("docker-content-digest") ?? digest);
}

function headManifest(send: SendRequest, reference: string): Promise<RegistryAnswer> {
  const headers = { accept: MANIFEST_TYPES.join(", ") };
  return send({ method: "HEAD", url: `manifests/${reference}`, headers, expected: [200, 404] });
}

async function readManifest(send: SendRequest, reference: string): Promise<ManifestDocument> {
  const headers = { accept: MANIFEST_TYPES.join(", ") };
  const answer = await send({ method: "GET", url: `manifests/${reference}`, headers, expected: [200] });
  return { bytes: answer.body, mediaType: answer.headers.get("content-type") ?? OCI_MANIFEST };
}

/** Anyone who can push may have replaced the record: treat malformed content as an empty record. */
function parseAnnotations(bytes: Uint8Array): Readonly<Record<string, string>> {
  try {
    return ANNOTATED.parse(JSON.parse(Buffer.from(bytes).toString())).annotations;
  } catch {
    return {};
  }
}

function requireDigest(wanted: Digest, got: string): void {
  if (got === wanted) return;
  // Show nothing else of a header: it may repeat what the registry was sent.
  const shown = isDigest(got) ? `the digest ${got}` : "something that is not a SHA-256 digest";
  throw new ActionError("REGISTRY_FAILED", `the registry has a manifest with ${shown} instead of ${wanted}`, {
    hint: "A proxy in front of the registry may change manifests. Connect to the registry directly.",
  });
}

/**
 * Runs `work` for every item, a few at a time. After the first failure, aborts the rest and waits until it
 * has stopped.
 */
async function forEachInParallel<T>(
  items: readonly T[],
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) {
      try {
        await work(item, stop.signal);
      } catch (error) {
        stop.abort(error);
      }
      if (stop.signal.aborted) return;
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_UPLOADS }, worker));
  if (stop.signal.aborted) throw stop.signal.reason;
}
