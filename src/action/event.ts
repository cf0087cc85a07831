import { readFile } from "node:fs/promises";

import type { WorkflowEvent } from "../plan/push-policy.js";

/**
 * The event that started the workflow, from `GITHUB_EVENT_NAME` and the payload at `GITHUB_EVENT_PATH`. A payload that
 * names a head repository other than the base's, or one that is gone, is from a fork.
 * @see https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */
export async function readWorkflowEvent(env: NodeJS.ProcessEnv): Promise<WorkflowEvent> {
  const name = env["GITHUB_EVENT_NAME"];
  const path = env["GITHUB_EVENT_PATH"];
  if (name === undefined || name === "") return { name: undefined, isFromFork: false };
  return {
    name,
    isFromFork: path === undefined || path === "" ? false : isFromFork(await readPayload(path)),
  };
}

/** Pure part of `readWorkflowEvent`: looks at `pull_request` and `workflow_run`, the payloads that have a head. */
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

async function readPayload(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    // A payload that cannot be read says nothing in favour of the event.
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
