import { isAbsolute } from "node:path";

import { parse } from "yaml";
import { z } from "zod";

import { ActionError } from "../errors/action-error.js";

/** The API server of a cluster, and how to authenticate there. */
export interface KubeConfig {
  /** Always HTTPS, without a slash at the end. */
  readonly server: string;
  /** The authorities for the server's certificate, as PEM. Undefined: those of the system. */
  readonly ca: string | undefined;
  /** The name in the server's certificate, if it is not that of the URL. */
  readonly tlsServerName: string | undefined;
  readonly proxyUrl: string | undefined;
  /** Whether this machine is a pod of the cluster. */
  readonly isInCluster: boolean;
  readonly user: KubeUser;
}

export type KubeUser =
  | { readonly kind: "token"; readonly token: string }
  /** Reads the file again for each use, since the kubelet replaces it. */
  | { readonly kind: "token-file"; readonly file: string }
  /** A client certificate and its key, as PEM. */
  | { readonly kind: "certificate"; readonly cert: string; readonly key: string }
  | ExecUser
  | OidcUser;

/**
 * A program that prints the credential.
 * @see https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
 */
export interface ExecUser {
  readonly kind: "exec";
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the program gets to know about the cluster, if it asks for that. */
  readonly cluster: Readonly<Record<string, unknown>> | undefined;
}

/** An ID token, and how to get the next one. @see kubectl's auth-provider oidc */
export interface OidcUser {
  readonly kind: "oidc";
  readonly idToken: string;
  readonly refreshToken: string | undefined;
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  /** The authorities of the issuer's certificate, as PEM. */
  readonly ca: string | undefined;
}

interface ReadEffects {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly readText: (file: string) => Promise<string>;
}

/** The value of the input that stands for the pod's own ServiceAccount. */
export const IN_CLUSTER = "in-cluster";
/**
 * Where a pod finds its ServiceAccount.
 * @see https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
 */
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

const FLATTEN = "Use the output of: kubectl config view --raw --flatten --minify";
const EXEC_VERSIONS = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"];
/** What would change who we are, and is not implemented. */
const IMPERSONATION = ["as", "as-uid", "as-groups", "as-user-extra"];

const text = z.string().min(1).optional().catch(undefined);
const Cluster = z.looseObject({
  server: text,
  "certificate-authority": text,
  "certificate-authority-data": text,
  "insecure-skip-tls-verify": z.unknown().optional(),
  "tls-server-name": text,
  "proxy-url": text,
  extensions: z.array(z.object({ name: z.string(), extension: z.unknown() })).optional(),
});
const User = z.looseObject({
  token: text,
  tokenFile: text,
  "client-certificate": text,
  "client-certificate-data": text,
  "client-key": text,
  "client-key-data": text,
  "auth-provider": z.object({ name: z.string(), config: z.record(z.string(), z.string()) }).optional(),
  exec: z
    .object({
      apiVersion: z.string(),
      command: z.string().min(1),
      args: z.array(z.string()).nullish(),
      env: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
      provideClusterInfo: z.boolean().nullish(),
      interactiveMode: z.string().nullish(),
    })
    .optional(),
});
const Document = z.object({
  "current-context": z.string().min(1),
  contexts: z.array(
    z.object({ name: z.string(), context: z.object({ cluster: z.string(), user: z.string() }) }),
  ),
  clusters: z.array(z.object({ name: z.string(), cluster: Cluster })),
  users: z.array(z.object({ name: z.string(), user: User })),
});

