import { describe, expect, it } from "@jest/globals";

import { isFromFork, readWorkflowEvent } from "../../../src/action/event.js";

const repository = { full_name: "fluo/app" };

describe("isFromFork", () => {
  it.each([
    ["a push", { repository }, false],
    [
      "a pull request of the same repository",
      { repository, pull_request: { head: { repo: repository } } },
      false,
    ],
    [
      "a pull request of a fork",
      { repository, pull_request: { head: { repo: { full_name: "eve/app" } } } },
      true,
    ],
    ["a pull request whose fork is gone", { repository, pull_request: { head: { repo: null } } }, true],
    [
      "a workflow run of a fork",
      { repository, workflow_run: { head_repository: { full_name: "eve/app" } } },
      true,
    ],
    [
      "a workflow run of the same repository",
      { repository, workflow_run: { head_repository: repository } },
      false,
    ],
    ["a payload that is no object", "x", false],
  ])("%s", (_, payload, expected) => {
    expect(isFromFork(payload)).toBe(expected);
  });
});

describe("readWorkflowEvent", () => {
  it("is no event outside of a workflow", async () => {
    expect(await readWorkflowEvent({})).toEqual({ name: undefined, isFromFork: false });
  });

  it("trusts no event whose payload cannot be read", async () => {
    const env = { GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: "/nonexistent/event.json" };
    expect(await readWorkflowEvent(env)).toEqual({ name: "workflow_run", isFromFork: true });
  });
});
