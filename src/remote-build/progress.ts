import type { BuildNeeds } from "../model/derivation.js";
import type { StorePath } from "../model/store-path.js";
import { ReadyQueue } from "./ready-queue.js";
import type { Step } from "./steps.js";

/** The progress of one step. */
interface StepProgress {
  state: "waiting" | "running" | "done";
  /** The number of its dependencies that are not done. */
  unmet: number;
  /** The number of consumers: the user if the step is wanted, and needed dependents that are not done. */
  demand: number;
}

/**
 * The progress of a build: which steps are needed, ready and done. Updating a step takes time proportional to
 * the number of its neighbours; only the loss of a builder requires a look at all steps.
 */
export class BuildProgress {
  readonly #steps: readonly Step[];
  readonly #wanted: ReadonlySet<StorePath>;
  readonly #isAvailable: (step: Step) => boolean;
  readonly #progress: readonly StepProgress[];
  readonly #ready = new ReadyQueue();
  #wantedLeft = 0;

  /** `wanted` lists derivations. `isAvailable` says whether a builder has the outputs of a finished step. */
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

  /** Whether all wanted derivations are built, or were found in a builder's store. */
  get isComplete(): boolean {
    return this.#wantedLeft === 0;
  }

  /** The number of steps that still have to be built: a running one counts, as does one that was lost. */
  countNeeded(): number {
    return this.#progress.filter(({ state, demand }) => state !== "done" && demand > 0).length;
  }

  /** Takes the ready step with the longest chain whose needs can be met, and marks it as running. */
  takeReady(canMeet: (needs: BuildNeeds) => boolean): Step | undefined {
    const step = this.#ready.take(canMeet, (queued) => this.#isReady(queued));
    if (step !== undefined) this.#of(step).state = "running";
    return step;
  }

  isWaiting(step: Step): boolean {
    return this.#of(step).state === "waiting";
  }

  /** Marks a step as done, or puts it back if the builder with its outputs was lost meanwhile. */
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

  /** Marks a step as waiting again, since it was not built. */
  putBack(step: Step): void {
    this.#of(step).state = "waiting";
    this.#queueIfReady(step);
  }

  /** Marks finished steps as waiting again if their outputs were lost and are still needed. */
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

  /**
   * Adds a consumer to each step; a newly needed step becomes a consumer of its dependencies. Not recursive,
   * because a long chain would overflow the stack.
   */
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
