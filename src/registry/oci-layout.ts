import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { z } from "zod";

import { ActionError } from "../errors/action-error.js";
import type { Digest } from "../model/digest.js";
import type { Blob as ImageBlob, PushedLayer } from "../model/image.js";
import { readFileIfPresent, writeFileAtomically } from "../platform/files.js";
import type { PublishTarget } from "./publish-target.js";

const REF_NAME = "org.opencontainers.image.ref.name";
const INDEX = z.looseObject({
  schemaVersion: z.literal(2),
  manifests: z.array(
    z.looseObject({ digest: z.string(), annotations: z.record(z.string(), z.string()).optional() }),
  ),
});
type Index = z.infer<typeof INDEX>;

/**
 * An OCI layout on disk. A candidate is its blobs alone; a tag is an entry of `index.json`, and entries of others stay. The
 * methods reject with `REGISTRY_FAILED`.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 */
export function openOciLayout(folder: string): PublishTarget {
  const indexFile = join(folder, "index.json");
  const blobFile = (digest: Digest) => join(folder, "blobs/sha256", digest.slice("sha256:".length));

  const readIndex = async (): Promise<Index> => {
    const text = await readFileIfPresent(indexFile);
    if (text === undefined) return { schemaVersion: 2, manifests: [] };
    try {
      return INDEX.parse(JSON.parse(text));
    } catch (cause) {
      throw new ActionError("REGISTRY_FAILED", `${indexFile} is not the index of an OCI layout`, {
        cause,
        hint: "Give a folder that is empty or an OCI layout.",
      });
    }
  };
  const writeIndex = async (manifests: Index["manifests"]): Promise<void> => {
    const index = { ...(await readIndex()), mediaType: "application/vnd.oci.image.index.v1+json", manifests };
    await writeFileAtomically(indexFile, JSON.stringify(index, undefined, 2));
  };
  const without = ({ manifests }: Index, tag: string) =>
    manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== tag);

  return {
    push: async (image) => {
      await openFolder(folder);
      const layers: PushedLayer[] = [];
      for (const layer of image.layers) {
        const state = await storeBlob(blobFile(layer.digest), layer);
        layers.push({ digest: layer.digest, sizeBytes: layer.sizeBytes, state });
      }
      await storeBlob(blobFile(image.config.digest), image.config);
      await storeBlob(blobFile(image.manifest.digest), image.manifest);
      if ((await readFileIfPresent(indexFile)) === undefined) await writeIndex([]);
      return layers;
    },
    readTag: async (tag) => {
      const { manifests } = await readIndex();
      return manifests.find(({ annotations }) => annotations?.[REF_NAME] === tag)?.digest as
        Digest | undefined;
    },
    moveTag: async (tag, digest) => {
      const bytes = await readFile(blobFile(digest));
      const { mediaType } = z.object({ mediaType: z.string() }).parse(JSON.parse(bytes.toString()));
      const entry = { mediaType, digest, size: bytes.length, annotations: { [REF_NAME]: tag } };
      await writeIndex([...without(await readIndex(), tag), entry]);
    },
    removeTag: async (tag) => {
      await writeIndex(without(await readIndex(), tag));
    },
  };
}

async function openFolder(folder: string): Promise<void> {
  await mkdir(join(folder, "blobs/sha256"), { recursive: true });
  const layoutFile = join(folder, "oci-layout");
  if ((await readFileIfPresent(layoutFile)) !== undefined) return;
  const others = (await readdir(folder)).filter((name) => name !== "blobs");
  if (others.length > 0) {
    throw new ActionError("REGISTRY_FAILED", `${folder} is not empty and no OCI layout`, {
      hint: "Give a folder that is empty or an OCI layout.",
    });
  }
  await writeFileAtomically(layoutFile, JSON.stringify({ imageLayoutVersion: "1.0.0" }));
}

/** A blob is there when it has its size: it came by a rename, whole. */
async function storeBlob(file: string, blob: ImageBlob): Promise<"sent" | "reused"> {
  try {
    if ((await stat(file)).size === blob.sizeBytes) return "reused";
  } catch {
    // Not there: stored below.
  }
  if ("bytes" in blob.source) {
    await writeFileAtomically(file, blob.source.bytes);
    return "sent";
  }
  const draft = `${file}.tmp`;
  try {
    await pipeline(createReadStream(blob.source.file), createWriteStream(draft));
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
  return "sent";
}
