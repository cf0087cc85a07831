import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join, resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import type { ApiAccess } from "../kubernetes/api.js";
import { openCluster } from "../kubernetes/cluster.js";
import {
  KEY_SECRET,
  KUBECONFIG_SECRET,
  POOL_VARIABLE,
  renderKubeconfig,
  renderWorkflowLines,
} from "../kubernetes/handover.js";
import { createGetCredential } from "../kubernetes/credential.js";
import { type KubeConfig, readKubeConfig } from "../kubernetes/kube-config.js";
import { selectContext } from "../kubernetes/kubeconfig-file.js";
import { POOL_NAME } from "../kubernetes/pool-manifests.js";
import { checkRights } from "../kubernetes/pods.js";
import type { KeyPair } from "../kubernetes/pool-keys.js";
import { deletePool, namePool, type PoolAccess, provisionPool } from "../kubernetes/provision.js";
import { tryPod } from "../kubernetes/try-pod.js";
import { quoteShellWord } from "../model/shell.js";
import type { RunContext } from "../pipeline/context.js";
import { writeFileAtomically } from "../platform/files.js";
import { parsePrivateKey } from "../ssh/key.js";
import { findStateFolder } from "./home.js";
import type { ReadProvision } from "./provision-inputs.js";
import { parseProvisionSettings } from "./provision-settings.js";

const GH_MS = 60_000;
const KEYGEN_MS = 20_000;

/**
 * Runs `cross-build provision kubernetes`, and returns the exit code. Prints to stdout the lines of a
 * workflow and the names of the files with its secrets, or what a dry run would do.
 */
export async function runProvision(
  read: ReadProvision,
  context: RunContext,
  print: (text: string) => void,
): Promise<number> {
  const { log, clock } = context;
  const settings = parseProvisionSettings(read);
  const { pool, mode, repository } = settings;
  const { namespace } = pool;
  const config = await loadKubeconfig(read, context);
  const getAccess = createGetAccess(config, context);
  const cluster = openCluster(getAccess);
  if (mode === "delete" || mode === "delete-data") {
    await deletePool(cluster, { settings: pool, withData: mode === "delete-data" }, context, (object) => {
      log.info(`deleted ${object}`);
    });
    return 0;
  }
  const isDryRun = mode === "dry-run";
  // Fails before anything is made.
  if (repository !== undefined) await runGh(["secret", "list"], repository, context);
  const access = await provisionPool(
    cluster,
    { ...settings, settings: pool, isDryRun, pullConfig: await readPullConfig(read, pool.image) },
    {
      clock,
      log,
      createPair: () => createKeyPair(context),
      parsePair: parsePrivateKey,
      tryPods: async (pods, granted) => {
        const api = { ...(await getAccess()), credential: { token: granted.account.token } };
        await checkRights(api, { namespace, name: POOL_NAME }, context.signal);
        const options = { api, namespace, access: granted, nonce: context.nonce };
        await Promise.all(pods.map((pod) => tryPod({ ...options, pod }, clock)));
      },
    },
    ({ verb, object }) => {
      if (isDryRun) print(`${verb} ${object}\n`);
      else if (verb !== "keep") log.info(`${verb}d ${object}`);
    },
  );
  if (access === undefined) return 0;
  const kubeconfig = renderKubeconfig(config, namespace, access.account.token);
  if (repository === undefined) {
    const folder =
      read("output") === ""
        ? join(findStateFolder(context.environment), "pools", namespace)
        : resolve(read("output"));
    print(await writeAccess(folder, { kubeconfig, access, namespace }));
  } else {
    await setSecrets(repository, { kubeconfig, access, namespace }, context);
    print(renderWorkflowLines(`\${{ vars.${POOL_VARIABLE} }}`));
  }
  log.info(`the token of the jobs is valid until ${access.account.expires}: run this again before`);
  return 0;
}

interface Handover {
  readonly kubeconfig: string;
  readonly access: PoolAccess;
  readonly namespace: string;
}

/** Writes what is secret into files that only this user can read. Returns what to do with them. */
async function writeAccess(folder: string, { kubeconfig, access, namespace }: Handover): Promise<string> {
  const files = [
    [KUBECONFIG_SECRET, join(folder, "kubeconfig"), kubeconfig],
    [KEY_SECRET, join(folder, "ssh-private-key"), access.privateKey],
  ] as const;
  for (const [, file, text] of files) await writeFileAtomically(file, text, 0o600);
  const commands = files.map(([name, file]) => `gh secret set ${name} < ${quoteShellWord(file)}\n`);
  return `${renderWorkflowLines(namePool(namespace))}\n${commands.join("")}`;
}

