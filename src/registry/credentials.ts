import { join } from "node:path";

import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import type { RunCommand } from "../platform/command.js";
import { readFileIfPresent } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { Credentials } from "./authorization.js";

export interface DockerConfigEffects {
  readonly run: RunCommand;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Pick<Log, "info" | "mask">;
}

const HELPER_LIMIT_MS = 30_000;
const HELPER_NAME = z.string().regex(/^[A-Za-z0-9._-]+$/);
const CONFIG = z.looseObject({
  auths: z
    .record(
      z.string(),
      z.looseObject({
        auth: z.string().optional(),
        identitytoken: z.string().optional(),
        // Kubernetes' secrets for registries may have these in place of `auth`.
        username: z.string().optional(),
        password: z.string().optional(),
      }),
    )
    .default({}),
  credHelpers: z.record(z.string(), HELPER_NAME).default({}),
  credsStore: HELPER_NAME.optional(),
});
type Config = z.infer<typeof CONFIG>;
const HELPER_ANSWER = z.object({ Username: z.string(), Secret: z.string() });

/**
 * The credentials that `docker login`, `podman login` or a credential helper stores for a repository, or for
 * its registry; undefined if there are none. Masks the password in the log. Rejects with `REGISTRY_DENIED` if
 * a file cannot be read, if a file or a helper's answer is malformed, or if the helper fails, and with
 * `COMMAND_MISSING` if the helper is not installed.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export async function findCredentials(
  { registry, repository }: { readonly registry: string; readonly repository: string },
  effects: DockerConfigEffects,
): Promise<Credentials | undefined> {
  const names = { registry: namesOf(registry), repository: namesOfRepository(registry, repository) };
  for (const file of listConfigFiles(effects.environment)) {
    const text = await readConfigFile(file);
    if (text === undefined) continue;
    const credentials = await readCredentials(parseConfig(text, file), names, effects);
    if (credentials === undefined) continue;
    effects.log.mask(credentials.password);
    effects.log.info(`using the credentials for ${registry} from ${file}`);
    return credentials;
  }
  return undefined;
}

/** Docker's file first, then Podman's files. @see containers-auth.json(5) */
function listConfigFiles(environment: DockerConfigEffects["environment"]): readonly string[] {
  const {
    DOCKER_CONFIG: docker,
    REGISTRY_AUTH_FILE: podman,
    XDG_RUNTIME_DIR: runtime,
    HOME: home,
  } = environment;
  const files = [
    docker === undefined ? home && join(home, ".docker/config.json") : join(docker, "config.json"),
    podman,
    runtime && join(runtime, "containers/auth.json"),
    home && join(home, ".config/containers/auth.json"),
  ];
  return files.filter((file): file is string => file !== undefined && file !== "");
}

async function readConfigFile(file: string): Promise<string | undefined> {
  try {
    return await readFileIfPresent(file);
  } catch (cause) {
    throw new ActionError("REGISTRY_DENIED", `the registry credentials in ${file} cannot be read`, {
      cause,
      hint: "Let this user read the file, or set registry-username and registry-password.",
    });
  }
}

function parseConfig(text: string, file: string): Config {
  try {
    return CONFIG.parse(JSON.parse(text));
  } catch {
    // Do not show the parser's message: it may contain part of a password.
    throw new ActionError("REGISTRY_DENIED", `${file} is not a valid Docker or Podman configuration file`, {
      hint: "Fix or remove the file, or set registry-username and registry-password.",
    });
  }
}

async function readCredentials(
  { auths, credHelpers, credsStore }: Config,
  names: Readonly<Record<"registry" | "repository", readonly string[]>>,
  effects: DockerConfigEffects,
): Promise<Credentials | undefined> {
  for (const name of names.registry) {
    const helper = credHelpers[name];
    if (helper !== undefined) return askHelper(helper, name, effects);
  }
  if (credsStore !== undefined) {
    for (const name of names.registry) {
      const credentials = await askHelper(credsStore, name, effects);
      if (credentials !== undefined) return credentials;
    }
  }
  for (const name of [...names.repository, ...names.registry]) {
    const { auth = "", identitytoken: token = "", ...plain } = auths[name] ?? {};
    if (token !== "") return { kind: "identity-token", password: token };
    const [, username, password] = /^([^:]+):([^]*)$/.exec(Buffer.from(auth, "base64").toString()) ?? [];
    if (username !== undefined && password !== undefined) return { kind: "password", username, password };
    if (auth === "" && plain.username !== undefined && plain.password !== undefined)
      return { kind: "password", username: plain.username, password: plain.password };
  }
  return undefined;
}

/** Podman may log in to a namespace or a repository; the most specific name comes first. */
function namesOfRepository(registry: string, repository: string): readonly string[] {
  const parts = repository.split("/");
  return parts.map((_, i) => [registry, ...parts.slice(0, parts.length - i)].join("/"));
}

/** The names under which these files may list a registry. */
function namesOf(registry: string): readonly string[] {
  if (registry === "docker.io") return ["https://index.docker.io/v1/", "docker.io", "index.docker.io"];
  const urls = [`https://${registry}`, `http://${registry}`];
  return [registry, ...urls, ...urls.flatMap((url) => ["/", "/v1/", "/v2/"].map((path) => `${url}${path}`))];
}

/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(
  helper: string,
  name: string,
  { run }: DockerConfigEffects,
): Promise<Credentials | undefined> {
  const tool = `docker-credential-${helper}`;
  const { exitCode, stdout } = await run(tool, ["get"], {
    input: name,
    timeoutMs: HELPER_LIMIT_MS,
    expectedExitCodes: "any",
  });
  if (exitCode !== 0) {
    if (/not found/i.test(stdout)) return undefined;
    throw new ActionError(
      "REGISTRY_DENIED",
      `${tool} returned no credentials for ${name} and failed with exit code ${exitCode}`,
      {
        hint: "Log in to the registry again, or set registry-username and registry-password.",
      },
    );
  }
  try {
    const { Username: username, Secret: password } = HELPER_ANSWER.parse(JSON.parse(stdout));
    return username === "<token>"
      ? { kind: "identity-token", password }
      : { kind: "password", username, password };
  } catch {
    throw new ActionError("REGISTRY_DENIED", `${tool} returned malformed credentials for ${name}`, {
      hint: "Check the credential helper, or set registry-username and registry-password.",
    });
  }
}
