import { ActionError } from "../errors/action-error.js";
import { BodyError } from "../platform/http.js";
import { RedirectError } from "../platform/redirect.js";
import {
  ConnectionError,
  ProxyError,
  type RetryOptions,
  retryTransient,
  StatusError,
} from "../platform/retry.js";

/**
 * Runs a piece of work on a registry, with the retries of `retryTransient`. Rejects with `REGISTRY_DENIED` or
 * `REGISTRY_FAILED`, or with the signal's reason when it is aborted.
 */
export async function retryOnRegistry<T>(
  registry: string,
  work: () => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  try {
    return await retryTransient(work, options);
  } catch (error) {
    throw toRegistryError(registry, error);
  }
}

function toRegistryError(registry: string, error: unknown): unknown {
  if (error instanceof StatusError) {
    const isDenied = error.status === 401 || error.status === 403;
    return new ActionError(isDenied ? "REGISTRY_DENIED" : "REGISTRY_FAILED", error.message, {
      hint: isDenied
        ? "Check registry-username and registry-password, and that the account may push to this " +
          "repository. On ghcr.io, the job needs the permission packages: write."
        : "Run again. If the error persists, ask the operator of the registry.",
    });
  }
  if (error instanceof ConnectionError) {
    return new ActionError("REGISTRY_FAILED", `${registry} cannot be reached`, {
      cause: error,
      hint: "Check the host name of the registry, the network, and the proxy variables if there are any.",
    });
  }
  if (error instanceof ProxyError) {
    return new ActionError("REGISTRY_FAILED", `${registry} cannot be reached`, {
      cause: error,
      hint:
        error.status === 407
          ? "Set https_proxy and http_proxy to http://USER:PASSWORD@HOST:PORT, with both in percent encoding."
          : "Ask the operator of the proxy to allow this host, or add the host to no_proxy.",
    });
  }
  if (error instanceof RedirectError) {
    return new ActionError("REGISTRY_FAILED", `${registry} sends requests elsewhere: ${error.message}`, {
      hint:
        "If the registry has moved, set its new host in the input image. Otherwise ask the operator of the " +
        "registry, or of the proxy in front of it.",
    });
  }
  if (error instanceof BodyError) {
    return new ActionError("REGISTRY_FAILED", `cannot read what is to be sent to ${registry}`, {
      cause: error,
      hint: "Check that nothing else changes or removes the image during the run.",
    });
  }
  return error;
}
