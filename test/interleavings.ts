import { setTimeout as sleep } from "node:timers/promises";

/** Actors in memory go on within this many microtasks. Others wait for the machine. */
const MICROTASKS = 200;

/** What happens to the next operation. If its answer is lost, it has had its effect. */
type Fate = "done" | "failed" | "answer-lost";

interface Choice {
  readonly actor: number;
  readonly fate: Fate;
}

interface Pending {
  readonly actor: number;
  readonly effect: Effect;
  /** How many operations had taken place when this one began to wait. */
  readonly since: number;
  readonly perform: (fate: Fate) => Promise<void>;
}

/** Whether the order of two operations matters. */
export interface Effect {
  readonly on: string;
  readonly isWrite: boolean;
}

export interface Answer {
  readonly effect: Effect;
  readonly answer: string;
}

/** Holds back one operation of an actor on what the actors share, until it is that operation's turn. */
export type Gate = <T>(effect: Effect, work: () => T | Promise<T>) => Promise<T>;

/** Actors that have started. */
export interface Play {
  readonly actors: readonly Promise<unknown>[];
  /** The state that the actors share, as text. */
  readonly describe: () => string | Promise<string>;
  /** What an actor remembers of its answers: actors that remember the same continue in the same way. */
  readonly remember: (answers: readonly Answer[]) => string;
  /** Throws if this ending is wrong. */
  readonly check: (outcomes: readonly PromiseSettledResult<unknown>[]) => void | Promise<void>;
}

export interface Exploration {
  readonly actors: number;
  /** How many operations may fail, or lose their answer, in one play. */
  readonly faults: number;
  /** Plays only so many, if the actors' operations are too slow for all. */
  readonly maxPlays?: number;
  /** What a failed operation rejects with. */
  readonly fault: () => Error;
  /** Starts over, always from the same state. */
  readonly begin: (gates: readonly Gate[]) => Play | Promise<Play>;
}

/**
 * Plays all orders in which the operations of the actors can take place, and checks each ending. Two plays
 * that reach the same state, with actors that remember the same, continue in the same way, so only one of
 * them is played to its end. Resolves to the number of endings.
 */
export async function exploreInterleavings(exploration: Exploration): Promise<number> {
  const { maxPlays = Infinity } = exploration;
  const seen = new Set<string>();
  const open: (readonly Choice[])[] = [[]];
  let endings = 0;
  for (let plays = 0; open.length > 0 && plays < maxPlays; plays++) {
    // If not all can be played, those that are should differ early and late.
    const next = maxPlays === Infinity ? open.length - 1 : (plays * 7919) % open.length;
    const [prefix = []] = open.splice(next, 1);
    const { alternatives, isEnding } = await playOn(exploration, prefix, seen);
    open.push(...alternatives);
    if (isEnding) endings += 1;
  }
  return endings;
}

/**
 * Plays the choices of the prefix, and then always the first option. Resolves to the other options that there
 * were after the prefix.
 */
async function playOn(
  { actors, faults, fault, begin }: Exploration,
  prefix: readonly Choice[],
  seen: Set<string>,
): Promise<{ readonly alternatives: readonly (readonly Choice[])[]; readonly isEnding: boolean }> {
  const pending: Pending[] = [];
  const answers = Array.from({ length: actors }, (): Answer[] => []);
  const openGate =
    (actor: number): Gate =>
    (effect, work) =>
      new Promise((resolve, reject) => {
        const hear = (answer: string) => answers[actor]?.push({ effect, answer });
        const perform = async (fate: Fate) => {
          if (fate === "failed") {
            hear("failed");
            reject(fault());
            return;
          }
          try {
            const result = await work();
            hear(fate === "done" ? JSON.stringify(result ?? null) : "lost");
            if (fate === "done") resolve(result);
            else reject(fault());
          } catch (error) {
            hear(String(error));
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        pending.push({ actor, effect, since: chosen.length, perform });
      });
  const chosen: Choice[] = [];
  let last: Pending | undefined;
  const play = await begin(Array.from({ length: actors }, (_, actor) => openGate(actor)));
  const running = new Set(play.actors.keys());
  for (const [actor, work] of play.actors.entries()) {
    const end = () => running.delete(actor);
    work.then(end, end);
  }
  const settled = Promise.allSettled(play.actors);
  const alternatives: (readonly Choice[])[] = [];
  for (;;) {
    await untilIdle(() => [...running].every((actor) => pending.some((next) => next.actor === actor)));
    if (pending.length === 0) break;
    if (chosen.length >= prefix.length) {
      const state = JSON.stringify([
        await play.describe(),
        answers.map(play.remember),
        pending.map(({ actor, effect }) => ({ actor, effect })),
        last?.actor,
        last?.effect,
        chosen.filter(({ fate }) => fate !== "done").length,
      ]);
      if (seen.has(state)) {
        for (const { perform } of pending.splice(0)) void perform("failed");
        settled.catch(() => undefined);
        return { alternatives, isEnding: false };
      }
      seen.add(state);
    }
    const used = chosen.filter(({ fate }) => fate !== "done").length;
    const fates: readonly Fate[] = used < faults ? ["done", "failed", "answer-lost"] : ["done"];
    const heads = Array.from({ length: actors }, (_, actor) => pending.find((next) => next.actor === actor));
    const options = heads.flatMap((head) =>
      head === undefined || isSwapped(last, head, chosen.length)
        ? []
        : fates.map((fate) => ({ actor: head.actor, fate })),
    );
    const [first, ...others] = options;
    const choice = prefix[chosen.length] ?? first;
    if (choice === undefined) {
      // All continuations are equivalent to others, in which two independent operations are swapped.
      for (const { perform } of pending.splice(0)) void perform("failed");
      return { alternatives, isEnding: false };
    }
    if (chosen.length >= prefix.length)
      alternatives.push(...others.map((other) => [...chosen, other] as const));
    chosen.push(choice);
    const index = pending.findIndex(({ actor }) => actor === choice.actor);
    [last] = pending.splice(index, 1);
    await last?.perform(choice.fate);
  }
  await play.check(await settled);
  return { alternatives, isEnding: true };
}

/** Resolves once every actor that still runs has an operation to wait for. */
async function untilIdle(isIdle: () => boolean): Promise<void> {
  for (let turn = 0; turn === 0 || !isIdle(); turn++) {
    if (turn < MICROTASKS) await Promise.resolve();
    else await sleep(1);
  }
}

/** Of two operations in a row whose order does not matter, the one of the first actor is played first. */
function isSwapped(last: Pending | undefined, next: Pending, taken: number): boolean {
  if (last === undefined || next.actor >= last.actor || next.since >= taken) return false;
  const { on, isWrite } = last.effect;
  return on !== next.effect.on || !(isWrite || next.effect.isWrite);
}
