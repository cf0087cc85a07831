import type * as z from "zod";

import { countOf } from "../model/count.js";

/** What YAML calls the types of zod. */
const TYPES: Readonly<Record<string, string>> = {
  array: "a list",
  boolean: "true or false",
  int: "a whole number",
  number: "a number",
  object: "a mapping with keys",
  record: "a mapping with keys",
  string: "text (in quotes, if it looks like a number)",
};

/**
 * What is wrong with a value of the smoke test, for zod to use in place of its own message, which speaks of
 * the schema. Messages that the schema itself has take precedence.
 */
export function explainIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "it is missing"
        : `it must be ${TYPES[issue.expected] ?? issue.expected}`;
    case "invalid_value":
      return issue.input === undefined
        ? "it is missing"
        : `it must be one of ${issue.values.map(String).join(", ")}`;
    case "unrecognized_keys":
      return `it has an unknown key: ${issue.keys.join(", ")}`;
    case "too_small":
      return `it must ${renderLimit(issue.origin, "at least", Number(issue.minimum))}`;
    case "too_big":
      return `it must ${renderLimit(issue.origin, "at most", Number(issue.maximum))}`;
    case "invalid_key":
      return issue.issues[0]?.message ?? "it has an invalid key";
    default:
      return "it is malformed";
  }
}

function renderLimit(origin: string, most: "at least" | "at most", limit: number): string {
  if (origin === "string") return `have ${most} ${countOf(limit, "character")}`;
  if (origin === "array") return `have ${most} ${countOf(limit, "entry", "entries")}`;
  return `be ${most} ${limit}`;
}
