import type { ChosenMode } from "../plan/build-mode.js";

/**
 * Tracks which builders' stores are in use, so that targets that are built at the same time use different
 * builders, if there are enough.
 */
export class BuilderReservations {
  /** How many targets use each builder, by alias. */
  readonly #users = new Map<string, number>();

  /**
   * Chooses a mode and reserves its builder in one step: since `choose` is synchronous, no other target can
   * choose in between. Call `release` once the build has ended.
   */
  reserve(choose: (taken: ReadonlySet<string>) => ChosenMode): {
    readonly chosen: ChosenMode;
    readonly release: () => void;
  } {
    const chosen = choose(new Set(this.#users.keys()));
    if (chosen.mode.kind !== "single-store") return { chosen, release: () => undefined };
    const { alias } = chosen.mode.builder;
    this.#users.set(alias, (this.#users.get(alias) ?? 0) + 1);
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      const left = (this.#users.get(alias) ?? 1) - 1;
      if (left === 0) this.#users.delete(alias);
      else this.#users.set(alias, left);
    };
    return { chosen, release };
  }
}