async function setSecrets(
  repository: string,
  { kubeconfig, access, namespace }: Handover,
  context: RunContext,
): Promise<void> {
  const pool = namePool(namespace);
  // gh reads a secret from its stdin.
  await runGh(["secret", "set", KUBECONFIG_SECRET], repository, context, kubeconfig);
  await runGh(["secret", "set", KEY_SECRET], repository, context, access.privateKey);
  await runGh(["variable", "set", POOL_VARIABLE, "--body", pool], repository, context);
  context.log.info(`set ${KUBECONFIG_SECRET}, ${KEY_SECRET} and ${POOL_VARIABLE} of ${repository}`);
}

async function runGh(
  args: readonly string[],
  repository: string,
  { run }: Pick<RunContext, "run">,
  input?: string,
): Promise<void> {
  try {
    await run("gh", [...args, "--repo", repository], {
      timeoutMs: GH_MS,
      ...(input !== undefined && { input }),
    });
  } catch (error) {
    if (!(error instanceof ActionError) || error.code !== "COMMAND_FAILED") throw error;
    throw new ActionError("COMMAND_FAILED", error.message, {
      cause: error,
      hint: "Run `gh auth status`: gh needs a token that may write the repository's secrets.",
    });
  }
}

async function createKeyPair({ run, runFolder }: Pick<RunContext, "run" | "runFolder">): Promise<KeyPair> {
  const file = join(runFolder, `key-${randomUUID()}`);
  const args = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file];
  await run("ssh-keygen", args, { timeoutMs: KEYGEN_MS });
  const key = await parsePrivateKey(await readFile(file, "utf8"));
  await rm(file);
  return key;
}

/** The kubeconfig that the user names, or that kubectl would use. Rejects with `INPUT_INVALID`. */
async function loadKubeconfig(
  read: ReadProvision,
  { environment }: Pick<RunContext, "environment">,
): Promise<KubeConfig> {
  const { KUBECONFIG = "", HOME = "" } = environment;
  const named = read("kubeconfig") === "" ? KUBECONFIG : read("kubeconfig");
  const file = resolve(named === "" ? join(HOME, ".kube/config") : named);
  const readText = (path: string) => readFile(path, "utf8");
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    throw new ActionError("INPUT_INVALID", `the kubeconfig ${file} cannot be read`, {
      cause: error,
      hint: "Set --kubeconfig to one file that kubectl can use.",
    });
  }
  return readKubeConfig(selectContext(text, file, read("context")), { environment, readText });
}

/** Of a config.json of Docker, only what is for the registry of an image. Rejects with `INPUT_INVALID`. */
async function readPullConfig(read: ReadProvision, image: string): Promise<string | undefined> {
  const file = read("pull-config");
  if (file === "") return undefined;
  const registry = image.slice(0, image.indexOf("/"));
  let found: unknown;
  try {
    const { auths } = JSON.parse(await readFile(resolve(file), "utf8")) as { readonly auths?: object };
    found = Object.entries(auths ?? {}).find(([host]) => host === registry)?.[1];
  } catch (error) {
    // Not its message, which may quote the file.
    const reason = error instanceof Error && "code" in error ? String(error.code) : "it is not JSON";
    throw new ActionError("INPUT_INVALID", `--pull-config: ${file} cannot be read: ${reason}`, {
      hint: "Set it to a config.json that docker login has written.",
    });
  }
  // With a credential helper, docker login writes an empty entry.
  if (typeof found === "object" && found !== null && "auth" in found)
    return JSON.stringify({ auths: { [registry]: { auth: found.auth } } });
  throw new ActionError("INPUT_INVALID", `--pull-config: ${file} has no credentials for ${registry}`, {
    hint: `Log in without a credential helper: DOCKER_CONFIG=FOLDER docker login ${registry}`,
  });
}

/** What each request to the API server needs. */
function createGetAccess(config: KubeConfig, context: RunContext): () => Promise<ApiAccess> {
  const { server, ca, tlsServerName, proxyUrl } = config;
  const { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } = context.environment;
  const proxies =
    proxyUrl === undefined ? { HTTPS_PROXY, https_proxy, NO_PROXY, no_proxy } : { HTTPS_PROXY: proxyUrl };
  const getCredential = createGetCredential(config, {
    ...context,
    readText: (file) => readFile(file, "utf8"),
    mask: (secret) => {
      context.log.mask(secret);
    },
  });
  return async () => ({ server, ca, tlsServerName, proxies, credential: await getCredential() });
}
