import { describe, expect, it } from "@jest/globals";

import { NO_EVENT } from "../../../src/action/event.js";
import { decidePush } from "../../../src/plan/push-policy.js";

describe("decidePush", () => {
  it.each([
    [{ name: "push" }, "auto", true, true],
    [{ name: "schedule" }, "auto", true, true],
    [{ name: undefined }, "auto", true, true],
    [{ name: "push" }, "never", false, false],
    [{ name: "pull_request" }, "auto", false, false],
    [{ name: "pull_request" }, "always", false, false],
    [{ name: "pull_request_target" }, "always", false, false],
    [{ name: "pull_request_review" }, "always", false, false],
    [{ name: "workflow_run", isFromFork: true }, "always", false, false],
    [{ name: "workflow_run", followed: "pull_request" }, "always", false, false],
    [{ name: "workflow_run", followed: "pull_request_target" }, "always", false, false],
    [{ name: "workflow_run", followed: "push" }, "auto", true, true],
    [{ name: "push", isDependabot: true }, "always", false, false],
    [{ name: "merge_group" }, "auto", false, true],
    [{ name: "merge_group" }, "always", true, true],
  ] as const)("on %j with push %s pushes the image: %s, the cache: %s", (given, wish, image, cache) => {
    const event = { ...NO_EVENT, ...given };
    expect(decidePush("image", wish, event).isAllowed).toBe(image);
    expect(decidePush("cache", wish, event).isAllowed).toBe(cache);
  });
});