/**
 * Reads the input `kubeconfig`: the content of a kubeconfig, or `in-cluster` for the ServiceAccount of the
 * pod that runs the job. Takes its current context. Refuses everything that would be less than a verified
 * connection with that user: `insecure-skip-tls-verify`, HTTP, impersonation. Refuses relative paths, which a
 * checkout could supply. Rejects with `INPUT_INVALID`; a message never has any part of a credential.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
export async function readKubeConfig(input: string, effects: ReadEffects): Promise<KubeConfig> {
  if (input === IN_CLUSTER) return readServiceAccount(effects);
  const document = parseDocument(input);
  const find = <T extends { readonly name: string }>(list: readonly T[], name: string, what: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined) throw invalid(`has no ${what} ${JSON.stringify(name)}`, FLATTEN);
    return found;
  };
  const { context } = find(document.contexts, document["current-context"], "context");
  const { cluster } = find(document.clusters, context.cluster, "cluster");
  const { user } = find(document.users, context.user, "user");
  const server = checkCluster(context.cluster, cluster);
  const ca = await readPem(cluster, "certificate-authority", effects);
  return {
    server,
    ca,
    tlsServerName: cluster["tls-server-name"],
    proxyUrl: cluster["proxy-url"],
    isInCluster: false,
    user: await readUser(context.user, user, { server, ca, cluster, effects }),
  };
}

function parseDocument(input: string): z.infer<typeof Document> {
  if (input.startsWith("@"))
    throw invalid(
      "is the name of a file",
      "It is never read from a file that a checkout could have. Store the file's content as a secret.",
    );
  let value: unknown;
  try {
    value = parse(input);
  } catch {
    // Drop the error: it quotes the text.
    throw invalid("is not YAML", FLATTEN);
  }
  if (typeof value === "string")
    throw invalid(
      "is neither the content of a kubeconfig nor in-cluster",
      `It takes the content of the file, not its name. ${FLATTEN}`,
    );
  const { data, error } = Document.safeParse(value);
  if (data !== undefined) return data;
  const path = error.issues[0]?.path.map(String).join(".") ?? "";
  throw invalid(`has no valid ${path === "" ? "content" : path}`, FLATTEN);
}

/** Returns the URL of the server. */
function checkCluster(name: string, cluster: z.infer<typeof Cluster>): string {
  const { server = "" } = cluster;
  const about = `cluster ${JSON.stringify(name)}`;
  if (![undefined, null, false].includes(cluster["insecure-skip-tls-verify"] as undefined))
    throw invalid(
      `, ${about}: insecure-skip-tls-verify is refused`,
      "The server's certificate vouches for the host keys of the pool: set certificate-authority-data.",
    );
  if (!URL.canParse(server) || new URL(server).protocol !== "https:" || new URL(server).username !== "")
    throw invalid(
      `, ${about}: the server ${JSON.stringify(withoutLogin(server))} is not an HTTPS URL`,
      "Write server: https://HOST:PORT.",
    );
  return server.replace(/\/+$/, "");
}

function withoutLogin(url: string): string {
  return url.replace(/\/\/[^/]*@/, "//").slice(0, 200);
}

async function readUser(
  name: string,
  user: z.infer<typeof User>,
  {
    server,
    ca,
    cluster,
    effects,
  }: {
    readonly server: string;
    readonly ca: string | undefined;
    readonly cluster: z.infer<typeof Cluster>;
    readonly effects: ReadEffects;
  },
): Promise<KubeUser> {
  const about = `, user ${JSON.stringify(name)}:`;
  const refused = IMPERSONATION.find((key) => key in user);
  if (refused !== undefined)
    throw invalid(`${about} ${refused} is not supported`, "Use a user with the rights of the Role *-use.");
  const { exec, token, tokenFile } = user;
  const provider = user["auth-provider"];
  if (token !== undefined) return { kind: "token", token };
  if (tokenFile !== undefined)
    return { kind: "token-file", file: checkPath(tokenFile, `${about} tokenFile`) };
  if (exec !== undefined) {
    if (!EXEC_VERSIONS.includes(exec.apiVersion))
      throw invalid(
        `${about} the apiVersion ${JSON.stringify(exec.apiVersion.slice(0, 100))} of exec is not supported`,
        `Use ${EXEC_VERSIONS.join(" or ")}.`,
      );
    if (exec.interactiveMode === "Always")
      throw invalid(
        `${about} its exec program needs a terminal`,
        "Set interactiveMode: IfAvailable or Never.",
      );
    return {
      kind: "exec",
      apiVersion: exec.apiVersion,
      command: exec.command.includes("/") ? checkPath(exec.command, `${about} exec.command`) : exec.command,
      args: exec.args ?? [],
      env: Object.fromEntries((exec.env ?? []).map((entry) => [entry.name, entry.value])),
      cluster: exec.provideClusterInfo === true ? describeCluster(server, ca, cluster) : undefined,
    };
  }
  if (provider !== undefined) return readOidc(about, provider, effects);
  const cert = await readPem(user, "client-certificate", effects);
  const key = await readPem(user, "client-key", effects);
  if (cert !== undefined && key !== undefined) return { kind: "certificate", cert, key };
  throw invalid(
    `${about} has no token, exec, oidc provider or client certificate`,
    "Make a token with: kubectl create token SERVICEACCOUNT",
  );
}

