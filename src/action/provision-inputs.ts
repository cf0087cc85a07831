import type { InputSpec } from "./inputs.js";

/** A flag of `cross-build provision kubernetes`. */
export type ProvisionInput = Omit<InputSpec, "group"> & {
  readonly group: ProvisionGroup;
  /** Names a file. */
  readonly isFile?: true;
};
export type ProvisionGroup = "cluster" | "pool" | "jobs" | "mode";

/** The flags of `cross-build provision kubernetes`. The actions do not have them. */
export const PROVISION_INPUTS = [
  {
    name: "kubeconfig",
    group: "cluster",
    description:
      "The kubeconfig of a user who may make namespaces, roles and pods. Default: the one that kubectl uses.",
    default: "",
    isFile: true,
  },
  {
    name: "context",
    group: "cluster",
    description: "The context of the kubeconfig. Default: its current one.",
    default: "",
  },
  {
    name: "namespace",
    group: "cluster",
    description: "The namespace, which the pool has to have alone.",
    default: "builders",
  },
  {
    name: "image",
    group: "pool",
    description: "The builder image by digest: NAME@sha256:… Default: the one of this release.",
    default: "",
  },
  {
    name: "isolation",
    group: "pool",
    description:
      "How builds are kept apart: restricted (no root, no sandbox), user-namespace or privileged (both " +
      "with Nix's sandbox).",
    default: "restricted",
  },
  {
    name: "replicas",
    group: "pool",
    description: "The number of x86_64 pods.",
    default: "2",
    type: "number",
  },
  {
    name: "replicas-arm64",
    group: "pool",
    description: "The number of ARM64 pods.",
    default: "0",
    type: "number",
  },
  {
    name: "requests",
    group: "pool",
    description: "What each pod reserves, such as cpu=1,memory=2Gi. Default: that of the chart.",
    default: "",
  },
  {
    name: "limits",
    group: "pool",
    description: "What each pod may use at most, such as cpu=4,memory=8Gi. Default: that of the chart.",
    default: "",
  },
  {
    name: "store-size",
    group: "pool",
    description: "The size of each pod's volume, such as 200Gi. Default: that of the chart.",
    default: "",
  },
  {
    name: "storage-class",
    group: "pool",
    description: "The storage class of the volumes. Default: that of the cluster.",
    default: "",
  },
  {
    name: "pull-config",
    group: "pool",
    description:
      "A config.json of docker login, from which the nodes get the credentials for the image's registry. " +
      "Default: those that the pool has.",
    default: "",
    isFile: true,
  },
  {
    name: "timeout",
    group: "pool",
    description: "Seconds allowed for the pods to become ready, not counting builds that they finish.",
    default: "600",
    type: "number",
  },
  {
    name: "token-hours",
    group: "jobs",
    description: "How long the jobs' token is valid. Many clusters allow 24 or 48 hours at most.",
    default: "24",
    type: "number",
  },
  {
    name: "output",
    group: "jobs",
    description:
      "The folder for the files kubeconfig and ssh-private-key. Default: a folder of " +
      "~/.local/state/cross-build.",
    default: "",
  },
  {
    name: "github",
    group: "jobs",
    description:
      "OWNER/REPOSITORY whose secrets and variable gh sets, instead of writing files. Needs gh, logged in.",
    default: "",
  },
  {
    name: "rotate-keys",
    group: "jobs",
    description: "Make new keys. Jobs that have the earlier key may go on with it.",
    default: "false",
    type: "boolean",
  },
  {
    name: "retire-keys",
    group: "jobs",
    description: "Stop accepting the keys that jobs had before the newest one.",
    default: "false",
    type: "boolean",
  },
  {
    name: "dry-run",
    group: "mode",
    description: "Only say what would be made or changed, after the API server has checked it.",
    default: "false",
    type: "boolean",
  },
  {
    name: "delete",
    group: "mode",
    description: "Remove the pool when its builds have ended. The volumes stay, and so does the namespace.",
    default: "false",
    type: "boolean",
  },
  {
    name: "delete-data",
    group: "mode",
    description: "Remove the pool, its volumes, and the namespace if this command has made it.",
    default: "false",
    type: "boolean",
  },
] as const satisfies readonly ProvisionInput[];

export type ProvisionName = (typeof PROVISION_INPUTS)[number]["name"];

/** Returns the text of a flag, trimmed, or its default. */
export type ReadProvision = (name: ProvisionName) => string;
