import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { readKubeConfig } from "../../src/kubernetes/kube-config.js";
import { openKubernetesPool } from "../../src/kubernetes/pool.js";
import { systemClock } from "../../src/platform/clock.js";
import { createRunCommand } from "../../src/platform/command.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { createSilentLog } from "../silent-log.js";
import { createNamespace, kubectl } from "./cluster.js";
import { signCertificate, startIssuer } from "./credentials.js";
import { renderKubeconfig } from "./use-pool.js";

const NAMESPACE = "access";
const kube = (...args: string[]) => kubectl(["--namespace", NAMESPACE, ...args]);

beforeAll(() => {
  createNamespace(NAMESPACE, "restricted");
}, 60_000);
afterAll(() => {
  removeTemporaryFolders();
});

type Rule = readonly [verb: string, resource: string];
/** The rights of the Role in deploy/chart/templates/rbac.yaml. */
const RULES: readonly Rule[] = [
  ["get", "pods"],
  ["list", "pods"],
  ["watch", "pods"],
  ["get", "pods/portforward"],
  ["create", "pods/portforward"],
  ["get", "configmaps"],
];

/** Makes a ServiceAccount with these rights. Returns a token for it. */
function createAccount(name: string, rules: readonly Rule[]): string {
  kube("create", "serviceaccount", name);
  grant(name, { kind: "ServiceAccount", name, namespace: NAMESPACE }, rules);
  return kube("create", "token", name).trim();
}

/** Gives a subject a Role with these rights. */
function grant(name: string, subject: object, rules: readonly Rule[]): void {
  const metadata = { name, namespace: NAMESPACE };
  const items = [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata,
      rules: rules.map(([verb, resource]) => ({
        apiGroups: [""],
        resources: [resource],
        verbs: [verb],
        ...(resource === "configmaps" && { resourceNames: ["builders-host-keys"] }),
      })),
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name },
      subjects: [subject],
    },
  ];
  kubectl(["apply", "--validate=false", "-f", "-"], {
    input: JSON.stringify({ apiVersion: "v1", kind: "List", items }),
  });
}

const asUser = (name: string) => ({ kind: "User", name, apiGroup: "rbac.authorization.k8s.io" });
const encode = (text: string) => Buffer.from(text).toString("base64");

/** Why the pool cannot be used by this kubeconfig: it has no pods. */
async function explain(kubeconfig: string) {
  const readText = (file: string) => readFile(file, "utf8");
  const ledger = { started: () => undefined, ended: () => undefined };
  const pool = openKubernetesPool(
    {
      pool: { namespace: NAMESPACE, name: "builders" },
      kubeConfig: await readKubeConfig(kubeconfig, { environment: {}, readText }),
      sshKey: { privateKey: "", publicKey: "" },
      timeoutMs: 30_000,
    },
    {
      nonce: "test",
      runFolder: makeTemporaryFolder("run"),
      program: ["node"],
      environment: {},
      run: createRunCommand(new AbortController().signal, ledger),
      readText,
      clock: systemClock,
      log: createSilentLog(),
    },
  );
  const [found] = await pool.discover({ kind: "key", privateKey: "" });
  const { code, message } = found?.refusal ?? {};
  return { code, message };
}

const NO_PODS = { code: "BUILDER_UNREACHABLE", message: "the pool has no pods" };

