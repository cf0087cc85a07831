import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { parseDocument } from "yaml";
import { z } from "zod";

import { ActionError } from "../errors/action-error.js";

/** One check; `timeoutMs` is its own time limit. */
export type Check =
  | {
      readonly kind: "http";
      readonly name: string;
      readonly port: number;
      readonly path: string;
      readonly status: number;
      readonly body: string | undefined;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "command";
      readonly name: string;
      readonly command: readonly string[];
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "exit-code";
      readonly name: string;
      readonly exitCode: number;
      readonly args: readonly string[];
      readonly timeoutMs: number;
    };

export interface SmokeSpec {
  readonly checks: readonly Check[];
}

const MAX_SPEC_CHARACTERS = 1 << 18;
const UNITS = { ms: 1, s: 1_000, m: 60_000 };

const duration = z
  .string()
  .regex(/^[0-9]+(?:ms|s|m)$/, "a time is like 500ms, 10s or 2m")
  .transform((text) => {
    const [, count = "", unit = "s"] = /^([0-9]+)(ms|s|m)$/.exec(text) ?? [];
    return Number(count) * UNITS[unit as keyof typeof UNITS];
  })
  .refine((ms) => ms >= 1 && ms <= 600_000, "a time is between 1ms and 10m");
const common = { name: z.string().min(1).max(100).optional(), timeout: duration.default(30_000) };
const words = z.array(z.string()).max(1000);

const http = z
  .strictObject({
    ...common,
    http: z.strictObject({
      path: z.string().startsWith("/").default("/"),
      port: z.int().min(1).max(65_535),
      status: z.int().min(100).max(599).default(200),
      body: z.string().optional(),
      timeout: duration.optional(),
    }),
  })
  .transform(({ name, timeout, http }): Check => ({
    kind: "http",
    name: name ?? `http ${http.path}`,
    port: http.port,
    path: http.path,
    status: http.status,
    body: http.body,
    timeoutMs: http.timeout ?? timeout,
  }));
const command = z
  .strictObject({ ...common, command: words.min(1) })
  .transform(({ name, timeout, command }): Check => ({
    kind: "command",
    name: name ?? command.join(" ").slice(0, 100),
    command,
    timeoutMs: timeout,
  }));
const exitCode = z
  .strictObject({ ...common, "exit-code": z.int().min(0).max(255), args: words.default([]) })
  .transform(({ name, timeout, args, "exit-code": code }): Check => ({
    kind: "exit-code",
    name: name ?? `exit code ${code}`,
    exitCode: code,
    args,
    timeoutMs: timeout,
  }));

const KINDS = { http, command, "exit-code": exitCode };
const DOCUMENT = z.strictObject({ checks: z.array(z.unknown()).min(1).max(100) });

/**
 * The smoke test from the input `smoke-test`: the YAML itself, or the name of a file, relative to `workingDirectory`.
 * Rejects with `INPUT_INVALID`.
 */
export async function readSmokeSpec(input: string, workingDirectory: string): Promise<SmokeSpec> {
  if (input.includes("\n") || input.startsWith("checks:")) return parseSmokeSpec(input);
  const file = resolve(workingDirectory, input);
  try {
    return parseSmokeSpec(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof ActionError) throw error;
    throw new ActionError("INPUT_INVALID", `input smoke-test: the file ${file} cannot be read`, {
      cause: error,
      hint: "Give a file, or the YAML itself, beginning with checks:",
    });
  }
}

/** Reads the YAML of a smoke test; rejects with `INPUT_INVALID`, naming the place in the document. */
export function parseSmokeSpec(yaml: string): SmokeSpec {
  if (yaml.length > MAX_SPEC_CHARACTERS) throw invalid("it is too long");
  const { checks } = parseWith(DOCUMENT, parseYaml(yaml), "");
  return { checks: checks.map(parseCheck) };
}

function parseYaml(yaml: string): unknown {
  try {
    const document = parseDocument(yaml, { logLevel: "silent" });
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw invalid(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
  }
}

function parseCheck(check: unknown, index: number): Check {
  const place = `checks[${index}]`;
  const keys = typeof check === "object" && check !== null ? Object.keys(check) : [];
  const kinds = Object.entries(KINDS).filter(([kind]) => keys.includes(kind));
  const [only, ...others] = kinds;
  if (only === undefined || others.length > 0) {
    throw invalid(`${place} must be one of ${Object.keys(KINDS).join(", ")}`);
  }
  return parseWith<Check>(only[1], check, place);
}

function parseWith<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const { success, data, error } = schema.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const path = [place, ...(issue?.path ?? []).map(String)].filter((part) => part !== "").join(".");
  throw invalid(`${path === "" ? "the document" : path}: ${issue?.message ?? "it is malformed"}`);
}

function invalid(why: string): ActionError {
  return new ActionError("INPUT_INVALID", `input smoke-test: ${why}`, {
    hint: "docs/smoke-test.md has the format.",
  });
}
