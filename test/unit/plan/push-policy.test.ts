import { describe, expect, it } from "@jest/globals";

import { decidePush } from "../../../src/plan/push-policy.js";

describe("decidePush", () => {
  it.each([
    ["push", false, "auto", true],
    ["schedule", false, "auto", true],
    [undefined, false, "auto", true],
    ["push", false, "never", false],
    ["pull_request", false, "auto", false],
    ["pull_request", false, "always", false],
    ["pull_request_target", false, "always", false],
    ["pull_request_review", false, "always", false],
    ["workflow_run", true, "always", false],
    ["workflow_run", false, "auto", true],
  ] as const)("on %s (from a fork: %s) with push %s pushes: %s", (name, isFromFork, wish, isAllowed) => {
    expect(decidePush(wish, { name, isFromFork }).isAllowed).toBe(isAllowed);
  });
});
