import { describe, expect, it } from "@jest/globals";

import { ActionError } from "../../../src/errors/action-error.js";
import { createGetCredential } from "../../../src/kubernetes/credential.js";
import type { KubeUser } from "../../../src/kubernetes/kube-config.js";
import type { CommandOptions } from "../../../src/platform/command.js";
import { FakeClock } from "../../fake-clock.js";

const PLUGIN: KubeUser = {
  kind: "exec",
  apiVersion: "client.authentication.k8s.io/v1",
  command: "plugin",
  args: ["--ci"],
  env: { REGION: "eu" },
  cluster: { server: "https://k8s.example.org" },
};

function createWorld(user: KubeUser, answers: readonly (string | Error)[] = []) {
  const clock = new FakeClock(Date.parse("2030-01-01T00:00:00Z"));
  const calls: { readonly tool: string; readonly args: readonly string[]; readonly env: unknown }[] = [];
  const masked: string[] = [];
  const files: Record<string, string> = {};
  const get = createGetCredential(
    { user },
    {
      run: (tool: string, args: readonly string[], { env }: CommandOptions) => {
        calls.push({ tool, args, env });
        const answer = answers[calls.length - 1] ?? new Error("not expected");
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ exitCode: 0, stdout: answer, stderr: "" });
      },
      clock,
      readText: (file) => Promise.resolve(files[file] ?? ""),
      mask: (secret) => masked.push(secret),
    },
  );
  return { get, clock, calls, masked, files };
}

const renderCredential = (status: object) => JSON.stringify({ kind: "ExecCredential", status });

describe("a credential", () => {
  it("comes from an exec plugin, which is asked again shortly before its token expires", async () => {
    const { get, clock, calls, masked } = createWorld(PLUGIN, [
      renderCredential({ token: "first", expirationTimestamp: "2030-01-01T00:15:00Z" }),
      renderCredential({ token: "second" }),
    ]);
    expect(await get()).toEqual({ token: "first" });
    await clock.advance(13 * 60_000);
    expect(await get()).toEqual({ token: "first" });
    await clock.advance(60_000);
    expect(await get()).toEqual({ token: "second" });
    await clock.advance(24 * 3_600_000);
    expect(await get()).toEqual({ token: "second" });
    expect(calls).toHaveLength(2);
    expect(calls[0]).toMatchObject({ tool: "plugin", args: ["--ci"], env: { REGION: "eu" } });
    const { KUBERNETES_EXEC_INFO: info } = calls[0]?.env as { KUBERNETES_EXEC_INFO: string };
    expect(JSON.parse(info)).toEqual({
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: "https://k8s.example.org" } },
    });
    expect(masked).toEqual(["first", "second"]);
  });

  it("can be a client certificate", async () => {
    const status = { clientCertificateData: "cert", clientKeyData: "key" };
    expect(await createWorld(PLUGIN, [renderCredential(status)]).get()).toEqual({ cert: "cert", key: "key" });
  });

  it.each([
    [renderCredential({}), "the exec program of kubeconfig, plugin, printed no ExecCredential"],
    ["s3cr3t", "the exec program of kubeconfig, plugin, printed no ExecCredential"],
    [
      new ActionError("COMMAND_MISSING", "there is no program plugin", { hint: "Install it." }),
      "the exec program of kubeconfig failed: there is no program plugin",
    ],
  ])("that a plugin does not give is an error (%#)", async (answer, said) => {
    const { get } = createWorld(PLUGIN, [answer, renderCredential({ token: "later" })]);
    await expect(get()).rejects.toMatchObject({
      code: "BUILDER_DENIED",
      message: expect.stringContaining(said),
    });
    // The next one may succeed.
    expect(await get()).toEqual({ token: "later" });
  });

  it("is read from its file again and again", async () => {
    const { get, files } = createWorld({ kind: "token-file", file: "/token" });
    files["/token"] = "one\n";
    expect(await get()).toEqual({ token: "one" });
    files["/token"] = "two\n";
    expect(await get()).toEqual({ token: "two" });
  });

  it("is an ID token until that expires", async () => {
    const payload = Buffer.from(JSON.stringify({ exp: Date.parse("2030-01-01T01:00:00Z") / 1000 }));
    const idToken = `e30.${payload.toString("base64url")}.x`;
    const { get, clock } = createWorld({
      kind: "oidc",
      idToken,
      refreshToken: undefined,
      issuerUrl: "https://id.example.org",
      clientId: "ci",
      clientSecret: undefined,
      ca: undefined,
    });
    expect(await get()).toEqual({ token: idToken });
    await clock.advance(3_600_000);
    await expect(get()).rejects.toMatchObject({
      code: "BUILDER_DENIED",
      message: "the ID token of kubeconfig has expired, and there is no refresh-token",
    });
  });
});
