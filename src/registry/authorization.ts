import * as z from "zod";

import { ActionError } from "../errors/action-error.js";

/** `password` of an identity token is the token, which some registries issue in place of a password. */
export type Credentials =
  | {
      readonly kind: "password";
      readonly username: string;
      readonly password: string;
      /** Send it to the registry's own host alone, not even to a token service that the registry names. */
      readonly staysOnHost?: boolean;
    }
  | { readonly kind: "identity-token"; readonly password: string };

/** The authentication that a registry requires. @see RFC 9110, section 11.6.1 */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service: string | undefined };

/** Parses a `WWW-Authenticate` header. Prefers Bearer to Basic; undefined if it has neither. Never throws. */
export function tryParseChallenge(header: string): Challenge | undefined {
  const bearer = /(?:^|,)\s*bearer\s(.*)/is.exec(header)?.[1];
  if (bearer !== undefined) {
    const parameters = new Map(
      [...bearer.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [
        name.toLowerCase(),
        value,
      ]),
    );
    const realm = parameters.get("realm");
    if (realm !== undefined) return { scheme: "bearer", realm, service: parameters.get("service") };
  }
  return /(?:^|,)\s*basic(?:\s|$)/i.test(header) ? { scheme: "basic" } : undefined;
}

/** The value of an `Authorization` header for Basic authentication. @see RFC 7617 */
export function renderBasic({ username, password }: Extract<Credentials, { kind: "password" }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/**
 * The URL that issues a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
export function renderTokenUrl(
  realm: URL,
  { service }: { readonly service: string | undefined },
  scopes: readonly string[],
): URL {
  const url = new URL(realm);
  if (service !== undefined) url.searchParams.set("service", service);
  for (const scope of scopes) url.searchParams.append("scope", scope);
  return url;
}

/**
 * The form that exchanges an identity token for a token with the given scopes.
 * @see https://distribution.github.io/distribution/spec/auth/oauth/
 */
export function renderRefreshForm(
  { service = "" }: { readonly service: string | undefined },
  scopes: readonly string[],
  identityToken: string,
): string {
  return new URLSearchParams({
    grant_type: "refresh_token",
    client_id: "cross-build",
    service,
    scope: scopes.join(" "),
    refresh_token: identityToken,
  }).toString();
}

/** The characters that RFC 6750 allows in an `Authorization` header. */
const TOKEN = z.string().regex(/^[A-Za-z0-9._~+/=-]+$/);
/** The specification allows either name for the token. */
const ANSWER = z.object({
  token: TOKEN.optional(),
  access_token: TOKEN.optional(),
  expires_in: z.number().optional().catch(undefined),
});
/** The lifetime of a token whose service names none, and the shortest that the specification allows. */
const MIN_LIFETIME_S = 60;

/** The token in a token service's answer, and its lifetime. Throws `REGISTRY_DENIED` if it has none. */
export function parseTokenAnswer(
  body: Uint8Array,
  registry: string,
): { readonly token: string; readonly lifetimeMs: number } {
  try {
    const answer = ANSWER.parse(JSON.parse(Buffer.from(body).toString()));
    const token = answer.token ?? answer.access_token;
    const lifetimeMs = Math.max(answer.expires_in ?? 0, MIN_LIFETIME_S) * 1000;
    if (token !== undefined) return { token, lifetimeMs };
  } catch {
    // Do not show the parser's message: it may contain part of a token.
  }
  throw new ActionError("REGISTRY_DENIED", `the token service of ${registry} returned no valid token`, {
    hint: "Check registry-username and registry-password, and that the account may push to this repository.",
  });
}
