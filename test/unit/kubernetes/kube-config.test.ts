import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";

import { ActionError } from "../../../src/errors/action-error.js";
import { readKubeConfig } from "../../../src/kubernetes/kube-config.js";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
const BASE64 = Buffer.from(PEM).toString("base64");
const SECRET = "s3cr3t-t0ken";
const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

function render(user: object, cluster: object = {}): string {
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "ci",
    contexts: [{ name: "ci", context: { cluster: "prod", user: "robot" } }],
    clusters: [
      {
        name: "prod",
        cluster: {
          server: "https://k8s.example.org:6443/",
          "certificate-authority-data": BASE64,
          ...cluster,
        },
      },
    ],
    users: [{ name: "robot", user }],
  });
}

interface World {
  readonly files?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string>>;
}

function read(input: string, { files = {}, environment = {} }: World = {}) {
  return readKubeConfig(input, {
    environment,
    readText: (file) => {
      const text = files[file];
      return text === undefined ? Promise.reject(new Error(`no file ${file}`)) : Promise.resolve(text);
    },
  });
}

async function fail(input: string): Promise<ActionError> {
  const error: unknown = await read(input).catch((thrown: unknown) => thrown);
  if (!(error instanceof ActionError)) throw new Error("the kubeconfig was accepted", { cause: error });
  return error;
}

