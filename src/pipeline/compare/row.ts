import { type ActionError, isCancelled, toActionError } from "../../errors/action-error.js";
import type { Candidate } from "./candidates.js";

/** A row of a comparison, with what is known of it so far. */
export type Row<T> = { readonly candidate: Candidate } & (
  | { readonly state: "ready"; readonly value: T }
  | { readonly state: "impossible" }
  | { readonly state: "failed"; readonly error: ActionError }
);

/**
 * Takes all rows that are ready one step further, one after the other: they would slow each other down. An
 * error fails its row only. Rejects with `CANCELLED`.
 */
export async function advanceRows<T, U>(
  rows: readonly Row<T>[],
  work: (value: T, candidate: Candidate) => Promise<U>,
): Promise<readonly Row<U>[]> {
  const advanced: Row<U>[] = [];
  for (const row of rows) {
    if (row.state !== "ready") {
      advanced.push(row);
      continue;
    }
    const { candidate, value } = row;
    try {
      advanced.push({ candidate, state: "ready", value: await work(value, candidate) });
    } catch (thrown) {
      const error = toActionError(thrown);
      if (isCancelled(error)) throw error;
      advanced.push({ candidate, state: "failed", error });
    }
  }
  return advanced;
}
