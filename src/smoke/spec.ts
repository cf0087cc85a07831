import { readFile } from "node:fs/promises";
import { resolve } from "node:path";

import { parseDocument } from "yaml";
import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, digestOf } from "../model/digest.js";
import { findNearest } from "../model/nearest.js";
import { explainIssue } from "./explain-issue.js";

/** One check. `timeoutMs` is the time limit of this check. */
export type Check =
  | {
      readonly kind: "http";
      readonly name: string;
      readonly port: number;
      readonly method: string;
      readonly path: string;
      /** Headers of the request. */
      readonly headers: Readonly<Record<string, string>>;
      readonly status: number;
      readonly body: string | undefined;
      /** Headers of the answer, with text that each of them must contain. */
      readonly responseHeaders: Readonly<Record<string, string>>;
      /** The longest time that the answer may take. */
      readonly withinMs: number | undefined;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "tcp";
      readonly name: string;
      readonly port: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "log";
      readonly name: string;
      readonly text: string;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "health";
      readonly name: string;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "command";
      readonly name: string;
      readonly command: readonly string[];
      readonly exitCode: number;
      readonly output: string | undefined;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "stop";
      readonly name: string;
      readonly exitCode: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "exit-code";
      readonly name: string;
      readonly exitCode: number;
      readonly args: readonly string[];
      readonly timeoutMs: number;
    };

/** How every container of the smoke test is started. */
export interface ContainerSpec {
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string | undefined;
  readonly memoryBytes: number | undefined;
  /** Only `/tmp` and the volumes are writable. */
  readonly isReadOnly: boolean;
  /** Empty folders in memory that any user may write to. */
  readonly volumes: readonly string[];
  /** The container must not run as root. */
  readonly isNonRoot: boolean;
}

export interface SmokeSpec {
  /** The digest of the YAML. */
  readonly digest: Digest;
  readonly container: ContainerSpec;
  readonly checks: readonly Check[];
}

const MAX_SPEC_CHARACTERS = 1 << 18;
const UNITS = { ms: 1, s: 1_000, m: 60_000 };
const BYTES = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

const TIME = "write a time like 500ms, 10s or 2m";
const SIZE = "write a size like 256MiB or 1GiB";

const duration = z
  .string(TIME)
  .regex(/^[0-9]+(?:ms|s|m)$/, TIME)
  .transform((text) => {
    const [, count = "", unit = "s"] = /^([0-9]+)(ms|s|m)$/.exec(text) ?? [];
    return Number(count) * UNITS[unit as keyof typeof UNITS];
  })
  .refine((ms) => ms >= 1 && ms <= 600_000, "a time must be between 1ms and 10m");
const size = z
  .string(SIZE)
  .regex(/^[0-9]+(?:KiB|MiB|GiB)$/, SIZE)
  .transform((text) => {
    const [, count = "", unit = "MiB"] = /^([0-9]+)(.iB)$/.exec(text) ?? [];
    return Number(count) * BYTES[unit as keyof typeof BYTES];
  })
  .refine((bytes) => bytes >= 6 * BYTES.MiB && bytes <= 2 ** 42, "a size must be between 6MiB and 4096GiB");
const common = { name: z.string().min(1).max(100).optional(), timeout: duration.default(30_000) };
const words = z.array(z.string()).max(1000);
const port = z.int().min(1).max(65_535);
const exitStatus = z.int().min(0).max(255);

const headers = z
  .record(
    z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, "a header name must not contain spaces or colons"),
    z.string().regex(/^[\t\x20-\x7E]*$/, "a header value must be ASCII text on one line"),
  )
  .default({});

const http = z
  .strictObject({
    ...common,
    http: z.strictObject({
      method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]).default("GET"),
      path: z
        .string()
        .regex(/^\/[\x21-\x7E]*$/, "a path must begin with / and must not contain spaces")
        .default("/"),
      port,
      headers,
      status: z.int().min(100).max(599).default(200),
      body: z.string().optional(),
      "response-headers": headers,
      within: duration.optional(),
      timeout: duration.optional(),
    }),
  })
  .transform(({ name, timeout, http }): Check => ({
    kind: "http",
    name: name ?? `http ${http.path}`,
    port: http.port,
    method: http.method,
    path: http.path,
    headers: http.headers,
    status: http.status,
    body: http.body,
    responseHeaders: http["response-headers"],
    withinMs: http.within,
    timeoutMs: http.timeout ?? timeout,
  }));
const tcp = z
  .strictObject({ ...common, tcp: z.strictObject({ port, timeout: duration.optional() }) })
  .transform(({ name, timeout, tcp }): Check => ({
    kind: "tcp",
    name: name ?? `tcp ${tcp.port}`,
    port: tcp.port,
    timeoutMs: tcp.timeout ?? timeout,
  }));
const log = z
  .strictObject({ ...common, log: z.string().min(1).max(1000) })
  .transform(({ name, timeout, log }): Check => ({
    kind: "log",
    name: name ?? `log ${JSON.stringify(log.slice(0, 90))}`,
    text: log,
    timeoutMs: timeout,
  }));
const health = z
  .strictObject({ ...common, health: z.literal("healthy") })
  .transform(({ name, timeout }): Check => ({ kind: "health", name: name ?? "health", timeoutMs: timeout }));
const command = z
  .strictObject({
    ...common,
    command: words.min(1),
    "exit-code": exitStatus.default(0),
    output: z.string().min(1).max(1000).optional(),
  })
  .transform(({ name, timeout, command, output, "exit-code": code }): Check => ({
    kind: "command",
    name: name ?? command.join(" ").slice(0, 100),
    command,
    exitCode: code,
    output,
    timeoutMs: timeout,
  }));
