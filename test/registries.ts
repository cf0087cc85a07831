import { sign } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";

import type { Certificate } from "./certificates.js";
import { findFreePort, registryEnv, type RegistryOptions, type Service, startService } from "./testbed.js";

/** The registries that script/testbed/registry-programs has built. */
export const DISTRIBUTION = resolve(".testbed/registries/distribution");
const GO_CONTAINERREGISTRY = resolve(".testbed/registries/go-containerregistry");

/** A registry that asks for tokens of the service at `realm`, certified by the authority in that file. */
export async function startTokenRegistry(
  folder: string,
  { realm, authorityFile }: { readonly realm: string; readonly authorityFile: string },
  options: RegistryOptions = {},
): Promise<Service & { readonly host: string }> {
  const port = await findFreePort();
  mkdirSync(folder, { recursive: true });
  const args = ["run-token", folder, String(port), realm, authorityFile];
  const service = await startService("script/testbed/registry", args, port, registryEnv(options));
  return { ...service, host: `127.0.0.1:${port}` };
}

/** go-containerregistry's registry, which has no authentication. */
export async function startOpenRegistry(): Promise<Service & { readonly host: string }> {
  const port = await findFreePort();
  const service = await startService(GO_CONTAINERREGISTRY, ["-port", String(port)], port);
  return { ...service, host: `127.0.0.1:${port}` };
}

/** A server on loopback, on a free port. */
export async function listen(answer: RequestListener): Promise<Server & { readonly host: string }> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return Object.assign(server, { host: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** A token service for the registry of `startTokenRegistry`, with the account deployer, secret. */
export async function startTokenService({
  key,
  cert,
}: Pick<Certificate, "key" | "cert">): Promise<
  { readonly realm: string; readonly asked: string[] } & Service
> {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const asked: string[] = [];
  const basic = `Basic ${Buffer.from("deployer:secret").toString("base64")}`;
  const service = await listen((request, response) => {
    const query = new URL(request.url ?? "", "http://x").searchParams;
    asked.push(query.get("scope") ?? "");
    if (request.headers.authorization !== basic || query.get("service") !== "test") {
      response.writeHead(401).end();
      return;
    }
    const nowS = Math.floor(Date.now() / 1000);
    const [type, name, actions = ""] = asked.at(-1)?.split(":") ?? [];
    // The first token is only good for reading, as where a token service loses a part of the scope.
    const allowed = asked.length === 1 ? ["pull"] : actions.split(",");
    const x5c = [cert.replace(/-----[A-Z ]+-----|\s/g, "")];
    const claims = { iss: "test", aud: "test", sub: "deployer", nbf: nowS - 10, exp: nowS + 300, jti: "1" };
    const text = [
      encode({ typ: "JWT", alg: "ES256", x5c }),
      encode({ ...claims, access: [{ type, name, actions: allowed }] }),
    ].join(".");
    const signature = sign("sha256", Buffer.from(text), { key, dsaEncoding: "ieee-p1363" });
    response.end(JSON.stringify({ token: `${text}.${signature.toString("base64url")}`, expires_in: 300 }));
  });
  const stop = async () => {
    service.close();
    await once(service, "close");
  };
  return { realm: `http://${service.host}/token`, asked, stop };
}
