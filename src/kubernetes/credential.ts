import type { CustomFetch } from "openid-client";
import { z } from "zod";

import { ActionError, renderError } from "../errors/action-error.js";
import type { Clock } from "../platform/clock.js";
import type { RunCommand } from "../platform/command.js";
import type { ExecUser, KubeConfig, KubeUser, OidcUser } from "./kube-config.js";

/** What a request to the API server is sent with. */
export interface Credential {
  readonly token?: string | undefined;
  /** A client certificate and its key, as PEM. */
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

export interface CredentialEffects {
  readonly run: RunCommand;
  readonly clock: Clock;
  readonly readText: (file: string) => Promise<string>;
  /** Keeps a value out of logs. */
  readonly mask: (secret: string) => void;
}

/** Returns a credential that is valid now. Rejects with `BUILDER_DENIED` if there is none. */
export type GetCredential = () => Promise<Credential>;

interface Lease {
  readonly credential: Credential;
  /** Undefined: as long as the run. */
  readonly expiresAtMs: number | undefined;
}

/** Credentials are renewed so long before they end: the proxy command of ssh uses them a while longer. */
const MARGIN_MS = 60_000;
const EXEC_LIMIT_MS = 60_000;

/** Gets credentials as kubectl does, and keeps one until it expires. */
export function createGetCredential(
  { user }: Pick<KubeConfig, "user">,
  effects: CredentialEffects,
): GetCredential {
  let lease: Promise<Lease> | undefined;
  let renew = startingWith(user, effects);
  const isValid = ({ expiresAtMs }: Lease) =>
    expiresAtMs === undefined || effects.clock.nowMs() < expiresAtMs - MARGIN_MS;
  return async () => {
    const current = await lease?.catch(() => undefined);
    if (current !== undefined && isValid(current)) return current.credential;
    const started = renew().then(([next, following]) => {
      renew = following;
      const { token, key } = next.credential;
      if (token !== undefined) effects.mask(token);
      if (key !== undefined) effects.mask(key);
      return next;
    });
    lease = started;
    return (await started).credential;
  };
}

/** Returns a lease, and how to get the one after it. */
type Renew = () => Promise<readonly [Lease, Renew]>;

function startingWith(user: KubeUser, effects: CredentialEffects): Renew {
  const always = (credential: Credential): Renew => {
    const renew: Renew = () => Promise.resolve([{ credential, expiresAtMs: undefined }, renew]);
    return renew;
  };
  switch (user.kind) {
    case "token":
      return always({ token: user.token });
    case "certificate":
      return always({ cert: user.cert, key: user.key });
    case "token-file": {
      const renew: Renew = async () => {
        const token = (await effects.readText(user.file)).trim();
        return [{ credential: { token }, expiresAtMs: effects.clock.nowMs() }, renew];
      };
      return renew;
    }
    case "exec": {
      const renew: Renew = async () => [await runPlugin(user, effects), renew];
      return renew;
    }
    case "oidc":
      return renewIdToken(user, effects);
  }
}

const ExecCredential = z.object({
  status: z.object({
    token: z.string().optional(),
    clientCertificateData: z.string().optional(),
    clientKeyData: z.string().optional(),
    expirationTimestamp: z.string().optional(),
  }),
});

async function runPlugin(
  { command, args, env, apiVersion, cluster }: ExecUser,
  { run }: CredentialEffects,
): Promise<Lease> {
  const info = { apiVersion, kind: "ExecCredential", spec: { interactive: false, cluster } };
  const { stdout } = await run(command, args, {
    timeoutMs: EXEC_LIMIT_MS,
    env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
  }).catch((error: unknown) => {
    if (!(error instanceof ActionError) || error.code === "CANCELLED") throw error;
    throw denied(`the exec program of kubeconfig failed: ${renderError(error)}`, error.hint);
  });
  const status = parseExecCredential(stdout)?.status;
  if (status?.token === undefined && status?.clientCertificateData === undefined)
    // Never show what it printed.
    throw denied(`the exec program of kubeconfig, ${command}, printed no ExecCredential`, CHECK_LOGIN);
  const { token, clientCertificateData: cert, clientKeyData: key, expirationTimestamp = "" } = status;
  const expiresAtMs = Date.parse(expirationTimestamp);
  return {
    credential: { token, cert, key },
    expiresAtMs: Number.isNaN(expiresAtMs) ? undefined : expiresAtMs,
  };
}

function parseExecCredential(text: string) {
  try {
    return ExecCredential.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function renewIdToken(user: OidcUser, { clock }: Pick<CredentialEffects, "clock">): Renew {
  const { idToken, refreshToken } = user;
  const expiresAtMs = readExpiry(idToken);
  const lease = { credential: { token: idToken }, expiresAtMs };
  const refresh: Renew = async () => {
    if (refreshToken === undefined)
      throw denied("the ID token of kubeconfig has expired, and there is no refresh-token", CHECK_LOGIN);
    const next = await refreshIdToken(user, refreshToken);
    return renewIdToken(next, { clock })();
  };
  return () =>
    expiresAtMs !== undefined && clock.nowMs() >= expiresAtMs - MARGIN_MS
      ? refresh()
      : Promise.resolve([lease, refresh]);
}

/** @see OpenID Connect Core, section 12 */
async function refreshIdToken(user: OidcUser, refreshToken: string): Promise<OidcUser> {
  const [oidc, undici] = await Promise.all([import("openid-client"), import("undici")]);
  const dispatcher = new undici.EnvHttpProxyAgent(
    user.ca === undefined ? {} : { connect: { ca: user.ca }, requestTls: { ca: user.ca } },
  );
  const send = (url: string, options: object) => undici.fetch(url, { ...options, dispatcher });
  try {
    const configuration = await oidc.discovery(
      new URL(user.issuerUrl),
      user.clientId,
      user.clientSecret,
      undefined,
      { [oidc.customFetch]: send as unknown as CustomFetch },
    );
    const tokens = await oidc.refreshTokenGrant(configuration, refreshToken);
    if (tokens.id_token === undefined) throw new Error("the answer has no id_token");
    return { ...user, idToken: tokens.id_token, refreshToken: tokens.refresh_token ?? refreshToken };
  } catch (error) {
    throw denied(`${user.issuerUrl} gave no new ID token: ${renderError(error)}`, CHECK_LOGIN);
  } finally {
    await dispatcher.close();
  }
}

/** The end of a JSON Web Token. @see RFC 7519, section 4.1.4 */
function readExpiry(token: string): number | undefined {
  try {
    const payload = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as unknown;
    return z.object({ exp: z.number() }).parse(payload).exp * 1000;
  } catch {
    return undefined;
  }
}

const CHECK_LOGIN = "Check that the same kubeconfig works with kubectl, and make a new one.";

function denied(message: string, hint: string): ActionError {
  return new ActionError("BUILDER_DENIED", message, { hint });
}
