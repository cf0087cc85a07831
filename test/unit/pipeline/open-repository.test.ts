import { describe, expect, it } from "@jest/globals";

import type { WorkflowEvent } from "../../../src/model/event.js";
import { parseImageReference } from "../../../src/model/image-reference.js";
import { openRepository } from "../../../src/pipeline/open-repository.js";
import type { HttpRequest } from "../../../src/platform/http-request.js";
import { createFakeRun } from "./fake-run.js";

const TOKEN = "ghs_secret";
const BASIC = `Basic ${Buffer.from(`octocat:${TOKEN}`).toString("base64")}`;

interface Login {
  readonly githubToken?: string;
  readonly push?: "auto" | "always" | "never";
  readonly registryLogin?: { readonly username: string; readonly password: string };
}

/** Reads a tag of `image`, whose registry answers with `challenge` unless it gets `Authorization`. */
async function readTag(
  image: string,
  { event = {}, login = {}, challenge = 'Bearer realm="https://ghcr.io/token"' } = {},
) {
  const requests: HttpRequest[] = [];
  const { context } = createFakeRun({
    environment: { GITHUB_ACTOR: "octocat" },
    sendHttp: (request) => {
      requests.push(request);
      const isToken = request.url.pathname === "/token";
      const isAnswered = isToken || request.headers?.["authorization"] !== undefined;
      const body = Buffer.from(isToken ? '{"token":"issued"}' : "");
      return Promise.resolve({
        status: isToken ? 200 : isAnswered ? 404 : 401,
        headers: new Headers(isAnswered ? {} : { "www-authenticate": challenge }),
        url: request.url,
        body: (async function* () {
          yield await Promise.resolve(body);
        })(),
        discard: () => undefined,
      });
    },
  });
  const settings = { workingDirectory: "/", registryLogin: undefined, githubToken: TOKEN, ...login };
  const run = { ...context, event: { ...context.event, ...event } };
  const repository = await openRepository(parseImageReference(image), settings, undefined, run);
  const failure: unknown = await repository.readTag("latest").then(
    () => undefined,
    (error: unknown) => error,
  );
  const secret = requests.filter(({ headers }) => {
    const sent = headers?.["authorization"] ?? "";
    return sent.startsWith("Basic ");
  });
  return { secret, failure, requests };
}

describe("github-token", () => {
  it("logs in to ghcr.io, over HTTPS, in a request that follows no redirect to another host", async () => {
    const { secret, failure } = await readTag("ghcr.io/team/app");
    expect(failure).toBeUndefined();
    expect(secret.map(({ url, headers }) => [url.origin, headers?.["authorization"]])).toEqual([
      ["https://ghcr.io", BASIC],
    ]);
    expect(secret.map(({ staysOnOrigin }) => staysOnOrigin)).toEqual([true]);
  });

  it.each([
    "docker.io/team/app",
    "ghcr.io:443/team/app",
    "GHCR.io.example.org/team/app",
    "docker.ghcr.io/team/app",
    "ghcr.io:5000/team/app",
    "127.0.0.1:5000/team/app",
  ])("is not sent to %s", async (image) => {
    const { secret, requests } = await readTag(image);
    expect(requests.length).toBeGreaterThan(0);
    expect(secret).toEqual([]);
  });

  it.each<[string, Partial<WorkflowEvent>, Login]>([
    ["a pull request", { name: "pull_request" }, {}],
    ["pull_request_target", { name: "pull_request_target" }, {}],
    ["a pull request, with push: always", { name: "pull_request" }, { push: "always" }],
    ["a fork", { isFromFork: true }, {}],
    ["Dependabot", { isDependabot: true }, {}],
    ["a workflow after a pull request", { name: "workflow_run", followed: "pull_request" }, {}],
    ["a run that pushes nothing", {}, { push: "never" }],
    ["an event that is not on the list", { name: "issue_comment" }, {}],
  ])("is not sent on %s", async (_, event, login) => {
    const { secret, requests } = await readTag("ghcr.io/team/app", { event, login });
    expect(requests.map(({ url }) => url.pathname)).toContain("/token");
    expect(secret).toEqual([]);
  });

  it("is not sent to a token service on another host", async () => {
    const challenge = 'Bearer realm="https://evil.example.org/token"';
    const { secret, failure, requests } = await readTag("ghcr.io/team/app", { challenge });
    expect(failure).toMatchObject({
      code: "REGISTRY_DENIED",
      message: expect.stringContaining("evil.example.org") as unknown,
    });
    expect(requests.map(({ url }) => url.host)).not.toContain("evil.example.org");
    expect(secret).toEqual([]);
  });

  it("gives way to registry-username and registry-password", async () => {
    const registryLogin = { username: "me", password: "mine" };
    const { secret } = await readTag("ghcr.io/team/app", { login: { registryLogin } });
    expect(secret.map(({ headers }) => headers?.["authorization"])).toEqual([
      `Basic ${Buffer.from("me:mine").toString("base64")}`,
    ]);
  });
});
