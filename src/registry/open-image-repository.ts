import { resolve } from "node:path";

import { type ImageReference, parseImageReference } from "../model/image-reference.js";
import type { Clock } from "../platform/clock.js";
import type { Credentials } from "./authorization.js";
import { type DockerConfigEffects, findCredentials } from "./credentials.js";
import { openOciLayout } from "./oci-layout.js";
import type { ImageRepository } from "./image-repository.js";
import { createRegistryClient } from "./client.js";
import { openRegistryRepository } from "./registry-repository.js";

export interface RepositoryOptions {
  /** Those of the inputs; without them, what Docker's configuration has. */
  readonly credentials: Credentials | undefined;
  /** Where a relative folder starts. */
  readonly workingDirectory: string;
  /** What the image says of its base: layers are mounted from there. */
  readonly baseName: string | undefined;
}

/** The place that an image reference names. Nothing there is touched yet; rejects with `REGISTRY_DENIED`. */
export async function openImageRepository(
  reference: ImageReference,
  options: RepositoryOptions,
  effects: DockerConfigEffects & { readonly clock: Clock },
): Promise<ImageRepository> {
  if (reference.kind === "oci-layout") {
    return openOciLayout(resolve(options.workingDirectory, reference.folder), effects.clock);
  }
  const { registry, repository } = reference;
  const credentials = options.credentials ?? (await findCredentials(registry, effects));
  const mountFrom = options.baseName === undefined ? undefined : siblingOf(options.baseName, registry);
  return openRegistryRepository(
    createRegistryClient(registry, repository, credentials, { clock: effects.clock, mountFrom }),
    mountFrom,
  );
}

/** The repository of a base image in the same registry. */
function siblingOf(baseName: string, registry: string): string | undefined {
  try {
    const base = parseImageReference(baseName.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[\w.-]+$/, ""));
    return base.kind === "registry" && base.registry === registry ? base.repository : undefined;
  } catch {
    return undefined;
  }
}
