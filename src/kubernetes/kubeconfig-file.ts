import { dirname, isAbsolute, join } from "node:path";

import { parse } from "yaml";

import { ActionError } from "../errors/action-error.js";

/**
 * What names a file in each cluster and user.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
 */
const FILES = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

interface Named {
  readonly name?: unknown;
}

/**
 * A kubeconfig of this user as one that `readKubeConfig` takes: as kubectl does, relative paths in it start
 * from its own folder. `context` becomes the current context, unless it is empty. Throws `INPUT_INVALID`.
 */
export function selectContext(text: string, file: string, context: string): string {
  const document = parseMap(text);
  if (document === undefined) {
    throw new ActionError("INPUT_INVALID", `${file} is not a kubeconfig`, {
      hint: "Set --kubeconfig to one file that kubectl can use.",
    });
  }
  const folder = dirname(file);
  const names = listEntries(document["contexts"]).map(({ name }) => String(name));
  if (context !== "" && !names.includes(context)) {
    throw new ActionError(
      "INPUT_INVALID",
      `the kubeconfig ${file} has no context ${JSON.stringify(context)}`,
      {
        hint:
          names.length === 0 ? "It has no contexts at all." : `Set --context to one of: ${names.join(", ")}.`,
      },
    );
  }
  for (const [list, key] of [
    ["clusters", "cluster"],
    ["users", "user"],
  ] as const) {
    for (const entry of listEntries(document[list])) {
      const section = entry[key];
      if (isMap(section)) resolveFiles(section, folder);
    }
  }
  return JSON.stringify(context === "" ? document : { ...document, "current-context": context });
}

function resolveFiles(section: Record<string, unknown>, folder: string): void {
  const resolveIn = (map: Record<string, unknown>, key: string) => {
    const path = map[key];
    if (typeof path === "string" && path !== "" && !isAbsolute(path)) map[key] = join(folder, path);
  };
  for (const key of FILES) resolveIn(section, key);
  const { exec } = section;
  // A bare name is looked up in PATH.
  if (isMap(exec) && String(exec["command"]).includes("/")) resolveIn(exec, "command");
}

function parseMap(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    // Drop the error: it quotes the text.
    return undefined;
  }
}

function listEntries(value: unknown): readonly (Named & Record<string, unknown>)[] {
  return Array.isArray(value) ? value.filter(isMap) : [];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