const stop = z
  .strictObject({ ...common, timeout: duration.default(10_000), stop: exitStatus })
  .transform(({ name, timeout, stop }): Check => ({
    kind: "stop",
    name: name ?? "stop",
    exitCode: stop,
    timeoutMs: timeout,
  }));
const exitCode = z
  .strictObject({ ...common, "exit-code": exitStatus, args: words.default([]) })
  .transform(({ name, timeout, args, "exit-code": code }): Check => ({
    kind: "exit-code",
    name: name ?? `exit code ${code}`,
    exitCode: code,
    args,
    timeoutMs: timeout,
  }));

const KINDS = { http, tcp, log, health, command, stop, "exit-code": exitCode };
const CONTAINER = z
  .strictObject({
    environment: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_.-]*$/, "a variable name must consist of letters, digits and _ . -"),
        z.string().regex(/^[^\r\n\0]*$/, "a variable value must be text on one line; put numbers in quotes"),
      )
      .default({}),
    user: z
      .string()
      .regex(
        /^[A-Za-z0-9_][A-Za-z0-9_.-]*(?::[A-Za-z0-9_][A-Za-z0-9_.-]*)?$/,
        "write a user as USER or UID:GID, in quotes",
      )
      .optional(),
    memory: size.optional(),
    "read-only": z.boolean().default(false),
    volumes: z
      .array(
        z
          .string()
          .regex(/^(?:\/[A-Za-z0-9._-]+)+$/, "a volume must be an absolute path of A-Z a-z 0-9 . _ -"),
      )
      .max(100)
      .default([]),
    "non-root": z.boolean().default(false),
  })
  .transform(
    ({
      environment,
      user,
      memory,
      volumes,
      "read-only": isReadOnly,
      "non-root": isNonRoot,
    }): ContainerSpec => ({
      environment,
      user,
      memoryBytes: memory,
      isReadOnly,
      volumes,
      isNonRoot,
    }),
  );
const DOCUMENT = z.strictObject({
  container: CONTAINER.prefault({}),
  checks: z.array(z.unknown()).min(1).max(100),
});

/** The JSON Schema (2020-12) of the smoke test file, for editors. */
export function renderSmokeSchema(): string {
  const checks = z
    .array(z.union(Object.values(KINDS)))
    .min(1)
    .max(100);
  const document = z.strictObject({ container: CONTAINER.prefault({}), checks });
  const schema = { title: "cross-build smoke test", ...z.toJSONSchema(document, { io: "input" }) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

/**
 * Reads the smoke test from the input `smoke-test`: the YAML itself, or the path of a file, relative to
 * `workingDirectory`. Rejects with `INPUT_INVALID`.
 */
export async function readSmokeSpec(input: string, workingDirectory: string): Promise<SmokeSpec> {
  if (/\n|^(?:checks|container):/.test(input)) return parseSmokeSpec(input);
  const file = resolve(workingDirectory, input);
  try {
    return parseSmokeSpec(await readFile(file, "utf8"));
  } catch (error) {
    if (error instanceof ActionError) throw error;
    throw new ActionError("INPUT_INVALID", `input smoke-test: the file ${file} cannot be read`, {
      cause: error,
      hint: "Set it to the path of a file, or to YAML that begins with `checks:` or `container:`.",
    });
  }
}

/** Parses the YAML of a smoke test. Throws `INPUT_INVALID`, naming the place in the document. */
export function parseSmokeSpec(yaml: string): SmokeSpec {
  if (yaml.length > MAX_SPEC_CHARACTERS) throw invalid(`it is longer than ${MAX_SPEC_CHARACTERS} characters`);
  const { container, checks } = parseWith(DOCUMENT, parseYaml(yaml), "");
  const parsed = checks.map(parseCheck);
  const stop = parsed.findIndex(({ kind }) => kind === "stop");
  const after = parsed.slice(stop + 1).find(({ kind }) => kind !== "exit-code");
  if (stop !== -1 && after !== undefined) {
    throw invalid(
      `checks[${stop}] stops the container, ` +
        `but the later check ${JSON.stringify(after.name)} needs it running`,
    );
  }
  return { digest: digestOf(Buffer.from(yaml)), container, checks: parsed };
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
  // With `command`, `exit-code` is the code that the command must exit with, not another check.
  const kinds = Object.entries(KINDS).filter(
    ([kind]) => keys.includes(kind) && !(kind === "exit-code" && keys.includes("command")),
  );
  const [only, ...others] = kinds;
  if (only === undefined || others.length > 0) {
    const names = Object.keys(KINDS);
    const [misspelt, nearest] =
      keys.map((key) => [key, findNearest(key, names)] as const).find(([, name]) => name !== undefined) ?? [];
    const question =
      only === undefined && nearest !== undefined ? `; instead of ${misspelt ?? ""}, write ${nearest}` : "";
    throw invalid(`${place} must have exactly one of the keys ${names.join(", ")}${question}`);
  }
  return parseWith<Check>(only[1], check, place);
}

function parseWith<T>(schema: z.ZodType<T>, value: unknown, place: string): T {
  const { success, data, error } = schema.safeParse(value, { error: explainIssue });
  if (success) return data;
  const [issue] = error.issues;
  const path = [place, ...(issue?.path ?? []).map(String)].filter((part) => part !== "").join(".");
  throw invalid(`${path === "" ? "the document" : path}: ${issue?.message ?? "it is malformed"}`);
}

function invalid(why: string): ActionError {
  return new ActionError("INPUT_INVALID", `input smoke-test: ${why}`, {
    hint: "See https://github.com/fluo/cross-build/blob/v1/docs/smoke-test.md for the format.",
  });
}