describe("a kubeconfig", () => {
  it("gives the server and the user of its current context", async () => {
    expect(await read(render({ token: SECRET }, { "tls-server-name": "kubernetes" }))).toEqual({
      server: "https://k8s.example.org:6443",
      ca: PEM,
      tlsServerName: "kubernetes",
      proxyUrl: undefined,
      isInCluster: false,
      user: { kind: "token", token: SECRET },
    });
  });

  it("can have its authority in a file", async () => {
    const text = render(
      { token: SECRET },
      { "certificate-authority-data": "", "certificate-authority": "/ca" },
    );
    const { ca } = await read(text, { files: { "/ca": PEM } });
    expect(ca).toBe(PEM);
  });

  it.each([
    [{ tokenFile: "/token" }, { kind: "token-file", file: "/token" }],
    [
      { "client-certificate-data": BASE64, "client-key-data": BASE64 },
      { kind: "certificate", cert: PEM, key: PEM },
    ],
    [
      {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1",
          command: "aws",
          args: ["eks", "get-token"],
          env: [{ name: "AWS_PROFILE", value: "ci" }],
          interactiveMode: "IfAvailable",
        },
      },
      {
        kind: "exec",
        apiVersion: "client.authentication.k8s.io/v1",
        command: "aws",
        args: ["eks", "get-token"],
        env: { AWS_PROFILE: "ci" },
        cluster: undefined,
      },
    ],
    [
      {
        exec: {
          apiVersion: "client.authentication.k8s.io/v1beta1",
          command: "/opt/plugin",
          args: null,
          env: null,
          provideClusterInfo: true,
        },
      },
      {
        kind: "exec",
        apiVersion: "client.authentication.k8s.io/v1beta1",
        command: "/opt/plugin",
        args: [],
        env: {},
        cluster: {
          server: "https://k8s.example.org:6443",
          "certificate-authority-data": BASE64,
          config: null,
        },
      },
    ],
    [
      {
        "auth-provider": {
          name: "oidc",
          config: {
            "idp-issuer-url": "https://id.example.org",
            "client-id": "ci",
            "id-token": "a.b.c",
            "refresh-token": "again",
          },
        },
      },
      {
        kind: "oidc",
        idToken: "a.b.c",
        refreshToken: "again",
        issuerUrl: "https://id.example.org",
        clientId: "ci",
        clientSecret: undefined,
        ca: undefined,
      },
    ],
  ])("authenticates as kubectl does (%#)", async (user, expected) => {
    expect((await read(render(user))).user).toEqual(expected);
  });

  it("can be that of the pod that runs the job", async () => {
    const files = { [`${SERVICE_ACCOUNT}/token`]: SECRET, [`${SERVICE_ACCOUNT}/ca.crt`]: PEM };
    const environment = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
    expect(await read("in-cluster", { files, environment })).toEqual({
      server: "https://[fd00::1]:443",
      ca: PEM,
      tlsServerName: undefined,
      proxyUrl: undefined,
      isInCluster: true,
      user: { kind: "token-file", file: `${SERVICE_ACCOUNT}/token` },
    });
    await expect(read("in-cluster", { files })).rejects.toThrow("this runner is not in a pod");
    await expect(read("in-cluster", { environment })).rejects.toThrow("this runner is not in a pod");
  });

  const EXEC = { apiVersion: "client.authentication.k8s.io/v1", command: "plugin" };
  it.each([
    ["@kubeconfig", "is the name of a file"],
    ["/home/me/.kube/config", "is neither the content of a kubeconfig nor in-cluster"],
    ["a: b: c", "is not YAML"],
    ["{}", "has no valid current-context"],
    ["[]", "has no valid content"],
    [render({ token: SECRET }).replace("current-context: ci", "current-context: cd"), 'has no context "cd"'],
    [render({ token: SECRET }).replace("cluster: prod", "cluster: test"), 'has no cluster "test"'],
    [render({ token: SECRET }).replace("user: robot", "user: human"), 'has no user "human"'],
    [
      render({ token: SECRET }, { "insecure-skip-tls-verify": true }),
      'input kubeconfig, cluster "prod": insecure-skip-tls-verify is refused',
    ],
    [
      render({ token: SECRET }, { "insecure-skip-tls-verify": "true" }),
      "insecure-skip-tls-verify is refused",
    ],
    [render({ token: SECRET }, { server: "http://k8s.example.org" }), "is not an HTTPS URL"],
    [render({ token: SECRET }, { server: `https://me:${SECRET}@k8s.example.org` }), "is not an HTTPS URL"],
    [
      render({ token: SECRET }, { "certificate-authority-data": SECRET }),
      "certificate-authority is not PEM in Base64",
    ],
    [
      render({ token: SECRET }, { "certificate-authority-data": "", "certificate-authority": "ca.crt" }),
      'certificate-authority is a relative path, "ca.crt"',
    ],
    [
      render({ token: SECRET }, { "certificate-authority-data": "", "certificate-authority": "/ca.crt" }),
      'the file of certificate-authority cannot be read: "/ca.crt"',
    ],
    [render({}), 'user "robot": has no token, exec, oidc provider or client certificate'],
    [render({ username: "admin", password: SECRET }), "has no token, exec, oidc provider"],
    [render({ token: SECRET, "as-groups": ["system:masters"] }), "as-groups is not supported"],
    [render({ tokenFile: "token" }), 'tokenFile is a relative path, "token"'],
    [render({ exec: { ...EXEC, command: "./plugin" } }), 'exec.command is a relative path, "./plugin"'],
    [render({ exec: { ...EXEC, apiVersion: "v1" } }), 'the apiVersion "v1" of exec is not supported'],
    [render({ exec: { ...EXEC, interactiveMode: "Always" } }), "its exec program needs a terminal"],
    [render({ "auth-provider": { name: "gcp", config: {} } }), 'the auth-provider "gcp" is not supported'],
    [render({ "auth-provider": { name: "oidc", config: {} } }), "oidc has no idp-issuer-url"],
  ])("is refused, and says why (%#)", async (text, said) => {
    const { code, message, hint } = await fail(text);
    expect({ code, message }).toEqual({
      code: "INPUT_INVALID",
      message: expect.stringContaining(said),
    });
    expect(message).toMatch(/^input kubeconfig/);
    expect(hint).not.toBe("");
    expect(message + hint).not.toContain(SECRET);
  });

  it("is refused with a code, whatever it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (text) => {
        expect((await fail(text)).code).toBe("INPUT_INVALID");
      }),
    );
  });
});