describe("a pool in a cluster", () => {
  it("can be listed with the rights of the chart's Role, and no others", async () => {
    const token = createAccount("all", RULES);
    expect(await explain(renderKubeconfig({ token }))).toEqual(NO_PODS);
  }, 60_000);

  it.each(RULES)(
    "cannot be used without the right to %s %s, and names it",
    async (verb, resource) => {
      const name = `not-${verb}-${resource.replace("/", "-")}`;
      const rules = RULES.filter((rule) => rule[0] !== verb || rule[1] !== resource);
      const what = resource === "configmaps" ? `${resource} builders-host-keys` : resource;
      expect(await explain(renderKubeconfig({ token: createAccount(name, rules) }))).toEqual({
        code: "BUILDER_DENIED",
        message: `the user of kubeconfig may not ${verb} ${what} in the namespace access`,
      });
    },
    60_000,
  );

  it("can be listed with the token of an exec plugin", async () => {
    const token = createAccount("plugin", RULES);
    const folder = join(makeTemporaryFolder("plugin"), "bin");
    mkdirSync(folder);
    const answer = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token },
    };
    writeFileSync(join(folder, "answer"), JSON.stringify(answer));
    writeFileSync(join(folder, "plugin"), `#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > "$1.info"\ncat "$1"\n`);
    chmodSync(join(folder, "plugin"), 0o755);
    const exec = {
      apiVersion: answer.apiVersion,
      command: join(folder, "plugin"),
      args: [join(folder, "answer")],
      provideClusterInfo: true,
    };
    expect(await explain(renderKubeconfig({ exec }))).toEqual(NO_PODS);
    expect(JSON.parse(readFileSync(join(folder, "answer.info"), "utf8"))).toMatchObject({
      spec: { cluster: { server: "https://127.0.0.1:6443" } },
    });
  }, 60_000);

  it("can be listed with a client certificate, and only with its rights", async () => {
    grant("certificate", asUser("certificate"), RULES);
    const explainAs = (name: string) => {
      const { cert, key } = signCertificate(`/CN=${name}`);
      const user = { "client-certificate-data": encode(cert), "client-key-data": encode(key) };
      return explain(renderKubeconfig(user));
    };
    expect(await explainAs("certificate")).toEqual(NO_PODS);
    expect(await explainAs("somebody")).toMatchObject({ code: "BUILDER_DENIED" });
  }, 60_000);

  it("can be listed with an ID token, which is renewed at its issuer when it has expired", async () => {
    grant("oidc", asUser("oidc:ci"), RULES);
    const issuer = await startIssuer();
    try {
      const login = (lifetimeSeconds: number, refreshToken: string) => ({
        "auth-provider": {
          name: "oidc",
          config: {
            "idp-issuer-url": issuer.url,
            "idp-certificate-authority-data": encode(issuer.ca),
            "client-id": issuer.clientId,
            "client-secret": "hush",
            "id-token": issuer.createToken("ci", lifetimeSeconds),
            "refresh-token": refreshToken,
          },
        },
      });
      // The API server may not have asked for the issuer's keys yet.
      const end = Date.now() + 30_000;
      const tryValid = () => explain(renderKubeconfig(login(600, "")));
      while (Date.now() < end && (await tryValid()).code === "BUILDER_DENIED") await sleep(500);
      expect(await tryValid()).toEqual(NO_PODS);
      expect(issuer.requests).toEqual([]);
      expect(await explain(renderKubeconfig(login(-60, "refresh ci")))).toEqual(NO_PODS);
      expect(issuer.requests.map((request) => Object.fromEntries(request))).toEqual([
        expect.objectContaining({ grant_type: "refresh_token", client_secret: "hush" }),
      ]);
      const { code, message } = await explain(renderKubeconfig(login(-60, "revoked")));
      expect(code).toBe("BUILDER_DENIED");
      expect(message).toContain("https://127.0.0.1:6444 gave no new ID token");
    } finally {
      await issuer.stop();
    }
  }, 60_000);

  it("cannot be used with a token that was revoked", async () => {
    const token = createAccount("revoked", RULES);
    kube("delete", "serviceaccount", "revoked");
    expect(await explain(renderKubeconfig({ token }))).toEqual({
      code: "BUILDER_DENIED",
      message: "the API server 127.0.0.1:6443 does not accept the credentials of kubeconfig: Unauthorized",
    });
  }, 60_000);

  it("cannot be used through a server whose certificate the kubeconfig does not have", async () => {
    const user = { token: "unused" };
    const other = { "certificate-authority-data": "" };
    const { code, message } = await explain(renderKubeconfig(user, other));
    expect({ code, message }).toEqual({
      code: "BUILDER_UNREACHABLE",
      message: expect.stringContaining("the certificate of the API server 127.0.0.1:6443 cannot be verified"),
    });
  }, 60_000);

  it("cannot be used while no API server answers", async () => {
    expect(
      await explain(renderKubeconfig({ token: "unused" }, { server: "https://127.0.0.1:6442" })),
    ).toMatchObject({
      code: "BUILDER_UNREACHABLE",
      message: expect.stringContaining("the API server 127.0.0.1:6442 cannot be reached"),
    });
  }, 60_000);
});
