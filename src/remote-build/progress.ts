import type { BuildNeeds } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import { ReadyQueue } from "./ready-queue.js";
import type { Step } from "./steps.js";

/** How far a step has come. */
interface StepProgress {
  state: "waiting" | "running" | "done";
  /** How many of its dependencies are not done. */
  unmet: number;
  /** How many wait for its outputs: whoever asked for them, and dependents that are needed and not done. */
  demand: number;
}

/**
 * How far a build has come: which steps are needed, ready and done. A change costs as much as the step has neighbours; only the loss of a
 * builder looks at all steps.
 */
export class BuildProgress {
  readonly #steps: readonly Step[];
  readonly #wanted: ReadonlySet<StorePath>;
  readonly #isAvailable: (step: Step) => boolean;
  readonly #progress: readonly StepProgress[];
  readonly #ready = new ReadyQueue();
  #wantedLeft = 0;

  /** `wanted` has derivations; `isAvailable` says whether the outputs of a step that was done are still there. */
  constructor(steps: readonly Step[], wanted: ReadonlySet<StorePath>, isAvailable: (step: Step) => boolean) {
    this.#steps = steps;
    this.#wanted = wanted;
    this.#isAvailable = isAvailable;
    this.#progress = steps.map(({ dependencies }) => ({
      state: "waiting",
      unmet: dependencies.length,
      demand: 0,
    }));
    const asked = steps.filter(({ drvPath }) => wanted.has(drvPath));
    this.#wantedLeft = asked.length;
    this.#addDemand(asked);
  }

  /** Whether all that was asked for is done. */
  get isComplete(): boolean {
    return this.#wantedLeft === 0;
  }

  /** The ready step with the longest chain, among those whose needs can be met; it is running then. */
  takeReady(canMeet: (needs: BuildNeeds) => boolean): Step | undefined {
    const step = this.#ready.take(canMeet, (queued) => this.#isReady(queued));
    if (step !== undefined) this.#of(step).state = "running";
    return step;
  }

  isWaiting(step: Step): boolean {
    return this.#of(step).state === "waiting";
  }

  /** It was built, or found in a builder's store; unless that builder was lost meanwhile. */
  finish(step: Step): void {
    const progress = this.#of(step);
    if (progress.state === "done") return;
    if (!this.#isAvailable(step)) {
      this.putBack(step);
      return;
    }
    progress.state = "done";
    if (this.#wanted.has(step.drvPath)) this.#wantedLeft -= 1;
    if (progress.demand > 0) this.#dropDemand(step.dependencies);
    for (const dependent of step.dependents) {
      this.#of(dependent).unmet -= 1;
      this.#queueIfReady(dependent);
    }
  }

  /** It was not built, and has to be tried again. */
  putBack(step: Step): void {
    this.#of(step).state = "waiting";
    this.#queueIfReady(step);
  }

  /** Looks for steps whose outputs were lost with a builder: those that are still needed are to be built again. */
  reviveLost(): void {
    for (const step of this.#steps.toReversed()) {
      const { state, demand } = this.#of(step);
      if (state === "done" && demand > 0 && !this.#isAvailable(step)) this.#revive(step);
    }
  }

  #revive(step: Step): void {
    this.#of(step).state = "waiting";
    if (this.#wanted.has(step.drvPath)) this.#wantedLeft += 1;
    for (const dependent of step.dependents) this.#of(dependent).unmet += 1;
    this.#addDemand(step.dependencies);
    this.#queueIfReady(step);
  }

  /** A step that was not needed before needs its dependencies, and so on: not by recursion, for chains may be long. */
  #addDemand(steps: readonly Step[]): void {
    const stack = [...steps];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      const progress = this.#of(step);
      progress.demand += 1;
      if (progress.demand > 1) continue;
      if (progress.state === "done") {
        if (this.#isAvailable(step)) continue;
        progress.state = "waiting";
        for (const dependent of step.dependents) this.#of(dependent).unmet += 1;
      }
      for (const dependency of step.dependencies) stack.push(dependency);
      this.#queueIfReady(step);
    }
  }

  #dropDemand(steps: readonly Step[]): void {
    const stack = [...steps];
    for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
      const progress = this.#of(step);
      progress.demand -= 1;
      if (progress.demand > 0 || progress.state === "done") continue;
      for (const dependency of step.dependencies) stack.push(dependency);
    }
  }

  #queueIfReady(step: Step): void {
    if (this.#isReady(step)) this.#ready.add(step);
  }

  #isReady(step: Step): boolean {
    const { state, unmet, demand } = this.#of(step);
    return state === "waiting" && unmet === 0 && demand > 0;
  }

  #of(step: Step): StepProgress {
    const progress = this.#progress[step.index];
    if (progress === undefined) throw new RangeError(`${step.drvPath} is not a step of this build`);
    return progress;
  }
}
