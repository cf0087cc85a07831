import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
    ["a pull request whose fork was deleted", { repository, pull_request: { head: { repo: null } } }, true],
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
    ["a payload that is not an object", "x", false],
  ])("%s", (_, payload, expected) => {
    expect(isFromFork(payload)).toBe(expected);
  });
});

describe("readWorkflowEvent", () => {
  it("returns no event outside of a workflow", async () => {
    expect(await readWorkflowEvent({})).toMatchObject({ name: undefined, isFromFork: false });
  });

  it("treats an event with an unreadable payload as a fork's", async () => {
    const env = { GITHUB_EVENT_NAME: "workflow_run", GITHUB_EVENT_PATH: "/nonexistent/event.json" };
    expect(await readWorkflowEvent(env)).toMatchObject({ name: "workflow_run", isFromFork: true });
  });

  it("reads Dependabot, the commit, and the event that a workflow_run followed", async () => {
    const folder = mkdtempSync(join(tmpdir(), "cross-build-event-"));
    const file = join(folder, "event.json");
    writeFileSync(
      file,
      JSON.stringify({ repository, workflow_run: { event: "pull_request", head_repository: repository } }),
    );
    const env = {
      GITHUB_EVENT_NAME: "workflow_run",
      GITHUB_EVENT_PATH: file,
      GITHUB_ACTOR: "dependabot[bot]",
      GITHUB_SHA: "abc",
      GITHUB_RUN_ID: "7",
      GITHUB_RUN_ATTEMPT: "2",
      GITHUB_RUN_NUMBER: "12",
    };
    expect(await readWorkflowEvent(env)).toEqual({
      name: "workflow_run",
      followed: "pull_request",
      isFromFork: false,
      isDependabot: true,
      commit: "abc",
      run: { id: 7, attempt: 2, number: 12 },
    });
    rmSync(folder, { recursive: true });
  });
});
