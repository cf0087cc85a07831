import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";

import { createRunCommand } from "../../../src/platform/command.js";
import { findCredentials } from "../../../src/registry/credentials.js";

let home: string;
let masked: string[];
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "home-"));
  masked = [];
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const run = createRunCommand(new AbortController().signal, {
  started: () => undefined,
  ended: () => undefined,
});

function find(name: string, config: unknown, file = ".docker/config.json", environment = {}) {
  const [registry = "", ...path] = name.split("/");
  const repository = path.length === 0 ? "team/app" : path.join("/");
  mkdirSync(join(home, file, ".."), { recursive: true });
  writeFileSync(join(home, file), typeof config === "string" ? config : JSON.stringify(config));
  const log = {
    info: () => undefined,
    mask: (secret: string) => masked.push(secret),
  };
  return findCredentials({ registry, repository }, { run, environment: { HOME: home, ...environment }, log });
}

/** Puts a credential helper with this shell script on PATH. */
function makeHelper(name: string, script: string): void {
  const file = join(home, `docker-credential-${name}`);
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  process.env["PATH"] = `${home}:${process.env["PATH"] ?? ""}`;
}

const AUTH = Buffer.from("user:pass:word").toString("base64");
const INVALID_FILE = "config.json is not a valid Docker or Podman configuration file";
const FOUND = { kind: "password", username: "user", password: "pass:word" };

describe("findCredentials", () => {
  it("reads the credentials of docker login, and masks the password", async () => {
    expect(await find("ghcr.io", { auths: { "ghcr.io": { auth: AUTH } } })).toEqual(FOUND);
    expect(masked).toEqual(["pass:word"]);
  });

  it.each([
    ["ghcr.io", "https://ghcr.io"],
    ["docker.io", "https://index.docker.io/v1/"],
    ["127.0.0.1:5000", "http://127.0.0.1:5000"],
    ["registry.gitlab.com", "https://registry.gitlab.com/v2/"],
  ])("finds %s under the name %s", async (registry, name) => {
    expect(await find(registry, { auths: { [name]: { auth: AUTH } } })).toEqual(FOUND);
  });

  it("reads Podman's file, and the files named by the environment", async () => {
    const config = { auths: { "quay.io": { auth: AUTH } } };
    expect(await find("quay.io", config, ".config/containers/auth.json")).toEqual(FOUND);
    expect(
      await find("quay.io", config, "other/config.json", { DOCKER_CONFIG: join(home, "other") }),
    ).toEqual(FOUND);
    expect(
      await find("quay.io", config, "auth.json", { REGISTRY_AUTH_FILE: join(home, "auth.json") }),
    ).toEqual(FOUND);
  });

  it.each([
    ["quay.io/team/app", "app"],
    ["quay.io/team/other", "team"],
    ["quay.io/another/app", "host"],
    ["quay.io/team-app", "host"],
  ])("finds for %s what Podman has stored for %s", async (name, password) => {
    const auth = (secret: string) => ({ auth: Buffer.from(`user:${secret}`).toString("base64") });
    const auths = {
      "quay.io": auth("host"),
      "quay.io/team": auth("team"),
      "quay.io/team/app": auth("app"),
    };
    expect(await find(name, { auths }, ".config/containers/auth.json")).toMatchObject({ password });
  });

  it("reads the name and password of a Kubernetes secret", async () => {
    const plain = { username: "user", password: "pass:word" };
    expect(await find("ghcr.io", { auths: { "ghcr.io": plain } })).toEqual(FOUND);
  });

  it("finds nothing for another registry or without credentials", async () => {
    expect(await find("evil.example.org", { auths: { "ghcr.io": { auth: AUTH } } })).toBeUndefined();
    expect(await find("ghcr.io", {})).toBeUndefined();
  });

  it("accepts an identity token", async () => {
    const config = { auths: { "r.azurecr.io": { auth: "", identitytoken: "token" } } };
    expect(await find("r.azurecr.io", config)).toEqual({ kind: "identity-token", password: "token" });
  });

  it("asks the registry's credential helper through standard input", async () => {
    makeHelper(
      "one",
      'read name || true; printf \'{"ServerURL":"%s","Username":"%s","Secret":"s"}\' "$name" "$name"',
    );
    expect(await find("ghcr.io", { credHelpers: { "ghcr.io": "one" } })).toEqual({
      kind: "password",
      username: "ghcr.io",
      password: "s",
    });
  });

  it("asks the credential store, which may have an identity token or nothing", async () => {
    makeHelper("two", 'read name || true; printf \'{"Username":"<token>","Secret":"%s"}\' "$name"');
    expect(await find("ghcr.io", { credsStore: "two" })).toMatchObject({ kind: "identity-token" });
    makeHelper("three", 'echo "credentials not found in native keychain"; exit 1');
    expect(await find("ghcr.io", { credsStore: "three" })).toBeUndefined();
  });

  it.each([
    ["a file that is not JSON", '{"auths": "c2VjcmV0', INVALID_FILE],
    ["a helper that fails", { credsStore: "four" }, "exit code 3"],
    ["a helper with a malformed answer", { credsStore: "five" }, "returned malformed credentials"],
    ["a path as the name of a helper", { credsStore: "../../evil" }, INVALID_FILE],
  ])("rejects %s, without showing its content", async (_, config, said) => {
    makeHelper("four", "echo c2VjcmV0; exit 3");
    makeHelper("five", "echo c2VjcmV0");
    await expect(find("ghcr.io", config)).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      message: expect.stringMatching(new RegExp(`^(?!.*c2VjcmV0).*${said}`)) as unknown,
    });
  });

  it("names a file that cannot be read", async () => {
    mkdirSync(join(home, ".docker/config.json"), { recursive: true });
    await expect(find("quay.io", {}, ".config/containers/auth.json")).rejects.toMatchObject({
      code: "REGISTRY_DENIED",
      message: `the registry credentials in ${home}/.docker/config.json cannot be read`,
    });
  });

  it("reports a missing helper", async () => {
    await expect(find("ghcr.io", { credsStore: "none-such" })).rejects.toMatchObject({
      code: "COMMAND_MISSING",
    });
  });
});
