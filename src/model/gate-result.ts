import * as z from "zod";

import { ActionError } from "../errors/action-error.js";
import { type Digest, isDigest } from "./digest.js";

/** The result of the smoke test of one image, as a gate job hands it to the job that promotes. */
export interface GateResult {
  /** The ID of the workflow run; null outside of a workflow. */
  readonly run: number | null;
  /** The digest of the image's manifest, not that of an index. */
  readonly digest: Digest;
  /** The platform that the image was tested for, such as `linux/amd64`. */
  readonly platform: string;
  /** The digest of the smoke test's YAML. */
  readonly smokeTest: Digest;
  /** The platform of the engine's CPU; null for an unknown one. If it differs, the test was emulated. */
  readonly engine: string | null;
  readonly outcome: "passed" | "failed";
}

const digest = z.string().refine(isDigest, "must be sha256: and 64 hexadecimal digits");
const RESULT = z.strictObject({
  run: z.int().min(0).nullable(),
  digest,
  platform: z.string().min(1).max(100),
  smokeTest: digest,
  engine: z.string().min(1).max(100).nullable(),
  outcome: z.enum(["passed", "failed"]),
});

/** Renders the output `gate-result`: a JSON list on one line; empty if nothing was tested. */
export function renderGateResults(results: readonly GateResult[]): string {
  return results.length === 0 ? "" : JSON.stringify(results);
}

/**
 * Parses the input `gate-results`: the outputs `gate-result` of several jobs, one per line, or as the values
 * of a JSON object, which is what `toJSON(needs.gate.outputs)` gives for a matrix. Empty values are skipped:
 * they belong to jobs that did not run. Throws `INPUT_INVALID`.
 */
export function parseGateResults(text: string): readonly GateResult[] {
  return isJson(text)
    ? parseOutputs(JSON.parse(text))
    : text.split(/\r?\n/).flatMap((line) => (line.trim() === "" ? [] : parseOutput(line)));
}

/** The gate results in the JSON value of an output; undefined if it is something else. */
export function readGateResults(value: unknown): readonly GateResult[] | undefined {
  return z.array(RESULT).min(1).safeParse(value).data;
}

function parseOutputs(value: unknown): readonly GateResult[] {
  if (Array.isArray(value)) return parseList(value);
  const { success, data } = z.record(z.string(), z.string()).safeParse(value);
  if (!success) throw invalid("it is neither a list of results nor an object of outputs");
  return Object.values(data).flatMap((output) => (output === "" ? [] : parseOutput(output)));
}

function parseOutput(text: string): readonly GateResult[] {
  if (!isJson(text)) throw invalid(`${JSON.stringify(text.slice(0, 100))} is not JSON`);
  return parseList(JSON.parse(text));
}

function parseList(value: unknown): readonly GateResult[] {
  const { success, data, error } = z.array(RESULT).safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  throw invalid(`${issue?.path.map(String).join(".") ?? ""}: ${issue?.message ?? "it is malformed"}`);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function invalid(why: string): ActionError {
  return new ActionError("INPUT_INVALID", `input gate-results: ${why}`, {
    hint:
      "Give the output gate-result of each gate, one per line, or toJSON(needs.gate.outputs) for a matrix " +
      "whose job has no other outputs.",
  });
}
