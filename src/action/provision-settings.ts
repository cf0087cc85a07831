import { ActionError } from "../errors/action-error.js";
import {
  type Isolation,
  POD_SECURITY,
  type PoolSettings,
  readDefaults,
  type Resources,
} from "../kubernetes/pool-manifests.js";
import type { ProvisionName, ReadProvision } from "./provision-inputs.js";

/** What `cross-build provision kubernetes` is to do. */
export interface ProvisionSettings {
  readonly pool: PoolSettings;
  readonly mode: "provision" | "dry-run" | "delete" | "delete-data";
  readonly rotatesKeys: boolean;
  readonly retiresKeys: boolean;
  readonly tokenLifetimeSeconds: number;
  readonly timeoutMs: number;
  /** `OWNER/REPOSITORY` whose secrets are set; undefined if files are written. */
  readonly repository: string | undefined;
}

const IMAGE = /^[a-z0-9.-]+(?::[0-9]+)?(?:\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/;
/** @see RFC 1123, section 2.1, which Kubernetes follows for names */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const QUANTITY = /^[0-9]+(?:\.[0-9]+)?(?:[kMGTP]i?)?$/;
const CPUS = /^[0-9]+m?$/;
const REPOSITORY = /^[\w.-]+\/[\w.-]+$/;
/** Pods of other programs, which every cluster has. */
const SYSTEM_NAMESPACES = /^(?:default|kube-.*)$/;
const MOST_PODS = 1_000;
const MOST_HOURS = 24 * 365;
const MOST_SECONDS = 24 * 3_600;

/** Parses the flags of `cross-build provision kubernetes`. Throws `INPUT_INVALID`. */
export function parseProvisionSettings(read: ReadProvision): ProvisionSettings {
  const modes = (["dry-run", "delete", "delete-data"] as const).filter((name) => parseFlag(read, name));
  const [mode = "provision", other] = modes;
  if (other !== undefined) throw invalid(other, "true", `--${mode} and --${other} cannot be used together.`);
  return {
    pool: parsePool(read, mode),
    mode,
    rotatesKeys: parseFlag(read, "rotate-keys"),
    retiresKeys: parseFlag(read, "retire-keys"),
    tokenLifetimeSeconds: parseNumber(read, "token-hours", { least: 1, most: MOST_HOURS }) * 3_600,
    timeoutMs: parseNumber(read, "timeout", { least: 1, most: MOST_SECONDS }) * 1_000,
    repository:
      read("github") === ""
        ? undefined
        : parseText(read, "github", REPOSITORY, "Write OWNER/REPOSITORY, as in its URL."),
  };
}

function parsePool(read: ReadProvision, mode: ProvisionSettings["mode"]): PoolSettings {
  const defaults = readDefaults();
  const namespace = parseText(read, "namespace", LABEL, "Use lower-case letters, digits and dashes.");
  if (SYSTEM_NAMESPACES.test(namespace))
    throw invalid("namespace", namespace, "The pool has to have a namespace of its own, such as builders.");
  const replicas = {
    amd64: parseNumber(read, "replicas", { least: 0, most: MOST_PODS }),
    arm64: parseNumber(read, "replicas-arm64", { least: 0, most: MOST_PODS }),
  };
  return {
    namespace,
    isolation: parseIsolation(read("isolation")),
    image: mode === "delete" || mode === "delete-data" ? "" : parseImage(read, defaults.image),
    replicas,
    requests: parseResources(read, "requests", defaults.requests),
    limits: checkLimits(parseResources(read, "limits", defaults.limits), defaults.slotCores),
    storeSize:
      read("store-size") === ""
        ? defaults.storeSize
        : parseText(read, "store-size", QUANTITY, "Write a quantity, such as 200Gi."),
    storageClass:
      read("storage-class") === ""
        ? ""
        : parseText(read, "storage-class", SUBDOMAIN, "Write the name of a StorageClass of the cluster."),
  };
}

function parseImage(read: ReadProvision, ofRelease: string): string {
  if (read("image") !== "")
    return parseText(read, "image", IMAGE, "Write NAME@sha256:… with the digest of the image.");
  if (ofRelease !== "") return ofRelease;
  throw new ActionError("INPUT_INVALID", "--image is not set, and this version of cross-build has no image", {
    hint:
      "Build deploy/image with the action, and set --image to its output `image`; or use a release of " +
      "cross-build, which has an image.",
  });
}

function parseIsolation(text: string): Isolation {
  const names = Object.keys(POD_SECURITY) as readonly Isolation[];
  const found = names.find((name) => name === text);
  if (found === undefined) throw invalid("isolation", text, `Use ${names.join(", ")}.`);
  return found;
}

/** `cpu=4,memory=8Gi`, as `kubectl set resources` takes it; what is not given is the default. */
function parseResources(read: ReadProvision, name: "requests" | "limits", defaults: Resources): Resources {
  const text = read(name);
  const given = text.split(",").filter((part) => part !== "");
  const pairs = given.map((part) => {
    const [key = "", value = ""] = part.split("=").map((word) => word.trim());
    if ((key === "cpu" && CPUS.test(value)) || (key === "memory" && QUANTITY.test(value)))
      return [key, value];
    throw invalid(name, part, "Write cpu=NUMBER,memory=SIZE, such as cpu=4,memory=8Gi.");
  });
  return { ...defaults, ...(Object.fromEntries(pairs) as Partial<Resources>) };
}

/** The chart refuses this, too: the builds of a pod would slow each other down. */
function checkLimits(limits: Resources, slotCores: number): Resources {
  const { cpu } = limits;
  const millis = cpu.endsWith("m") ? Number(cpu.slice(0, -1)) : 1_000 * Number(cpu);
  if (millis >= 1_000 * slotCores) return limits;
  throw invalid(
    "limits",
    `cpu=${cpu}`,
    `The builds of a pod use ${slotCores} cores together: set at least cpu=${slotCores}. Or install the ` +
      "chart with a lower maxJobs or cores.",
  );
}

function parseText(read: ReadProvision, name: ProvisionName, form: RegExp, hint: string): string {
  const text = read(name);
  if (!form.test(text)) throw invalid(name, text, hint);
  return text;
}

function parseNumber(
  read: ReadProvision,
  name: ProvisionName,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const text = read(name);
  const number = Number(text);
  if (/^[0-9]+$/.test(text) && number >= least && number <= most) return number;
  throw invalid(name, text, `Give a whole number from ${least} to ${most}.`);
}

function parseFlag(read: ReadProvision, name: ProvisionName): boolean {
  const text = read(name);
  if (text === "true" || text === "false") return text === "true";
  throw invalid(name, text, `Write --${name} or --no-${name}.`);
}

function invalid(name: ProvisionName, value: string, hint: string): ActionError {
  return new ActionError(
    "INPUT_INVALID",
    `--${name}: ${JSON.stringify(value.slice(0, 200))} cannot be used`,
    {
      hint,
    },
  );
}
