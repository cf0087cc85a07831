import { resolve } from "node:path";

import { type ImageReference, parseImageReference } from "../model/image-reference.js";
import type { Credentials } from "./authorization.js";
import { type DockerConfigEffects, findCredentials } from "./credentials.js";
import { openOciLayout } from "./oci-layout.js";
import type { ImageRepository } from "./image-repository.js";
import { type ClientOptions, createRegistryClient, type UseRegistry } from "./client.js";
import { openRegistryRepository } from "./registry-repository.js";
import { cancelUpload, startUpload } from "./upload.js";

export interface RepositoryOptions {
  /** From the inputs. If undefined, use those that Docker or Podman has stored. */
  readonly credentials: Credentials | undefined;
  /** Used if neither the inputs nor Docker or Podman have credentials. */
  readonly fallback?: Credentials | undefined;
  /** The base of a relative path to an OCI layout. */
  readonly workingDirectory: string;
  /** The name of the base image. Layers of a base image in the same registry are mounted, not uploaded. */
  readonly baseName: string | undefined;
  /** Aborts all operations; they reject with its reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens the repository that an image reference names, without accessing it yet. Rejects with
 * `REGISTRY_DENIED` if the stored credentials cannot be read.
 */
export async function openImageRepository(
  reference: ImageReference,
  options: RepositoryOptions,
  effects: RegistryEffects,
): Promise<ImageRepository> {
  if (reference.kind === "oci-layout") {
    const folder = resolve(options.workingDirectory, reference.folder);
    return openOciLayout(folder, effects.clock, options.signal);
  }
  const { baseName } = options;
  const mountFrom = baseName === undefined ? undefined : siblingOf(baseName, reference.registry);
  const openClient = await createOpener(reference, options, effects);
  return openRegistryRepository(openClient({ mountFrom }), mountFrom);
}

/**
 * Requires that the registry accepts uploads to the repository: starts one, without content, and cancels it.
 * Only that answers the question for every registry, since a token may allow less than was asked for. Rejects
 * with `REGISTRY_DENIED` and `REGISTRY_FAILED`.
 */
export async function requirePushAccess(
  reference: RegistryReference,
  options: Omit<RepositoryOptions, "baseName">,
  effects: RegistryEffects,
): Promise<void> {
  const openClient = await createOpener(reference, options, effects);
  const upload = await startUpload(openClient({}));
  // Registries that issue tokens ask for one that may delete. If they deny it, the upload expires anyway.
  await cancelUpload(openClient({ actions: "pull,push,delete" }), upload).catch(() => undefined);
}

type RegistryReference = Extract<ImageReference, { readonly kind: "registry" }>;
type RegistryEffects = DockerConfigEffects & Pick<ClientOptions, "clock" | "log" | "sendHttp">;

/** Finds the credentials for a repository. Resolves to a function that opens clients with them. */
async function createOpener(
  { registry, repository }: RegistryReference,
  { credentials, fallback, signal }: Omit<RepositoryOptions, "baseName">,
  effects: RegistryEffects,
): Promise<(options: Pick<ClientOptions, "actions" | "mountFrom">) => UseRegistry> {
  const login = credentials ?? (await findCredentials({ registry, repository }, effects)) ?? fallback;
  return (options) =>
    abortWith(createRegistryClient(registry, repository, login, { ...effects, ...options }), signal);
}

/** The same client, all of whose work `signal` aborts. */
function abortWith(use: UseRegistry, signal: AbortSignal | undefined): UseRegistry {
  if (signal === undefined) return use;
  return (work, own) => use(work, own === undefined ? signal : AbortSignal.any([signal, own]));
}

/** The repository of a base image; undefined if it is not in this registry. */
function siblingOf(baseName: string, registry: string): string | undefined {
  try {
    const base = parseImageReference(baseName.replace(/@sha256:[0-9a-f]+$/, "").replace(/:[\w.-]+$/, ""));
    return base.kind === "registry" && base.registry === registry ? base.repository : undefined;
  } catch {
    return undefined;
  }
}
