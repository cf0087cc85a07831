import { type ChildProcess, spawn } from "node:child_process";
import { sign } from "node:crypto";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import type { Service } from "../testbed.js";
import { kubectl } from "./cluster.js";
import { enterCluster, findApiServer } from "./node.js";
import type { UsablePool } from "./use-pool.js";

/** One more API server of the suite's cluster, so that a test can kill it while others use the first one. */
export interface ApiServer extends Service {
  readonly url: string;
  /** Starts it, and waits until it answers. */
  readonly start: () => Promise<void>;
  readonly kill: () => Promise<void>;
}

const PORT = 6445;
/** The API server takes tokens a minute longer. */
const LEEWAY_S = 60;

export function createApiServer(): ApiServer {
  const url = `https://127.0.0.1:${PORT}`;
  let child: ChildProcess | undefined;
  const isReady = () => {
    try {
      return kubectl(["--server", url, "get", "--raw", "/readyz"]) === "ok";
    } catch {
      return false;
    }
  };
  const kill = async () => {
    if (child?.kill("SIGKILL") === true) await once(child, "exit");
    child = undefined;
  };
  return {
    url,
    start: async () => {
      const log = openSync(join(process.env["TMPDIR"] ?? "", "kube/log/apiserver-2"), "a");
      const command = [...findApiServer().args, "--secure-port", String(PORT)];
      child = spawn("nsenter", [...enterCluster(), ...command], { stdio: ["ignore", log, log] });
      while (!isReady()) {
        if (child.exitCode !== null) throw new Error("the API server has ended: see its log");
        await sleep(200);
      }
    },
    kill,
    stop: kill,
  };
}

/** Signs a token for a ServiceAccount, as the API server would, that ends in so many seconds. */
export function signToken({ namespace, kube }: UsablePool, account: string, seconds: number): string {
  const uid = kube("get", "serviceaccount", account, "--output=jsonpath={.metadata.uid}");
  const nowS = Math.floor(Date.now() / 1000);
  const claims = {
    iss: "https://127.0.0.1:6443",
    aud: ["https://127.0.0.1:6443"],
    sub: `system:serviceaccount:${namespace}:${account}`,
    iat: nowS - LEEWAY_S,
    nbf: nowS - LEEWAY_S,
    exp: nowS + seconds - LEEWAY_S,
    "kubernetes.io": { namespace, serviceaccount: { name: account, uid } },
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const content = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  const key = readFileSync(join(process.env["TMPDIR"] ?? "", "kube/service-accounts.key"));
  return `${content}.${sign("RSA-SHA256", Buffer.from(content), key).toString("base64url")}`;
}
