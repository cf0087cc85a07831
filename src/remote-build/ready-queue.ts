import TinyQueue from "tinyqueue";

import type { BuildNeeds } from "../model/derivation.js";
import type { Step } from "./steps.js";

/**
 * Steps that wait for a builder, the one with the longest chain first. Each kind of needs has a queue of its
 * own, so that steps that no free builder supports need not be skipped one by one.
 */
export class ReadyQueue {
  readonly #byNeeds = new Map<BuildNeeds, TinyQueue<Step>>();
  readonly #queued = new Set<Step>();

  add(step: Step): void {
    if (this.#queued.has(step)) return;
    this.#queued.add(step);
    const queue = this.#byNeeds.get(step.needs) ?? new TinyQueue<Step>([], compare);
    this.#byNeeds.set(step.needs, queue);
    queue.push(step);
  }

  /** Takes the first step whose needs can be met. Drops steps before it that are no longer `isReady`. */
  take(canMeet: (needs: BuildNeeds) => boolean, isReady: (step: Step) => boolean): Step | undefined {
    let first: Step | undefined;
    for (const [needs, queue] of this.#byNeeds) {
      this.#dropStale(queue, isReady);
      const step = queue.peek();
      if (step !== undefined && (first === undefined || compare(step, first) < 0) && canMeet(needs))
        first = step;
    }
    if (first !== undefined) this.#drop(this.#byNeeds.get(first.needs));
    return first;
  }

  #dropStale(queue: TinyQueue<Step>, isReady: (step: Step) => boolean): void {
    for (let step = queue.peek(); step !== undefined && !isReady(step); step = queue.peek())
      this.#drop(queue);
  }

  #drop(queue: TinyQueue<Step> | undefined): void {
    const step = queue?.pop();
    if (step !== undefined) this.#queued.delete(step);
  }
}

/** The longest chain comes first, and among chains of the same length the step that was planned last. */
function compare(a: Step, b: Step): number {
  return b.height - a.height || b.index - a.index;
}
