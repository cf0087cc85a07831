import type { ImageReference } from "../model/image-reference.js";
import { decidePush } from "../plan/push-policy.js";
import type { Credentials } from "../registry/authorization.js";
import type { ImageRepository } from "../registry/image-repository.js";
import {
  openImageRepository,
  requirePushAccess as requireAccess,
} from "../registry/open-image-repository.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";

type Login = Pick<Job, "registryLogin" | "workingDirectory"> & Partial<Pick<Job, "githubToken" | "push">>;

/** The only registry that receives `github-token`. */
const GITHUB_REGISTRY = "ghcr.io";

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
  return openImageRepository(image, { ...accessOf(image, login, context), baseName, signal }, context);
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
  return openImageRepository(image, { ...accessOf(image, login, context), baseName: undefined }, effects);
}

/** Requires that the job may push to its image's repository. Rejects as its push would. */
export function requirePushAccess(
  image: Extract<ImageReference, { readonly kind: "registry" }>,
  login: Login,
  context: RunContext,
): Promise<void> {
  return requireAccess(image, { ...accessOf(image, login, context), signal: context.signal }, context);
}

function accessOf(image: ImageReference, login: Login, context: RunContext) {
  const { registryLogin, workingDirectory } = login;
  const credentials =
    registryLogin === undefined ? undefined : ({ kind: "password", ...registryLogin } as const);
  return { credentials, fallback: tokenFor(image, login, context), workingDirectory };
}

/**
 * `github-token` as credentials for GitHub's own registry, on events that may push. On others, whoever wrote
 * the code decides what is requested.
 */
function tokenFor(
  image: ImageReference,
  { githubToken, push = "auto" }: Login,
  { event, environment }: RunContext,
): Credentials | undefined {
  if (githubToken === undefined || image.kind !== "registry" || image.registry !== GITHUB_REGISTRY)
    return undefined;
  if (!decidePush("image", push, event).isAllowed) return undefined;
  const { GITHUB_ACTOR: username = "x-access-token" } = environment;
  return { kind: "password", username, password: githubToken, staysOnHost: true };
}
