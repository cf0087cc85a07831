import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";

import { isFromFork, NO_EVENT, readWorkflowEvent } from "../../../src/action/event.js";
import { hideWorkspacePrograms } from "../../../src/action/search-path.js";

const repository = { full_name: "fluo/app", id: 1 };
const fork = { full_name: "eve/app", id: 2 };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cross-build-event-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("isFromFork", () => {
  const deep = (levels: number) => {
    let value: unknown = { head: { repo: fork } };
    for (let level = 0; level < levels; level++) value = { value };
    return value;
  };

  it.each<[string, unknown, boolean]>([
    ["a push", { repository, head_commit: { id: "1" } }, false],
    ["a pull request of the same repository", { pull_request: { head: { repo: repository } } }, false],
    ["a pull request of a fork", { pull_request: { head: { repo: fork } } }, true],
    ["a pull request whose fork was deleted", { pull_request: { head: { repo: null } } }, true],
    ["a workflow run of a fork", { workflow_run: { head_repository: fork } }, true],
    ["a workflow run of a deleted fork", { workflow_run: { head_repository: null } }, true],
    ["a workflow run of the same repository", { workflow_run: { head_repository: repository } }, false],
    ["a check run of a fork", { check_run: { pull_requests: [{ head: { repo: { id: 2 } } }] } }, true],
    [
      "a check run of the repository",
      { check_run: { pull_requests: [{ head: { repo: { id: 1 } } }] } },
      false,
    ],
    [
      "a check suite of a fork",
      { check_run: { check_suite: { pull_requests: [{ head: { sha: "1", repo: { id: 2 } } }] } } },
      true,
    ],
    [
      "a dispatch for a pull request of a fork",
      { client_payload: { pull_request: { head: { repo: fork } } } },
      true,
    ],
    ["a dispatch with a head that is a name", { client_payload: { head: "main" } }, false],
    ["a fork, deep in the payload", { client_payload: deep(100_000) }, true],
  ])("%s", (_, payload, expected) => {
    expect(isFromFork({ repository, ...(payload as object) })).toBe(expected);
  });

  it("is true for a head if the payload does not name the workflow's repository", () => {
    expect(isFromFork({ pull_request: { head: { repo: repository } } })).toBe(true);
  });
});

describe("readWorkflowEvent", () => {
  const write = (text: string) => {
    const file = join(folder, "event.json");
    writeFileSync(file, text);
    return file;
  };

  it("returns no event outside of a workflow", async () => {
    expect(await readWorkflowEvent({})).toBe(NO_EVENT);
    expect(await readWorkflowEvent({ GITHUB_EVENT_PATH: "/nonexistent" })).toBe(NO_EVENT);
  });

  it.each<[string, NodeJS.ProcessEnv, () => string | undefined]>([
    ["is missing", { GITHUB_EVENT_NAME: "push" }, () => undefined],
    ["has an empty path", { GITHUB_EVENT_NAME: "push" }, () => ""],
    ["has no file", { GITHUB_EVENT_NAME: "push" }, () => "/nonexistent/event.json"],
    ["is half a file", { GITHUB_EVENT_NAME: "push" }, () => write('{"repository":')],
    ["is empty", { GITHUB_EVENT_NAME: "push" }, () => write("")],
    ["is a list", { GITHUB_EVENT_NAME: "push" }, () => write("[]")],
    ["is null", { GITHUB_EVENT_NAME: "push" }, () => write("null")],
    ["does not say what it follows", { GITHUB_EVENT_NAME: "workflow_run" }, () => write("{}")],
    ["has no event name", { GITHUB_ACTIONS: "true" }, () => undefined],
  ])("treats an event as a fork's if its payload %s", async (_, env, path) => {
    const event = await readWorkflowEvent({ ...env, GITHUB_EVENT_PATH: path() });
    expect(event).toMatchObject({ isFromFork: true });
    expect(event.name).toBeDefined();
  });

  it("reads Dependabot, the commit, and the event that a workflow_run followed", async () => {
    const workflow_run = { event: "pull_request", head_repository: repository };
    const env = {
      GITHUB_EVENT_NAME: "workflow_run",
      GITHUB_EVENT_PATH: write(JSON.stringify({ repository, workflow_run })),
      GITHUB_ACTOR: "dependabot[bot]",
      GITHUB_SHA: "abc",
      GITHUB_REF: "refs/heads/main",
      GITHUB_RUN_ID: "7",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_RUN_NUMBER: "12",
    };
    expect(await readWorkflowEvent(env)).toMatchObject({
      name: "workflow_run",
      followed: "pull_request",
      isFromFork: false,
      isDependabot: true,
      commit: "abc",
      ref: "refs/heads/main",
      checkout: { state: "unverified" },
      run: { id: 7, attempt: 2, number: 12 },
    });
  });

  it.each(["actor", "triggering_actor"])(
    "finds Dependabot as the %s of the workflow before",
    async (role) => {
      const workflow_run = {
        event: "push",
        head_repository: repository,
        [role]: { login: "dependabot[bot]" },
      };
      const event = await readWorkflowEvent({
        GITHUB_EVENT_NAME: "workflow_run",
        GITHUB_EVENT_PATH: write(JSON.stringify({ repository, workflow_run })),
        GITHUB_ACTOR: "octocat",
      });
      expect(event).toMatchObject({ isFromFork: false, isDependabot: true });
    },
  );
});

describe("hideWorkspacePrograms", () => {
  const hide = (name: string) => {
    const workspace = join(folder, "workspace");
    mkdirSync(join(workspace, "bin"), { recursive: true });
    rmSync(join(folder, "link"), { force: true });
    symlinkSync(join(workspace, "bin"), join(folder, "link"));
    const environment = {
      GITHUB_WORKSPACE: workspace,
      PATH: `${workspace}/bin:/usr/bin:.::bin:${folder}/link:${workspace}-tools:/bin`,
    };
    hideWorkspacePrograms({ ...NO_EVENT, name }, environment);
    return { given: environment.PATH, workspace };
  };

  it.each(["pull_request_target", "issue_comment"])("removes what the checkout may bring, on %s", (name) => {
    const { given, workspace } = hide(name);
    expect(given).toBe(`/usr/bin:${workspace}-tools:/bin`);
  });

  it.each(["push", "pull_request"])("leaves PATH alone on %s", (name) => {
    expect(hide(name).given).toContain("/workspace/bin:");
  });
});
