import { isCancelled, renderError } from "../errors/action-error.js";
import { withTimeLimit, type Clock } from "../platform/clock.js";
import type { SendHttp } from "../platform/http.js";
import type { Log } from "../platform/log.js";

/** What the last probe of a substituter found. */
export interface SubstituterStatus {
  readonly uri: string;
  readonly state: "usable" | "dropped";
  readonly reason: string;
}

interface SubstitutersOptions {
  /** All substituters of Nix's configuration. */
  readonly readUris: () => Promise<readonly string[]>;
  /** True if a daemon with an environment of its own fetches, which may reach what this process cannot. */
  readonly mayDaemonReach: boolean;
}

interface Effects {
  readonly sendHttp: SendHttp;
  readonly clock: Clock;
  readonly log: Log;
}

/** A substituter that needs longer for a file of a hundred bytes slows every build down. */
const ANSWER_LIMIT_MS = 5000;
const RETRY_DELAY_MS = 500;
/** How long a dropped substituter is left alone. */
const PAUSE_MS = 30_000;

/**
 * The substituters of a run. Nix asks a server that is down for minutes, again and again, so the run probes
 * those on HTTP servers and passes Nix only the others.
 */
export class Substituters {
  readonly #options: SubstitutersOptions;
  readonly #effects: Effects;
  #uris: readonly string[] | undefined;
  #statuses: readonly SubstituterStatus[] = [];
  #probedAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: SubstitutersOptions, effects: Effects) {
    this.#options = options;
    this.#effects = effects;
  }

  /** Those on HTTP servers, as the last probe found them; empty before the first one. */
  get statuses(): readonly SubstituterStatus[] {
    return this.#statuses;
  }

  /** The options of Nix that leave out what was dropped. */
  get nixOptions(): readonly string[] {
    const dropped = new Set(this.#statuses.filter(isDropped).map(({ uri }) => uri));
    if (dropped.size === 0) return [];
    const kept = (this.#uris ?? []).filter((uri) => !dropped.has(renderPublic(uri)));
    return ["--option", "substituters", kept.join(" ")];
  }

  /**
   * Probes all substituters the first time, and later those that were dropped, unless that was only just
   * done, and says so when one answers again. Rejects with the codes of `readUris`.
   */
  async refresh(): Promise<void> {
    const { clock, log } = this.#effects;
    if (this.#uris === undefined) {
      this.#uris = await this.#options.readUris();
      this.#probedAtMs = clock.nowMs();
      this.#statuses = await this.#probeFirst(this.#uris.filter((uri) => /^https?:/.test(uri)));
      return;
    }
    if (!this.#statuses.some(isDropped) || clock.nowMs() - this.#probedAtMs < PAUSE_MS) return;
    this.#probedAtMs = clock.nowMs();
    const probed = await Promise.all(this.#statuses.filter(isDropped).map(({ uri }) => this.#probe(uri)));
    for (const { uri } of probed.filter((status) => !isDropped(status))) {
      log.info(`the substituter ${uri} answers again`);
    }
    const known = new Map(probed.map((status) => [status.uri, status]));
    this.#statuses = this.#statuses.map((status) => known.get(status.uri) ?? status);
  }

  async #probeFirst(uris: readonly string[]): Promise<readonly SubstituterStatus[]> {
    const { log } = this.#effects;
    const statuses = await Promise.all(uris.map((uri) => this.#probe(renderPublic(uri))));
    if (statuses.length > 0 && statuses.every(isDropped) && this.#options.mayDaemonReach) {
      log.warning(
        "no substituter answers this process. Nix still asks them, since its daemon may reach what this " +
          "process cannot",
      );
      return statuses.map((status) => ({ ...status, state: "usable" }));
    }
    return statuses;
  }

  async #probe(uri: string): Promise<SubstituterStatus> {
    const first = await this.#ask(uri);
    if (first === undefined) return { uri, state: "usable", reason: "answers" };
    await this.#effects.clock.sleep(RETRY_DELAY_MS);
    const second = await this.#ask(uri);
    if (second === undefined) return { uri, state: "usable", reason: "answers at the second attempt" };
    return { uri, state: "dropped", reason: second };
  }

  /**
   * Why a substituter cannot be used; undefined if it can. One that asks for a password is alive: Nix has
   * the password.
   */
  async #ask(uri: string): Promise<string | undefined> {
    const { clock, sendHttp } = this.#effects;
    const url = new URL(uri);
    url.pathname = `${url.pathname.replace(/\/+$/, "")}/nix-cache-info`;
    try {
      return await withTimeLimit(clock, ANSWER_LIMIT_MS, async (signal) => {
        const { status, discard } = await sendHttp({ method: "GET", url, signal });
        discard();
        return status < 500 && status !== 429 ? undefined : `answers with status ${status}`;
      });
    } catch (error) {
      if (isCancelled(error)) throw error;
      if (error instanceof DOMException && error.name === "TimeoutError") {
        return `does not answer within ${ANSWER_LIMIT_MS / 1000} s`;
      }
      return `cannot be reached: ${renderError(error)}`;
    }
  }
}

/** Logs which substituters the build goes without, and why. */
export function logSubstituters(statuses: readonly SubstituterStatus[], log: Log): void {
  for (const { uri, reason } of statuses.filter(isDropped)) {
    log.warning(`substituter dropped: ${uri} ${reason}. The build goes on without it`);
  }
}

function isDropped({ state }: SubstituterStatus): boolean {
  return state === "dropped";
}

/** A URI without credentials and without the settings of the store. */
function renderPublic(uri: string): string {
  const url = URL.parse(uri);
  if (url === null) return uri;
  url.username = "";
  url.password = "";
  url.search = "";
  return url.href.replace(/\/$/, "");
}
