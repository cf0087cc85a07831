import { rm } from "node:fs/promises";
import { join } from "node:path";

import type { TargetImage } from "../image/image.js";
import { mergeLayers } from "../image/merge-layers.js";
import { UnmergeableError } from "../image/visible-paths.js";
import type { TargetSystem } from "../model/system.js";
import type { ContainerRuntime } from "../smoke/container.js";
import type { LoadedImage, MergeLayers } from "../smoke/load-image.js";
import { requireNativeEngine } from "../smoke/smoke-test.js";
import type { RunContext } from "./context.js";
import type { Job } from "./job.js";
import { openEngine } from "./open-engine.js";

/**
 * Loads images into the container engine while they are pushed, from the layers that this run has audited. An
 * image alone is not tested: the gate does that when the candidate is pushed.
 */
export class CandidateLoad {
  readonly #isEmulatedGateAllowed: boolean;
  readonly #context: RunContext;
  #runtime: Promise<ContainerRuntime> | undefined;
  readonly #loads = new Map<TargetImage, Promise<LoadedImage>>();

  constructor({ isEmulatedGateAllowed }: Pick<Job, "isEmulatedGateAllowed">, context: RunContext) {
    this.#isEmulatedGateAllowed = isEmulatedGateAllowed;
    this.#context = context;
  }

  /** The container engine. Rejects with the codes of `openContainerEngine`. */
  openEngine(): Promise<ContainerRuntime> {
    const { log } = this.#context;
    // The preflight has shown it already.
    const info = (text: string) => {
      log.debug(text);
    };
    const warning = (text: string) => {
      log.warning(text);
    };
    return (this.#runtime ??= openEngine(this.#context, { info, warning }));
  }

  /** Starts to load the images that the engine can test, one by one. `take` reports a failure. */
  start(images: readonly TargetImage[]): void {
    let previous: Promise<unknown> = Promise.resolve();
    for (const image of images) {
      const load = this.#loadAfter(previous, image);
      previous = load.catch(() => undefined);
      this.#loads.set(image, load);
    }
  }

  /** The loaded image, which the caller removes. Rejects with the codes of `ContainerRuntime.load`. */
  take(image: TargetImage): Promise<LoadedImage> {
    const load = this.#loads.get(image);
    if (load === undefined) throw new Error(`the image for ${image.target} is not being loaded`);
    this.#loads.delete(image);
    return load;
  }

  /** Removes the images that were not taken. Resolves when nothing is loaded any more. */
  async close(): Promise<void> {
    for (const result of await Promise.allSettled(this.#loads.values())) {
      // After a cancellation, the post step removes what is in the engine.
      if (result.status === "fulfilled" && !this.#context.signal.aborted) await result.value.remove();
    }
  }

  async #loadAfter(previous: Promise<unknown>, { target, read }: TargetImage): Promise<LoadedImage> {
    const runtime = await this.openEngine();
    await previous;
    requireNativeEngine(runtime, target, this.#isEmulatedGateAllowed);
    this.#context.signal.throwIfAborted();
    const file = join(this.#context.runFolder, `merged-${target}.tar`);
    try {
      return await runtime.load(read.image, this.#createMerge(target, file));
    } finally {
      await rm(file, { force: true });
    }
  }

  #createMerge(target: TargetSystem, file: string): MergeLayers {
    const { signal, log } = this.#context;
    return async (image) => {
      try {
        return { image: await mergeLayers(image, file, signal) };
      } catch (error) {
        if (!(error instanceof UnmergeableError)) throw error;
        log.debug(`the layers of the image for ${target} cannot be merged: ${error.message}`);
        return { obstacle: error.message };
      }
    };
  }
}
