import { aboutSubject, ActionError, renderError } from "../errors/action-error.js";
import {
  type Builder,
  type BuilderChange,
  type BuilderStatus,
  countUsable,
  displayName,
  type DroppedBuilder,
  isUsable,
  type Traffic,
} from "../model/builder.js";
import type { Emit } from "../model/run-event.js";
import type { Clock } from "../platform/clock.js";
import { writeFileAtomically } from "../platform/files.js";
import type { Log } from "../platform/log.js";
import type { Connection } from "../ssh/connection.js";
import { applyDegradedWeights } from "./degraded-weights.js";
import { renderMachines } from "./machines-file.js";
import type { PreviousProbe, ProbeResult, ProbeTarget } from "./probe.js";
import { watchBuilders, type WatchEffects } from "./watch.js";

export interface PoolEffects {
  readonly probe: (target: ProbeTarget, known: PreviousProbe) => Promise<ProbeResult>;
  /**
   * Lists the builders that come and go during the run. One that it no longer lists is dropped, and is
   * forgotten if it was never usable. Rejects with `CANCELLED` only.
   */
  readonly discover?: (() => Promise<readonly ProbeTarget[]>) | undefined;
  /** See `WatchEffects`. */
  readonly awaitChange?: WatchEffects["awaitChange"];
  /** Nix reads this file for every derivation, so a builder that is removed from it gets no new ones. */
  readonly machinesFile: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly emit: Emit;
}

/**
 * After the slowest usable builder, `open` waits this long, or as long as that builder took if that is
 * longer: a build with one builder fewer loses more time than this.
 */
const PATIENCE_MS = 1_000;
/** A pod that was moved to another node, or an API server, needs that long to start. */
const RETURN_LIMIT_MS = 60_000;
const RETURN_TICK_MS = 2_000;

interface Member {
  target: ProbeTarget;
  /** Whether `discover` listed it, and whether it still does. */
  readonly isDiscovered: boolean;
  isListed: boolean;
  wasUsable: boolean;
  status: BuilderStatus | undefined;
  connection: Connection | undefined;
  /** All connections so far. */
  readonly connections: Set<Connection>;
  probing: Promise<void> | undefined;
}

/**
 * The builders of a run: which ones are usable now, the machines file that lists those for Nix, and a
 * connection to each. A builder is dropped as soon as its connection ends or a probe fails, and is used again
 * after a probe succeeds.
 */
export class BuilderPool {
  #members: readonly Member[];
  readonly #effects: PoolEffects;
  readonly #changes: BuilderChange[] = [];
  readonly #stopped = new AbortController();
  #isStarted = false;
  #usesSystemSsh = false;
  #written = Promise.resolve();

  constructor(targets: readonly ProbeTarget[], effects: PoolEffects) {
    this.#effects = effects;
    this.#members = targets.map((target) => createMember(target, false));
  }

  /** The current status of every builder, in the order of the input. */
  get statuses(): readonly BuilderStatus[] {
    return this.#members.map(({ target, status }) => status ?? unanswered(target.builder));
  }

  /** The builders that were dropped or became usable after `open`. */
  get changes(): readonly BuilderChange[] {
    return this.#changes;
  }

  /** The open connection to a builder, if there is one. */
  connectionOf(builder: Builder): Connection | undefined {
    const connection = this.#members.find(({ target }) => target.builder.alias === builder.alias)?.connection;
    return connection?.isOpen() === true ? connection : undefined;
  }

