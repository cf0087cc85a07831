import * as z from "zod";

import { ActionError } from "../../errors/action-error.js";
import { digestOf, isDigest } from "../../model/digest.js";
import { type OciImage, readySource } from "../../model/image.js";
import { readWholeRegularFile } from "../../platform/files.js";

const TEXTS = z.array(z.string()).nullish();

/** @see OCI image-spec, config.md; https://github.com/moby/docker-image-spec/blob/main/spec.md */
const IMAGE_CONFIG = z.object({
  config: z
    .object({
      User: z.string().nullish(),
      Env: TEXTS,
      Entrypoint: TEXTS,
      Cmd: TEXTS,
      WorkingDir: z.string().nullish(),
      StopSignal: z.string().nullish(),
      Shell: TEXTS,
      Healthcheck: z.object({ Test: TEXTS, Timeout: z.number().nullish() }).nullish(),
    })
    .nullish(),
  rootfs: z.object({ diff_ids: z.array(z.string().refine(isDigest)) }),
});

/** The parts of an image's config that an OCI runtime needs. */
export type ImageConfig = z.infer<typeof IMAGE_CONFIG>;

/**
 * Reads the config of an image. Rejects with `GATE_MISMATCH` if it does not have its digest, and with
 * `GATE_FAILED` if it is malformed.
 */
export async function readImageConfig({ config: blob, layers }: OciImage): Promise<ImageConfig> {
  const source = await readySource(blob);
  const bytes = "bytes" in source ? source.bytes : await readWholeRegularFile(source.file);
  if (digestOf(bytes) !== blob.digest) {
    throw new ActionError("GATE_MISMATCH", `the config ${blob.digest} now has other bytes`, {
      hint: "Make sure that nothing else writes to the runner's temporary folder, and retry.",
    });
  }
  try {
    const config = IMAGE_CONFIG.parse(JSON.parse(Buffer.from(bytes).toString()));
    if (config.rootfs.diff_ids.length === layers.length) return config;
    throw new Error(`it lists ${config.rootfs.diff_ids.length} of ${layers.length} layers`);
  } catch (cause) {
    throw new ActionError("GATE_FAILED", `the image's config ${blob.digest} is malformed`, {
      cause,
      hint: "Build the image again, with a tool that writes the config as Docker does.",
    });
  }
}
