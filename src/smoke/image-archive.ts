import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { pack, type Pack } from "tar-stream";

import type { Digest } from "../model/digest.js";
import { type Blob, type OciImage, readySource } from "../model/image.js";

/**
 * The candidate's own config and layers as a docker-archive. With `both`, the archive is also an OCI layout
 * with the candidate's manifest, like the output of `docker save` in Docker 25. It contains no tag other than
 * `name`, so loading it moves none.
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md
 */
export function packArchive(
  { manifest, config, layers }: OciImage,
  form: "docker-archive" | "both",
  name: string | undefined,
): Readable {
  const tar = pack();
  const unique = [...new Map([manifest, config, ...layers].map((blob) => [blob.digest, blob])).values()];
  const { mediaType, digest, sizeBytes: size } = manifest;
  // The containerd image store reads the name here.
  const annotations = name === undefined ? {} : { annotations: { "io.containerd.image.name": name } };
  const documents = {
    ...(form === "both" && {
      "oci-layout": { imageLayoutVersion: "1.0.0" },
      "index.json": { schemaVersion: 2, manifests: [{ mediaType, digest, size, ...annotations }] },
    }),
    "manifest.json": [
      {
        Config: nameOf(config.digest),
        RepoTags: name === undefined ? null : [name],
        Layers: layers.map((layer) => nameOf(layer.digest)),
      },
    ],
  };
  const write = async () => {
    // Start to fetch what is not here; whatever fails, fails again below.
    for (const blob of unique) readySource(blob).catch(() => undefined);
    for (const blob of unique) await addBlob(tar, blob);
    for (const [name, document] of Object.entries(documents)) tar.entry({ name }, JSON.stringify(document));
    tar.finalize();
  };
  write().catch((error: unknown) => {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  return Readable.from(tar);
}

async function addBlob(tar: Pack, { digest, sizeBytes, ...blob }: Blob): Promise<void> {
  const source = await readySource(blob);
  const bytes =
    "bytes" in source ? Readable.from([Buffer.from(source.bytes)]) : createReadStream(source.file);
  await pipeline(bytes, tar.entry({ name: nameOf(digest), size: sizeBytes }));
}

function nameOf(digest: Digest): string {
  return `blobs/${digest.replace(":", "/")}`;
}