async function readOidc(
  about: string,
  { name, config }: { readonly name: string; readonly config: Readonly<Record<string, string>> },
  effects: ReadEffects,
): Promise<OidcUser> {
  if (name !== "oidc")
    throw invalid(
      `${about} the auth-provider ${JSON.stringify(name.slice(0, 100))} is not supported`,
      "Use the exec plugin of your cloud, as kubectl does.",
    );
  const get = (key: string): string => {
    const value = config[key];
    if (value === undefined || value === "") throw invalid(`${about} oidc has no ${key}`, FLATTEN);
    return value;
  };
  const issuerUrl = get("idp-issuer-url");
  if (!URL.canParse(issuerUrl) || new URL(issuerUrl).protocol !== "https:")
    throw invalid(`${about} idp-issuer-url is not an HTTPS URL`, "Write https://HOST/PATH.");
  return {
    kind: "oidc",
    idToken: get("id-token"),
    refreshToken: config["refresh-token"],
    issuerUrl,
    clientId: get("client-id"),
    clientSecret: config["client-secret"],
    ca: await readPem(config, "idp-certificate-authority", effects),
  };
}

/** What kubectl tells an exec program about the cluster. */
function describeCluster(server: string, ca: string | undefined, cluster: z.infer<typeof Cluster>) {
  const config = cluster.extensions?.find(({ name }) => name === "client.authentication.k8s.io/exec");
  return {
    server,
    "tls-server-name": cluster["tls-server-name"],
    "certificate-authority-data": ca === undefined ? undefined : Buffer.from(ca).toString("base64"),
    "proxy-url": cluster["proxy-url"],
    config: config?.extension ?? null,
  };
}

async function readServiceAccount({ environment, readText }: ReadEffects): Promise<KubeConfig> {
  const host = environment["KUBERNETES_SERVICE_HOST"] ?? "";
  const port = environment["KUBERNETES_SERVICE_PORT"] ?? "";
  const missing = (cause?: unknown) =>
    new ActionError("INPUT_INVALID", "input kubeconfig: in-cluster, but this runner is not in a pod", {
      cause,
      hint: "Run the job in a pod with a ServiceAccount token, or use the content of a kubeconfig.",
    });
  if (host === "" || port === "") throw missing();
  const file = `${SERVICE_ACCOUNT}/token`;
  try {
    await readText(file);
    return {
      server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`,
      ca: await readText(`${SERVICE_ACCOUNT}/ca.crt`),
      tlsServerName: undefined,
      proxyUrl: undefined,
      isInCluster: true,
      user: { kind: "token-file", file },
    };
  } catch (error) {
    throw missing(error);
  }
}

/** Reads the PEM text that a key and its variant `KEY-data` stand for. The latter has precedence. */
async function readPem(
  section: Readonly<Record<string, unknown>>,
  key: string,
  { readText }: ReadEffects,
): Promise<string | undefined> {
  const data = section[`${key}-data`];
  const file = section[key];
  let pem: string;
  if (typeof data === "string" && data !== "") pem = Buffer.from(data, "base64").toString("utf8");
  else if (typeof file === "string" && file !== "") {
    try {
      pem = await readText(checkPath(file, ` ${key}`));
    } catch (error) {
      if (error instanceof ActionError) throw error;
      throw invalid(`: the file of ${key} cannot be read: ${JSON.stringify(file)}`, FLATTEN);
    }
  } else return undefined;
  if (!pem.includes("-----BEGIN ")) throw invalid(`: ${key} is not PEM in Base64`, FLATTEN);
  return pem;
}

function checkPath(path: string, what: string): string {
  if (isAbsolute(path)) return path;
  const value = JSON.stringify(path.slice(0, 200));
  throw invalid(`${what} is a relative path, ${value}`, `A checkout could supply that file. ${FLATTEN}`);
}

function invalid(why: string, hint: string): ActionError {
  return new ActionError(
    "INPUT_INVALID",
    `input kubeconfig${/^[,:]/.test(why) ? "" : " "}${why.trimStart()}`,
    {
      hint,
    },
  );
}
