import { ActionError, isCancelled } from "../errors/action-error.js";
import { type ApiAccess, type ApiRequest, askApi } from "./api.js";
import { MANAGER, type Manifest } from "./pool-manifests.js";

/** What names an object of the API. */
export type Reference = Kind & {
  readonly metadata: { readonly name: string; readonly namespace?: string | undefined };
};

/** A kind of object, such as `v1` and `Pod`. */
export type Kind = Pick<Manifest, "apiVersion" | "kind">;

/** The token of a ServiceAccount. */
export interface AccountToken {
  readonly token: string;
  /** As in RFC 3339. */
  readonly expires: string;
}

/**
 * The API of a cluster, with the rights of a user. All calls reject with `BUILDER_DENIED` if the user lacks a
 * right, with `BUILDER_UNREACHABLE` if the server does not answer, and with `BUILDER_UNFIT` if it refuses an
 * object. The message names the object.
 */
export interface Cluster {
  /** Resolves to undefined if there is no such object. */
  readonly read: (reference: Reference) => Promise<Manifest | undefined>;
  readonly list: (kind: Kind, namespace: string) => Promise<readonly Manifest[]>;
  /**
   * Applies a manifest on the server's side. Resolves to the object as it then is or, in a dry run, would be.
   * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/
   */
  readonly apply: (manifest: Manifest, options: { readonly isDryRun: boolean }) => Promise<Manifest>;
  /** Asks for the deletion of an object, and of what it owns. It may take until its pods have ended. */
  readonly remove: (reference: Reference) => Promise<void>;
  readonly createToken: (
    namespace: string,
    account: string,
    lifetimeSeconds: number,
  ) => Promise<AccountToken>;
}

/** The names of the kinds in paths, where it is not the kind with an s. */
const PLURALS: Readonly<Record<string, string>> = { NetworkPolicy: "networkpolicies" };
const CLUSTER_KINDS = new Set(["Namespace"]);

/** The API of a cluster. Each request asks for the access that is valid then. */
export function openCluster(getAccess: () => Promise<ApiAccess>): Cluster {
  const ask = async (action: string, request: ApiRequest): Promise<unknown> => {
    try {
      return await askApi(await getAccess(), request);
    } catch (error) {
      throw explain(error, action);
    }
  };
  return {
    read: async (reference) =>
      (await ask(`read ${nameObject(reference)}`, { method: "GET", path: pathOf(reference) })) as
        Manifest | undefined,
    list: async (kind, namespace) => {
      const path = pathOf({ ...kind, metadata: { name: "", namespace } });
      const answer = await ask(`list ${kind.kind} of ${namespace}`, { method: "GET", path });
      const { items = [] } = (answer ?? {}) as { readonly items?: readonly Manifest[] };
      // The server leaves these out of a list.
      return items.map((item) => ({ ...item, ...kind }));
    },
    apply: async (manifest, { isDryRun }) => {
      const query = `fieldManager=${MANAGER}&force=true&fieldValidation=Strict${
        isDryRun ? "&dryRun=All" : ""
      }`;
      const applied = await ask(`apply ${nameObject(manifest)}`, {
        method: "PATCH",
        path: `${pathOf(manifest)}?${query}`,
        body: manifest,
        contentType: "application/apply-patch+yaml",
      });
      if (applied === undefined) throw explainMissing(manifest);
      return applied as Manifest;
    },
    remove: async (reference) => {
      await ask(`delete ${nameObject(reference)}`, {
        method: "DELETE",
        path: `${pathOf(reference)}?propagationPolicy=Background`,
      });
    },
    createToken: async (namespace, account, lifetimeSeconds) => {
      const reference = { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name: account } };
      const answer = await ask(`create a token of ${nameObject(reference)}`, {
        method: "POST",
        path: `${pathOf(reference)}/token`,
        body: {
          apiVersion: "authentication.k8s.io/v1",
          kind: "TokenRequest",
          spec: { expirationSeconds: lifetimeSeconds },
        },
      });
      if (answer === undefined) throw explainMissing(reference);
      const { status } = answer as { status: { token: string; expirationTimestamp: string } };
      return { token: status.token, expires: status.expirationTimestamp };
    },
  };
}

/** `StatefulSet builders/builders-amd64` */
export function nameObject({ kind, metadata }: Reference): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

/** The path of an object; without a name, that of all objects of the kind. */
function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Reference): string {
  return [
    apiVersion.includes("/") ? "/apis" : "/api",
    apiVersion,
    ...(CLUSTER_KINDS.has(kind) || namespace === undefined ? [] : ["namespaces", namespace]),
    PLURALS[kind] ?? `${kind.toLowerCase()}s`,
    ...(name === "" ? [] : [name]),
  ].join("/");
}

function explain(error: unknown, action: string): unknown {
  if (!(error instanceof ActionError) || isCancelled(error)) return error;
  const message = `cannot ${action}: ${error.message}`;
  const [, status] = /answers with HTTP (4\d\d)/.exec(error.message) ?? [];
  if (error.code === "BUILDER_DENIED" && !error.message.includes("credentials")) {
    return new ActionError("BUILDER_DENIED", message, {
      cause: error.cause,
      hint: "Give this user the right that the message names, or use the kubeconfig of an administrator.",
    });
  }
  if (status === undefined) return error.with({ message });
  return new ActionError("BUILDER_UNFIT", message, {
    hint: message.includes("updates to statefulset spec for fields other than")
      ? "Kubernetes cannot change this field: run `cross-build provision kubernetes --delete`, which keeps " +
        "the volumes, and provision again."
      : "Correct the value that the message names.",
  });
}

function explainMissing(reference: Reference): ActionError {
  return new ActionError("BUILDER_UNFIT", `cannot make ${nameObject(reference)}: its namespace is gone`, {
    hint: "Somebody deletes the namespace at the same time. Provision again.",
  });
}
