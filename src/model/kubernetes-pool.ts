import { ActionError } from "../errors/action-error.js";

/** A pool of builders in a cluster: a release of the chart in `deploy/chart`. */
export interface PoolReference {
  readonly namespace: string;
  readonly name: string;
}

/** @see https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Parses `NAMESPACE/NAME`. Throws `INPUT_INVALID`. */
export function parsePoolReference(text: string): PoolReference {
  const [namespace = "", name = "", ...rest] = text.split("/");
  if (NAME.test(namespace) && NAME.test(name) && rest.length === 0) return { namespace, name };
  throw new ActionError("INPUT_INVALID", `${JSON.stringify(text.slice(0, 200))} is not a pool of builders`, {
    hint: "Write NAMESPACE/NAME, where NAME is the name of the Helm release, such as builders/builders.",
  });
}

/** The ConfigMap with the host keys of a pool's pods, in `HOST_KEYS`. */
export function nameHostKeys({ name }: PoolReference): string {
  return `${name}-host-keys`;
}

/** The key in that ConfigMap: lines of known_hosts with names of pods, or bare public keys for all pods. */
export const HOST_KEYS = "known_hosts";
