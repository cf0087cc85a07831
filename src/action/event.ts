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
  run: undefined,
};

/**
 * Reads the event that started the workflow from the runner's variables and the payload at
 * `GITHUB_EVENT_PATH`. An unreadable payload counts as a fork's, so that nothing is pushed.
 * @see https://docs.github.com/en/actions/reference/workflows-and-actions/variables
 */
export async function readWorkflowEvent(env: NodeJS.ProcessEnv): Promise<WorkflowEvent> {
  const name = env["GITHUB_EVENT_NAME"];
  const path = env["GITHUB_EVENT_PATH"] ?? "";
  if (name === undefined || name === "") return NO_EVENT;
  const payload = path === "" ? {} : await readPayload(path);
  const followed = field(field(payload, "workflow_run"), "event");
  return {
    name,
    followed: typeof followed === "string" ? followed : undefined,
    isFromFork: isFromFork(payload),
    // When someone else re-runs the workflow, GITHUB_ACTOR still names the user who started the first run.
    isDependabot: env["GITHUB_ACTOR"] === "dependabot[bot]",
    commit: env["GITHUB_SHA"],
    run: readRunOrder(env),
  };
}

/**
 * True if a payload's head repository is not the base repository, or has been deleted. Only the payloads of
 * `pull_request` and `workflow_run` have a head.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export function isFromFork(payload: unknown): boolean {
  const base = fullName(field(payload, "repository"));
  const heads = [field(field(payload, "pull_request"), "head"), field(payload, "workflow_run")].filter(
    (head) => head !== undefined,
  );
  return heads.some((head) => {
    const repository = field(head, "repo") ?? field(head, "head_repository");
    return base === undefined || fullName(repository) !== base;
  });
}

function readRunOrder(env: NodeJS.ProcessEnv): RunOrder | undefined {
  const { GITHUB_RUN_ID = "", GITHUB_RUN_ATTEMPT = "1", GITHUB_RUN_NUMBER = GITHUB_RUN_ID } = env;
  return tryParseRunOrder(`${GITHUB_RUN_ID}.${GITHUB_RUN_ATTEMPT}.${GITHUB_RUN_NUMBER}`);
}

async function readPayload(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return { workflow_run: {} };
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
  return found ?? undefined;
}

function fullName(repository: unknown): unknown {
  return field(repository, "full_name");
}
