import type { Digest } from "./digest.js";

/** When a run was started, relative to others of its repository: GitHub counts both up. */
export interface RunOrder {
  readonly id: number;
  readonly attempt: number;
}

/** The run that moved a tag last, and the digest it moved it to. */
export interface PromotionEntry {
  readonly run: RunOrder;
  readonly digest: Digest;
}

/** Whether `a` was started after `b`. A run that is started again stays as old as it was, but for its own attempts. */
export function isNewerRun(a: RunOrder, b: RunOrder): boolean {
  return a.id === b.id ? a.attempt > b.attempt : a.id > b.id;
}

/** A run as people and records name it: `ID.ATTEMPT`. */
export function renderRunOrder({ id, attempt }: RunOrder): string {
  return `${id}.${attempt}`;
}

/** Reads `ID.ATTEMPT`; undefined for anything else. */
export function tryParseRunOrder(text: string): RunOrder | undefined {
  const [, id, attempt] = /^([0-9]{1,15})\.([0-9]{1,9})$/.exec(text) ?? [];
  return id === undefined ? undefined : { id: Number(id), attempt: Number(attempt) };
}
