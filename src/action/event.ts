import { readFile } from "node:fs/promises";

import { type RunOrder, tryParseRunOrder } from "../model/promotion.js";
import type { WorkflowEvent } from "../model/event.js";

/** The event of a run that no workflow started. */
export const NO_EVENT: WorkflowEvent = {
  name: undefined,
  followed: undefined,
  isFromFork: false,
  isDependabot: false,
  commit: undefined,
  ref: undefined,
  checkout: { state: "unverified" },
  run: undefined,
};

/**
 * Reads the event that started the workflow from the runner's variables and the payload at
 * `GITHUB_EVENT_PATH`. In a workflow, a payload that is missing or unreadable counts as a fork's, so that
 * nothing is pushed.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export async function readWorkflowEvent(env: NodeJS.ProcessEnv): Promise<WorkflowEvent> {
  const name = env["GITHUB_EVENT_NAME"] ?? "";
  if (name === "" && env["GITHUB_ACTIONS"] !== "true") return NO_EVENT;
  const payload = await readPayload(env["GITHUB_EVENT_PATH"] ?? "");
  const workflowRun = field(payload, "workflow_run");
  const followed = field(workflowRun, "event");
  const isUnreadable = payload === undefined || (name === "workflow_run" && typeof followed !== "string");
  const actors = [
    env["GITHUB_ACTOR"],
    loginOf(workflowRun, "actor"),
    loginOf(workflowRun, "triggering_actor"),
  ];
  return {
    name: name === "" ? "unknown" : name,
    followed: typeof followed === "string" ? followed : undefined,
    isFromFork: isUnreadable || isFromFork(payload),
    // When someone else re-runs the workflow, GITHUB_ACTOR still names the user who started the first run.
    isDependabot: actors.includes("dependabot[bot]"),
    commit: env["GITHUB_SHA"],
    ref: env["GITHUB_REF"],
    checkout: { state: "unverified" },
    run: readRunOrder(env),
  };
}

/**
 * True if a payload names a head repository that is not the workflow's repository, or has been deleted. Heads
 * are looked for everywhere: those of `check_run` are in a list of pull requests, and a `repository_dispatch`
 * that a comment caused has a whole pull request in its `client_payload`.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export function isFromFork(payload: unknown): boolean {
  const base = field(payload, "repository");
  // A list instead of recursion: a client_payload may be nested deeper than the stack is.
  const left: unknown[] = [payload];
  while (left.length > 0) {
    const value = left.pop();
    if (typeof value !== "object" || value === null) continue;
    for (const [name, part] of Object.entries(value)) {
      if (name === "head_repository" && !isSameRepository(part, base)) return true;
      if (name === "head" && isObject(part) && !isSameRepository(field(part, "repo"), base)) return true;
      left.push(part);
    }
  }
  return false;
}

function readRunOrder(env: NodeJS.ProcessEnv): RunOrder | undefined {
  const { GITHUB_RUN_ID = "", GITHUB_RUN_ATTEMPT = "1", GITHUB_RUN_NUMBER = GITHUB_RUN_ID } = env;
  return tryParseRunOrder(`${GITHUB_RUN_ID}.${GITHUB_RUN_ATTEMPT}.${GITHUB_RUN_NUMBER}`);
}

/** The payload; undefined if there is none, or if it is not a JSON object. */
async function readPayload(path: string): Promise<object | undefined> {
  if (path === "") return undefined;
  try {
    const payload: unknown = JSON.parse(await readFile(path, "utf8"));
    return isObject(payload) ? payload : undefined;
  } catch {
    return undefined;
  }
}

function loginOf(workflowRun: unknown, actor: string): unknown {
  return field(field(workflowRun, actor), "login");
}

/** Compares by the full name; the short form of a repository in a list of pull requests has only its ID. */
function isSameRepository(one: unknown, other: unknown): boolean {
  for (const name of ["full_name", "id"]) {
    const [a, b] = [field(one, name), field(other, name)];
    if (a !== undefined && b !== undefined) return a === b;
  }
  return false;
}

function field(value: unknown, name: string): unknown {
  if (!isObject(value)) return undefined;
  const found: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return found ?? undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
