import type { Digest } from "./digest.js";

/** The age of a run relative to other runs of its repository: GitHub increments `id` and `attempt`. */
export interface RunOrder {
  readonly id: number;
  readonly attempt: number;
  /** The number of the run in its workflow: consecutive runs differ in it. It does not affect the order. */
  readonly number: number;
}

/** A run that moves a tag, and the digest that it moves the tag to. */
export interface PromotionEntry {
  readonly run: RunOrder;
  readonly digest: Digest;
}

/** Whether `a` is newer than `b`. A re-run is as old as its first attempt, but newer than that attempt. */
export function isNewerRun(a: RunOrder, b: RunOrder): boolean {
  return a.id === b.id ? a.attempt > b.attempt : a.id > b.id;
}

/** A run in messages: `ID.ATTEMPT`. */
export function renderRunOrder({ id, attempt }: RunOrder): string {
  return `${id}.${attempt}`;
}

/** Reads `ID.ATTEMPT.NUMBER`; undefined for anything else. */
export function tryParseRunOrder(text: string): RunOrder | undefined {
  const match = /^([0-9]{1,15})\.([0-9]{1,9})\.([0-9]{1,15})$/.exec(text);
  if (match === null) return undefined;
  const [id = 0, attempt = 0, number = 0] = match.slice(1).map(Number);
  return { id, attempt, number };
}
