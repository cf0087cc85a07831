import type { Digest } from "./digest.js";

/** Orders the runs of a repository by their start: GitHub increments both numbers. */
export interface RunOrder {
  readonly id: number;
  readonly attempt: number;
}

/** The run that last moved a tag, and the digest that it moved the tag to. */
export interface PromotionEntry {
  readonly run: RunOrder;
  readonly digest: Digest;
}

/** Whether `a` was started after `b`. A re-run is newer than its earlier attempts, not than later runs. */
export function isNewerRun(a: RunOrder, b: RunOrder): boolean {
  return a.id === b.id ? a.attempt > b.attempt : a.id > b.id;
}

/** Renders a run as `ID.ATTEMPT`, as in messages and in the promotion record. */
export function renderRunOrder({ id, attempt }: RunOrder): string {
  return `${id}.${attempt}`;
}

/** Parses `ID.ATTEMPT`; undefined for anything else. */
export function tryParseRunOrder(text: string): RunOrder | undefined {
  const [, id, attempt] = /^([0-9]{1,15})\.([0-9]{1,9})$/.exec(text) ?? [];
  return id === undefined ? undefined : { id: Number(id), attempt: Number(attempt) };
}
