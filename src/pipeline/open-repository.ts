import type { ImageReference } from "../model/image-reference.js";
import type { ImageRepository } from "../registry/image-repository.js";
import { openImageRepository } from "../registry/open-image-repository.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

/** Opens the repository for the job's image, with the inputs' login. Rejects with `REGISTRY_DENIED`. */
export function openRepository(
  image: ImageReference,
  { registryLogin, workingDirectory }: Pick<Job, "registryLogin" | "workingDirectory">,
  baseName: string | undefined,
  context: RunContext,
): Promise<ImageRepository> {
  const credentials =
    registryLogin === undefined ? undefined : ({ kind: "password", ...registryLogin } as const);
  return openImageRepository(image, { credentials, workingDirectory, baseName }, context);
}
