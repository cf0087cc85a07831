import { describe, expect, it } from "@jest/globals";

import { NO_EVENT } from "../../../src/action/event.js";
import type { Checkout, WorkflowEvent } from "../../../src/model/event.js";
import { decidePush, mayBeForkCode, needsCheckout } from "../../../src/plan/push-policy.js";

const MAIN = { ...NO_EVENT, ref: "refs/heads/main" };
const FOREIGN: Checkout = { state: "foreign", reason: "the checkout has changes: evil.nix" };

/** Decides about image and cache. */
const decide = (event: Partial<WorkflowEvent>, wish: "auto" | "always" | "never" = "always") =>
  (["image", "cache"] as const).map((what) => decidePush(what, wish, { ...MAIN, ...event }).isAllowed);

describe("decidePush", () => {
  /**
   * Every event of GitHub's documentation, also those of Enterprise Server alone, and one that is not in it.
   * @see https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows
   */
  it.each([
    ["branch_protection_rule", "by its checkout"],
    ["check_run", "by its checkout"],
    ["check_suite", "by its checkout"],
    ["create", "always"],
    ["delete", "by its checkout"],
    ["deployment", "by its checkout"],
    ["deployment_status", "by its checkout"],
    ["discussion", "by its checkout"],
    ["discussion_comment", "by its checkout"],
    ["fork", "by its checkout"],
    ["gollum", "by its checkout"],
    ["image_version", "by its checkout"],
    ["issue_comment", "by its checkout"],
    ["issues", "by its checkout"],
    ["label", "by its checkout"],
    ["merge_group", "always"],
    ["milestone", "by its checkout"],
    ["page_build", "by its checkout"],
    ["project", "by its checkout"],
    ["project_card", "by its checkout"],
    ["project_column", "by its checkout"],
    ["public", "by its checkout"],
    ["pull_request", "never"],
    ["pull_request_comment", "never"],
    ["pull_request_review", "never"],
    ["pull_request_review_comment", "never"],
    ["pull_request_target", "never"],
    ["push", "always"],
    ["registry_package", "by its checkout"],
    ["release", "always"],
    ["repository_dispatch", "by its checkout"],
    ["schedule", "always"],
    ["status", "by its checkout"],
    ["watch", "by its checkout"],
    ["workflow_call", "by its checkout"],
    ["workflow_dispatch", "by its checkout"],
    ["workflow_run", "by its checkout"],
    ["an_event_of_the_future", "by its checkout"],
  ])("on %s pushes %s", (name, expected) => {
    const followed = name === "workflow_run" ? "push" : undefined;
    const all = [expected !== "never", expected !== "never"];
    const always = [expected === "always", expected === "always"];
    expect(decide({ name, followed, checkout: { state: "verified" } })).toEqual(all);
    expect(decide({ name, followed, checkout: FOREIGN })).toEqual(always);
    expect(decide({ name, followed })).toEqual(always);
    const pull = { checkout: { state: "verified" } as const, ref: "refs/pull/1/merge" };
    expect(decide({ name, followed, ...pull })).toEqual(always);
    expect(decide({ name, followed, ...pull, ref: "" })).toEqual(always);
    // Whatever the event, and even if the checkout is the workflow's own.
    const own = { name, followed, checkout: { state: "verified" } as const };
    expect(decide({ ...own, isFromFork: true })).toEqual([false, false]);
    expect(decide({ ...own, isDependabot: true })).toEqual([false, false]);
    expect(decide(own, "never")).toEqual([false, false]);
  });

  it.each([
    ["pull_request", false],
    ["pull_request_target", false],
    ["workflow_run", false],
    ["push", true],
    ["issue_comment", true],
  ])("on workflow_run after %s pushes: %s", (followed, expected) => {
    const event = { name: "workflow_run", followed, checkout: { state: "verified" } } as const;
    expect(decide(event)).toEqual([expected, expected]);
  });

  it("fills the cache in a merge queue, but pushes the image only on request", () => {
    expect(decide({ name: "merge_group" }, "auto")).toEqual([false, true]);
    expect(decide({ name: "merge_group" }, "always")).toEqual([true, true]);
  });

  const pull = { name: "pull_request", ref: "refs/pull/7/merge" };

  it.each<[string, Partial<WorkflowEvent>, boolean]>([
    ["in its own scope", pull, true],
    ["from a fork", { ...pull, isFromFork: true }, false],
    ["of Dependabot", { ...pull, isDependabot: true }, false],
    ["on its head", { ...pull, ref: "refs/pull/7/head" }, false],
    ["on a branch", { ...pull, ref: "refs/heads/main" }, false],
    ["without a ref", { ...pull, ref: undefined }, false],
    ["with the rights of its base", { ...pull, name: "pull_request_target" }, false],
    ["in a review", { ...pull, name: "pull_request_review" }, false],
  ])("lets a pull request fill GitHub's cache only in its own scope: %s", (_, event, expected) => {
    expect(decidePush("github-cache", "always", { ...MAIN, ...event }).isAllowed).toBe(expected);
    expect(decidePush("github-cache", "never", { ...MAIN, ...event }).isAllowed).toBe(false);
    expect(decide(event)).toEqual([false, false]);
  });

  it("pushes outside of a workflow", () => {
    expect(decide(NO_EVENT, "auto")).toEqual([true, true]);
  });

  it.each([
    [{ checkout: FOREIGN }, /on the event issue_comment .*: the checkout has changes: evil\.nix/],
    [{ ref: "refs/pull/1/head" }, /GITHUB_REF is "refs\/pull\/1\/head", which is not a branch or tag/],
  ])("gives the reason for %j", (event, reason) => {
    expect(decidePush("image", "always", { ...MAIN, name: "issue_comment", ...event }).reason).toMatch(
      reason,
    );
  });
});

describe("mayBeForkCode", () => {
  const decideFork = (event: Partial<WorkflowEvent>) => mayBeForkCode({ ...MAIN, ...event });

  it.each([
    ["push", false],
    ["merge_group", false],
    ["pull_request", false],
    ["pull_request_target", false],
    ["workflow_dispatch", true],
    ["issue_comment", true],
    ["workflow_call", true],
    ["an_event_of_the_future", true],
  ])("on %s, whose payload names no fork, with another checkout: %s", (name, expected) => {
    expect(decideFork({ name, checkout: FOREIGN })).toBe(expected);
    expect(decideFork({ name })).toBe(expected);
    expect(decideFork({ name, checkout: { state: "verified" } })).toBe(false);
    expect(decideFork({ name, checkout: { state: "verified" }, ref: "refs/pull/1/merge" })).toBe(expected);
    expect(decideFork({ name, checkout: { state: "verified" }, isFromFork: true })).toBe(true);
  });

  it.each([
    ["pull_request", false],
    ["workflow_run", true],
  ])("on workflow_run after %s of this repository: %s", (followed, expected) => {
    expect(decideFork({ name: "workflow_run", followed, checkout: { state: "verified" } })).toBe(expected);
  });

  it("is false outside of a workflow", () => {
    expect(mayBeForkCode(NO_EVENT)).toBe(false);
  });
});

describe("needsCheckout", () => {
  it.each([
    ["push", false],
    ["pull_request", false],
    ["pull_request_target", true],
    ["issue_comment", true],
    [undefined, false],
  ])("on %s: %s", (name, expected) => {
    expect(needsCheckout({ ...MAIN, name })).toBe(expected);
  });
});
