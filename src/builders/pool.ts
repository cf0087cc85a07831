import { ActionError, renderError } from "../errors/action-error.js";
import { type Builder, type BuilderChange, type BuilderStatus, isUsable } from "../model/builder.js";
import type { Clock } from "../platform/clock.js";
import { writeFileAtomically } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { Connection } from "../ssh/connection.js";
import { renderMachines } from "./machines-file.js";
import type { PreviousProbe, ProbeResult, ProbeTarget } from "./probe.js";
import { watchBuilders } from "./watch.js";

export interface PoolEffects {
  readonly probe: (target: ProbeTarget, known: PreviousProbe) => Promise<ProbeResult>;
  /** Nix reads it anew for every derivation: a builder that is not in it gets no more of them. */
  readonly machinesFile: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Those that have not answered are waited for, at least so long and at most by this share of what the slowest of the others took. */
const PATIENCE_MS = 300;
const PATIENCE_SHARE = 0.4;

interface Member {
  readonly target: ProbeTarget;
  status: BuilderStatus | undefined;
  connection: Connection | undefined;
  probing: Promise<void> | undefined;
}

/**
 * The builders of a run: who is usable now, the machines file that says so to Nix, and a connection to each. A connection that ends, or a
 * probe that fails, drops a builder at once; one that comes back is taken in again.
 */
export class BuilderPool {
  readonly #members: readonly Member[];
  readonly #effects: PoolEffects;
  readonly #changes: BuilderChange[] = [];
  readonly #stopped = new AbortController();
  #isStarted = false;
  #usesSystemSsh = false;
  #written = Promise.resolve();

