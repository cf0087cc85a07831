import TinyQueue from "tinyqueue";

import type { BuildNeeds } from "../model/derivation.js";
import type { Step } from "./steps.js";

/**
 * Steps that wait for a builder, the one with the longest chain first. There is a queue for each kind of needs, so that steps that no free
 * builder can build do not have to be passed over one by one.
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

  /** Takes the first step whose needs can be met. Drops all steps before it that are not `isReady` any more. */
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

/** Of chains of the same length, the one that was planned last comes first. */
function compare(a: Step, b: Step): number {
  return b.height - a.height || b.index - a.index;
}