  /**
   * What went over all connections to each builder so far, by its alias. Empty if Nix may have opened
   * connections of its own: what went over those is not known.
   */
  get traffic(): ReadonlyMap<string, Traffic> {
    if (this.#usesSystemSsh) return new Map();
    return new Map(
      this.#members.map(({ target, connections }) => {
        const all = [...connections].map((connection) => connection.traffic());
        const sum = (name: keyof Traffic) => all.reduce((total, traffic) => total + traffic[name], 0);
        return [target.builder.alias, { sentBytes: sum("sentBytes"), receivedBytes: sum("receivedBytes") }];
      }),
    );
  }

  /**
   * Probes all builders at once. Resolves when all have answered, or shortly after each of `systems` has a
   * usable builder; builders that answer later join then. Rejects with `CANCELLED`.
   */
  async open(systems: readonly string[]): Promise<void> {
    const { clock } = this.#effects;
    await this.#discover();
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
      !hasUsable() || clock.nowMs() - startMs < slowestMs + Math.max(PATIENCE_MS, slowestMs);
    const tick = () => clock.sleep(TICK_MS).then(() => false);
    while (isPatient() && !(await Promise.race([all, tick()])));
    this.#isStarted = true;
    await this.#write();
  }

  /** Probes all builders again, even dropped ones, and waits for every answer. Rejects with `CANCELLED`. */
  async refresh(): Promise<void> {
    await this.#discover();
    await Promise.all(this.#members.map((member) => this.#probe(member)));
    await this.#write();
  }

  /**
   * If no builder for a system is usable, waits while one that comes and goes may come back, for a minute at
   * most. Rejects with `CANCELLED`.
   */
  async awaitReturn(system: string): Promise<void> {
    const { clock, log } = this.#effects;
    const endMs = clock.nowMs() + RETURN_LIMIT_MS;
    let said = "";
    while (countUsable(this.statuses, system) === 0 && clock.nowMs() < endMs) {
      const missing = this.#members.flatMap((member) => findReturning(member, system));
      if (missing.length === 0) return;
      const reasons = missing.map(({ reason }) => reason).join("; ");
      if (reasons !== said) log.warning(`waiting for builders that may come back: ${reasons}`);
      said = reasons;
      await clock.sleep(RETURN_TICK_MS);
      await this.refresh();
    }
  }

  /**
   * Makes all further probes use the system's ssh too, as Nix does, and probes the usable builders. Rejects
   * with `CANCELLED`.
   */
  async prepareForNix(): Promise<void> {
    if (this.#usesSystemSsh) return;
    this.#usesSystemSsh = true;
    if (!this.#isStarted) await this.#discover();
    const candidates = this.#members.filter(({ status }) =>
      status === undefined ? !this.#isStarted : isUsable(status),
    );
    await Promise.all(candidates.map((member) => this.#probe(member)));
    await this.#write();
  }

  /** Drops a builder that failed during a build, until a probe finds it usable again. */
  drop(builder: Builder, error: ActionError): void {
    const member = this.#members.find(({ target }) => target.builder.alias === builder.alias);
    if (member === undefined) return;
    const { code, hint } = error;
    const reason = renderError(aboutSubject(error, builder.host));
    this.#set(member, { state: "dropped", builder, code, reason, hint });
  }

  /** Probes the builders regularly until `close`. */
  watch(): void {
    watchBuilders(() => this.refresh(), this.#effects, this.#stopped.signal);
  }

  /** Stops watching, and closes all connections. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const { connection } of this.#members) connection?.close();
    await this.#written.catch(() => undefined);
  }

  /** Brings the members in line with the builders that exist now. */
  async #discover(): Promise<void> {
    const { discover } = this.#effects;
    if (discover === undefined) return;
    const targets = await discover();
    const aliasOf = ({ builder }: ProbeTarget) => builder.alias;
    const listed = new Map(targets.map((target) => [aliasOf(target), target]));
    for (const member of this.#members.filter(({ isDiscovered }) => isDiscovered)) {
      const target = listed.get(aliasOf(member.target));
      member.isListed = target !== undefined;
      if (target !== undefined) member.target = target;
      else this.#leave(member);
    }
    const known = new Set(this.#members.map(({ target }) => aliasOf(target)));
    this.#members = [
      ...this.#members.filter(({ isListed, wasUsable }) => isListed || wasUsable),
      ...targets.filter((target) => !known.has(aliasOf(target))).map((target) => createMember(target, true)),
    ];
  }

  #leave(member: Member): void {
    const { builder } = member.target;
    const { connection } = member;
    member.connection = undefined;
    connection?.close();
    this.#set(member, {
      state: "dropped",
      builder,
      code: "BUILDER_UNREACHABLE",
      reason: `${builder.host}: the builder is gone`,
      hint: "It is used again when it comes back.",
    });
  }

  /** Runs at most one probe of a builder at a time. */
  #probe(member: Member): Promise<void> {
    if (!member.isListed) return Promise.resolve();
    // A builder without a pinned host key gets none during the run, so it is probed only once.
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
    if (connection !== undefined) member.connections.add(connection);
    if (this.#stopped.signal.aborted || !member.isListed) {
      connection?.close();
      return;
    }
    if (connection !== undefined && connection !== member.connection) {
      connection.onClose(() => {
        if (member.connection === connection) this.#lose(member);
      });
    }
    member.connection = connection;
    // `prepareForNix` was called during the probe, so the system's ssh has to be tried too.
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
      reason: `${builder.host}: the connection to the builder was lost`,
      hint: "Check that the builder is running and can be reached.",
    });
  }

  #set(member: Member, status: BuilderStatus): void {
    const before = member.status;
    member.status = status;
    member.wasUsable ||= isUsable(status);
    if (!this.#isStarted || this.#stopped.signal.aborted) return;
    const { log, clock, emit } = this.#effects;
    const wasUsable = before !== undefined && isUsable(before);
    if (isUsable(status) !== wasUsable) {
      const reason = status.state === "ready" ? "" : status.reason;
      this.#changes.push({ builder: status.builder, atMs: clock.nowMs(), state: status.state, reason });
      emit({ event: "builder-changed", uri: displayName(status.builder), state: status.state, reason });
      if (wasUsable) log.warning(`builder dropped: ${reason}`);
      else log.info(`builder ${status.builder.host} is usable now${reason === "" ? "" : `: ${reason}`}`);
    }
    this.#write().catch((error: unknown) => {
      log.warning(`could not write the machines file: ${renderError(error)}`);
    });
  }

  #hasMachinesFile(): boolean {
    return this.#members.length > 0 || this.#effects.discover !== undefined;
  }

  /** Writes one file after the other, so that the last one has the latest state. */
  #write(): Promise<void> {
    // Without builders there is no such file, and after `close` the run's folder may be gone.
    if (!this.#hasMachinesFile() || this.#stopped.signal.aborted) return Promise.resolve();
    this.#written = this.#written
      .catch(() => undefined)
      .then(() =>
        writeFileAtomically(this.#effects.machinesFile, renderMachines(applyDegradedWeights(this.statuses))),
      );
    return this.#written;
  }
}

const TICK_MS = 20;

function createMember(target: ProbeTarget, isDiscovered: boolean): Member {
  return {
    target,
    isDiscovered,
    isListed: true,
    wasUsable: false,
    status: undefined,
    connection: undefined,
    connections: new Set(),
    probing: undefined,
  };
}

/**
 * The status of a builder that was usable and still exists, such as a pod that ends or starts anew. One that
 * answers and is unfit, such as one with a full disk, is not waited for.
 */
function findReturning(
  { target, isDiscovered, isListed, wasUsable, status }: Member,
  system: string,
): readonly DroppedBuilder[] {
  if (!isDiscovered || !isListed || !wasUsable || status?.state !== "dropped") return [];
  const mayReturn = status.code === "BUILDER_UNREACHABLE" || target.refusal?.code === "BUILDER_UNFIT";
  return mayReturn && status.builder.systems.includes(system) ? [status] : [];
}

function unanswered(builder: Builder): BuilderStatus {
  return {
    state: "dropped",
    builder,
    code: "BUILDER_UNREACHABLE",
    reason: `${builder.host}: no answer yet, while other builders have answered`,
    hint: "The builder joins when it answers. Check that it is running.",
  };
}