  constructor(targets: readonly ProbeTarget[], effects: PoolEffects) {
    this.#effects = effects;
    this.#members = targets.map((target) => ({
      target,
      status: undefined,
      connection: undefined,
      probing: undefined,
    }));
  }

  /** Every builder's state as it is now, in the order of the input. */
  get statuses(): readonly BuilderStatus[] {
    return this.#members.map(({ target, status }) => status ?? unanswered(target.builder));
  }

  /** What changed since the first probe. */
  get changes(): readonly BuilderChange[] {
    return this.#changes;
  }

  /** The live connection to a builder, if there is one. */
  connectionOf(builder: Builder): Connection | undefined {
    const connection = this.#members.find(({ target }) => target.builder.alias === builder.alias)?.connection;
    return connection?.isOpen() === true ? connection : undefined;
  }

  /**
   * Probes all builders at once. Resolves when all have answered; or, once one for each of `systems` is usable, when those still missing
   * have had their time: they join when they answer. Rejects with `CANCELLED`.
   */
  async open(systems: readonly string[]): Promise<void> {
    const { clock } = this.#effects;
    const startMs = clock.nowMs();
    let slowestMs = 0;
    const answers = this.#members.map(async (member) => {
      await this.#probe(member);
      if (member.status !== undefined && isUsable(member.status)) slowestMs = clock.nowMs() - startMs;
    });
    const all = Promise.all(answers).then(() => true);
    const hasUsable = () =>
      systems.every((system) =>
        this.statuses.some((status) => isUsable(status) && status.builder.systems.includes(system)),
      );
    const isPatient = () =>
      !hasUsable() || clock.nowMs() - startMs < slowestMs + Math.max(PATIENCE_MS, slowestMs * PATIENCE_SHARE);
    const tick = () => clock.sleep(TICK_MS).then(() => false);
    while (isPatient() && !(await Promise.race([all, tick()])));
    this.#isStarted = true;
    if (this.#members.length > 0) await this.#write();
  }

  /** Probes all builders anew, the lost ones too, and waits for every answer. Rejects with `CANCELLED`. */
  async refresh(): Promise<void> {
    await Promise.all(this.#members.map((member) => this.#probe(member)));
    await this.#write();
  }

  /** From now on, probes are by the system's ssh too, which Nix uses. The usable builders get such a one now. Rejects with `CANCELLED`. */
  async prepareForNix(): Promise<void> {
    if (this.#usesSystemSsh) return;
    this.#usesSystemSsh = true;
    const candidates = this.#members.filter(({ status }) =>
      status === undefined ? !this.#isStarted : isUsable(status),
    );
    await Promise.all(candidates.map((member) => this.#probe(member)));
    await this.#write();
  }

  /** Takes a builder out that has failed at its work, until a probe finds it usable again. */
  drop(builder: Builder, { code, message, hint = "" }: ActionError): void {
    const member = this.#members.find(({ target }) => target.builder.alias === builder.alias);
    if (member === undefined) return;
    const reason = `${builder.host}: ${message}`;
    this.#set(member, { state: "dropped", builder, code, reason, hint });
  }

  /** Looks after the builders until `close`. */
  watch(): void {
    watchBuilders(() => this.refresh(), this.#effects, this.#stopped.signal);
  }

  /** Ends the watch and all connections. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const { connection } of this.#members) connection?.close();
    await this.#written.catch(() => undefined);
  }

  /** One probe of a builder at a time. */
  #probe(member: Member): Promise<void> {
    // One without a pinned key has none later, either: its key is asked for once.
    if (member.target.unpinnedHost !== undefined && member.status !== undefined) return Promise.resolve();
    member.probing ??= this.#probeOnce(member).finally(() => {
      member.probing = undefined;
    });
    return member.probing;
  }

  async #probeOnce(member: Member): Promise<void> {
    const usesSystemSsh = this.#usesSystemSsh;
    const { status, connection } = await this.#effects.probe(member.target, {
      connection: member.connection,
      hasBuildsRunning: this.#isStarted,
      usesSystemSsh,
    });
    if (this.#stopped.signal.aborted) {
      connection?.close();
      return;
    }
    if (connection !== undefined && connection !== member.connection) {
      connection.onClose(() => {
        if (member.connection === connection) this.#lose(member);
      });
    }
    member.connection = connection;
    // While it was asked, the way Nix will go has become of interest.
    if (usesSystemSsh !== this.#usesSystemSsh && isUsable(status)) return this.#probeOnce(member);
    this.#set(member, status);
  }

  #lose(member: Member): void {
    member.connection = undefined;
    const { builder } = member.target;
    this.#set(member, {
      state: "dropped",
      builder,
      code: "BUILDER_UNREACHABLE",
      reason: `${builder.host}: the connection to it was lost`,
      hint: "Check that it is up, and the network between.",
    });
  }

  #set(member: Member, status: BuilderStatus): void {
    const before = member.status;
    member.status = status;
    if (!this.#isStarted || this.#stopped.signal.aborted) return;
    const { log, clock } = this.#effects;
    const wasUsable = before !== undefined && isUsable(before);
    if (isUsable(status) !== wasUsable) {
      const reason = status.state === "ready" ? "" : status.reason;
      this.#changes.push({ builder: status.builder, atMs: clock.nowMs(), state: status.state, reason });
      if (wasUsable) log.warning(`builder dropped: ${reason}`);
      else log.info(`builder ${status.builder.host} has answered${reason === "" ? "" : `: ${reason}`}`);
    }
    this.#write().catch((error: unknown) => {
      log.warning(`the machines file could not be written: ${renderError(error)}`);
    });
  }

  /** One after the other, so that the last one written is the last state. */
  #write(): Promise<void> {
    // Without builders there is no such file. Nor is the run's folder there when it has ended.
    if (this.#members.length === 0 || this.#stopped.signal.aborted) return Promise.resolve();
    this.#written = this.#written
      .catch(() => undefined)
      .then(() =>
        writeFileAtomically(this.#effects.machinesFile, renderMachines(applyDegradedWeights(this.statuses))),
      );
    return this.#written;
  }
}

const TICK_MS = 20;

function unanswered(builder: Builder): BuilderStatus {
  return {
    state: "dropped",
    builder,
    code: "BUILDER_UNREACHABLE",
    reason: `${builder.host}: no answer yet, when others had answered`,
    hint: "It joins when it answers. Check that it is up.",
  };
}

/**
 * The usable builders as Nix should see them: a degraded one gets half its slots and half the others' speed. Nix takes whole numbers for
 * speeds before 2.20.
 */
export function applyDegradedWeights(statuses: readonly BuilderStatus[]): readonly Builder[] {
  const isMixed =
    statuses.some(({ state }) => state === "degraded") && statuses.some(({ state }) => state === "ready");
  return statuses
    .filter(isUsable)
    .map(({ state, builder }) =>
      state === "degraded"
        ? { ...builder, maxJobs: Math.ceil((builder.maxJobs ?? 1) / 2) }
        : { ...builder, speedFactor: isMixed ? builder.speedFactor * 2 : builder.speedFactor },
    );
}

/** Logs which builders can be used, and why the others cannot. */
export function logBuilders(builders: readonly BuilderStatus[], log: Log): void {
  for (const status of builders) {
    if (status.state === "ready") log.info(`builder ${status.builder.host} is ready`);
    else if (status.state === "degraded") log.warning(`builder comes last: ${status.reason}. ${status.hint}`);
    else log.warning(`builder dropped: ${status.reason}. ${status.hint}`);
  }
}
