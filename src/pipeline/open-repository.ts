import type { ImageReference } from "../model/image-reference.js";
import type { ImageRepository } from "../registry/image-repository.js";
import {
  openImageRepository,
  requirePushAccess as requireAccess,
} from "../registry/open-image-repository.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

type Login = Pick<Job, "registryLogin" | "workingDirectory">;

/**
 * Opens the repository for the job's image, with the inputs' login. All its operations end when the run is
 * cancelled. Rejects with `REGISTRY_DENIED`.
 */
export function openRepository(
  image: ImageReference,
  login: Login,
  baseName: string | undefined,
  context: RunContext,
): Promise<ImageRepository> {
  const { signal } = context;
  return openImageRepository(image, { ...accessOf(login), baseName, signal }, context);
}

/**
 * Opens the repository for a promotion. Its operations also work after a cancellation, so that tags can be
 * moved back. Rejects with `REGISTRY_DENIED`.
 */
export function openRepositoryToPromote(
  image: ImageReference,
  login: Login,
  context: RunContext,
): Promise<ImageRepository> {
  const effects = { ...context, clock: context.steadyClock };
  return openImageRepository(image, { ...accessOf(login), baseName: undefined }, effects);
}

/** Requires that the job may push to its image's repository. Rejects as its push would. */
export function requirePushAccess(
  image: Extract<ImageReference, { readonly kind: "registry" }>,
  login: Login,
  context: RunContext,
): Promise<void> {
  return requireAccess(image, { ...accessOf(login), signal: context.signal }, context);
}

function accessOf({ registryLogin, workingDirectory }: Login) {
  const credentials =
    registryLogin === undefined ? undefined : ({ kind: "password", ...registryLogin } as const);
  return { credentials, workingDirectory };
}
