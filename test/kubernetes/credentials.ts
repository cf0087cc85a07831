import { execFileSync } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { makeTemporaryFolder } from "../runner.js";
import type { Service } from "../testbed.js";

const CLUSTER = join(process.env["TMPDIR"] ?? "", "kube");

/** A certificate and its key, as PEM. */
interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** A certificate of the authority that the suite's cluster trusts for clients and for its OIDC issuer. */
export function signCertificate(subject: string, extension = "extendedKeyUsage=clientAuth"): Certificate {
  const folder = makeTemporaryFolder("certificate");
  const at = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  openssl(
    ...["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", subject],
    ...["-keyout", at("key.pem"), "-out", at("request.pem")],
  );
  writeFileSync(at("extension"), extension);
  openssl(
    ...["x509", "-req", "-in", at("request.pem"), "-out", at("cert.pem"), "-days", "1", "-CAcreateserial"],
    ...["-CA", join(CLUSTER, "ca.crt"), "-CAkey", join(CLUSTER, "ca.key"), "-CAserial", at("serial")],
    ...["-extfile", at("extension")],
  );
  return { cert: readFileSync(at("cert.pem"), "utf8"), key: readFileSync(at("key.pem"), "utf8") };
}

/** The OpenID Connect issuer of the suite's cluster. */
export interface OidcIssuer extends Service {
  readonly url: string;
  /** The authority of its certificate, as PEM. */
  readonly ca: string;
  readonly clientId: string;
  /** An ID token for the user `oidc:SUBJECT`. */
  readonly createToken: (subject: string, lifetimeSeconds: number) => string;
  /** The bodies of all requests for tokens. */
  readonly requests: readonly URLSearchParams[];
}

/**
 * Starts the issuer, which gives a new ID token for the subject that the refresh token `refresh SUBJECT`
 * names. The API server asks for its keys every ten seconds until it answers.
 */
export async function startIssuer(): Promise<OidcIssuer> {
  const url = "https://127.0.0.1:6444";
  const clientId = "cross-build";
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const requests: URLSearchParams[] = [];
  const createToken = (sub: string, lifetimeSeconds: number) => {
    const iat = Math.floor(Date.now() / 1000) + Math.min(0, lifetimeSeconds - 60);
    const exp = Math.floor(Date.now() / 1000) + lifetimeSeconds;
    const content = [
      { alg: "RS256", kid: "test" },
      { iss: url, aud: clientId, sub, iat, exp },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
      .join(".");
    return `${content}.${sign("sha256", Buffer.from(content), privateKey).toString("base64url")}`;
  };
  const documents: Readonly<Record<string, object>> = {
    "/.well-known/openid-configuration": {
      issuer: url,
      jwks_uri: `${url}/keys`,
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      response_types_supported: ["code"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
    },
    "/keys": { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "test", alg: "RS256", use: "sig" }] },
  };
  const server = createServer(signCertificate("/CN=issuer", "subjectAltName=IP:127.0.0.1"));
  server.on("request", (request, response) => {
    void text(request).then((body) => {
      const json = (status: number, value: object) =>
        response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
      const document = documents[request.url ?? ""];
      if (document !== undefined) return json(200, document);
      const form = new URLSearchParams(body);
      requests.push(form);
      const [, subject] = /^refresh (\w+)$/.exec(form.get("refresh_token") ?? "") ?? [];
      if (request.url !== "/token" || form.get("grant_type") !== "refresh_token" || subject === undefined)
        return json(400, { error: "invalid_grant" });
      return json(200, {
        access_token: "unused",
        token_type: "Bearer",
        id_token: createToken(subject, 600),
        refresh_token: "the next one",
      });
    });
  });
  await once(server.listen(6444, "127.0.0.1"), "listening");
  return {
    url,
    ca: readFileSync(join(CLUSTER, "ca.crt"), "utf8"),
    clientId,
    createToken,
    requests,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
