/** The results of one run of the bundle. */
export interface RawRun {
  /** Undefined if the run writes none, like a doctor. */
  readonly report: unknown;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly exitCode: string;
}

export interface Surroundings {
  /**
   * Placeholders for folders and versions of this machine: `/home/me/checkout` → `<checkout>`. `<made>`
   * replaces the prefix of the folders that `makeTemporaryFolder` creates; such a folder is then shown as
   * `<NAME>`.
   */
  readonly names: ReadonlyMap<string, string>;
  /** True if several builders share the work, so that order and place of the builds are arbitrary. */
  readonly isDistributed?: boolean;
}

/** Numbers that differ between runs or machines. Null stays, since it means that there is none. */
const NUMBERS: Readonly<Record<string, string>> = {
  durationMs: "<ms>",
  probeMs: "<ms>",
  sizeBytes: "<bytes>",
  previousSizeBytes: "<bytes>",
  freeBytes: "<bytes>",
  usedBytes: "<bytes>",
  bytesPushed: "<bytes>",
  busyMs: "<ms>",
  cpuMs: "<ms>",
  peakMemoryBytes: "<bytes>",
  receivedBytes: "<bytes>",
  sentBytes: "<bytes>",
  load: "<load>",
};
/** The outputs that are JSON. */
const JSON_OUTPUTS: readonly string[] = ["plan", "builders", "metadata"];
/** Log lines that say where a derivation is or was built. */
const BUILD_LINE = /^(?:::group::|::error::)?(?:building|built|failed:) /;
const BUILDER_URI = /\bssh(?:-ng)?(?::|&#58;)\/\/[^\s|"]+/g;
/** Measured times. Seconds have a decimal, unlike times from the configuration. */
const SECONDS = /\b(?:[0-9]+\.[0-9]+ s|[0-9]+ min [0-9]+ s)\b/g;
/** What a slow machine says about builds that are still running. */
const HEARTBEAT = /^(?:still (?:building|substituting|waiting for Nix)| {2}\S+ .* has printed nothing for )/;

/**
 * The files of a run without anything that differs between runs or machines. Equal hashes, ports and nonces
 * get equal placeholders in all files of the run, numbered by first appearance.
 */
export function normaliseRun(run: RawRun, surroundings: Surroundings): Readonly<Record<string, string>> {
  const replace = createReplacer(surroundings.names);
  // This order determines the numbers: placeholders are assigned in the order in which files are read.
  return {
    ...(run.report !== undefined && {
      "report.json": `${replace(renderJson(normaliseReport(run.report, surroundings)))}\n`,
    }),
    "outputs.txt": replace(renderOutputs(run.outputs, surroundings)),
    "summary.md": replace(normaliseSummary(run.summary, surroundings)),
    "log.txt": replace(normaliseLog(run.log, surroundings)),
    "exit-code.txt": `${run.exitCode}\n`,
  };
}

const renderJson = (value: unknown) => JSON.stringify(replaceNumbers(value), undefined, 2);

function replaceNumbers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replaceNumbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      typeof child === "number" ? (NUMBERS[key] ?? child) : replaceNumbers(child),
    ]),
  );
}

interface ReportLists {
  readonly builders?: readonly object[];
  readonly phases?: readonly { readonly name: string }[];
  readonly builds?: readonly {
    readonly name: string;
    readonly place: string;
    readonly dependencies: readonly string[];
  }[];
}

function normaliseReport(report: unknown, { isDistributed }: Surroundings): unknown {
  const { builders, phases = [], builds: unsorted = [] } = report as ReportLists;
  // Nix lists dependencies by their hashes. Whether it is known what a short build used depends on its time.
  const builds = unsorted.map((build) => ({
    ...build,
    use: "<use>",
    dependencies: build.dependencies.toSorted((a, b) => compare(nameOf(a), nameOf(b))),
  }));
  const placeless = () => builds.map((build) => ({ ...build, place: "<builder>" }));
  return {
    ...(report as object),
    ...(builders !== undefined && { builders: normaliseBuilders(builders, isDistributed) }),
    builds: isDistributed === true ? placeless().toSorted((a, b) => compare(a.name, b.name)) : builds,
    phases: sortRuns(
      phases,
      ({ name }) => isSideBySide(name),
      (a, b) => compare(a.name, b.name),
    ),
  };
}

/** How much each of several builders did is arbitrary. */
function normaliseBuilders(builders: readonly object[], isDistributed = false): readonly object[] {
  return isDistributed ? builders.map((builder) => ({ ...builder, use: "<use>" })) : builders;
}

/** A store path without its folder and hash. */
const nameOf = (path: string) => path.replace(/^.*\/[^-]*-/, "");

/** These phases run at the same time, so any of them may end first. */
const isSideBySide = (phase: string) => ["prepare", "inspect", "probe", "preflight"].includes(phase);

function renderOutputs(outputs: RawRun["outputs"], { isDistributed }: Surroundings): string {
  const renderOutput = (name: string, value: string) => {
    if (!JSON_OUTPUTS.includes(name) || value === "") return value;
    const json = JSON.parse(value) as unknown;
    return renderJson(name === "builders" ? normaliseBuilders(json as object[], isDistributed) : json);
  };
  return Object.entries(outputs)
    .map(([name, value]) => {
      const text = renderOutput(name, value);
      return `${name}:\n${text === "" ? "" : text.replace(/^/gm, "  ").concat("\n")}`;
    })
    .join("");
}

/** Lines of the chart of builds: a machine, or a build with the times of its start and its end. */
const CHART_LINE = /^(?: {2}section | {4}[✓✗–] )/;
const TIMES = /(?<=:(?:crit, )?)[0-9]{13}, [0-9]{13}$/;

/** Sorts the rows of builds, which are ordered by duration, and the concurrent phases. */
function normaliseSummary(summary: string, { isDistributed }: Surroundings): string {
  const chart = summary.split("\n").map((line) => {
    const untimed = CHART_LINE.test(line) ? line.replace(TIMES, "<ms>, <ms>") : line;
    // Which builds are critical, and where they are built, depends on their times.
    return isDistributed === true && CHART_LINE.test(line)
      ? untimed.replace("crit, ", "").replace(/(?<=^ {2}section ).*/, "<builder>")
      : untimed;
  });
  const lines = sortRuns(
    isDistributed === true ? sortRuns(chart, (line) => CHART_LINE.test(line), compareUntimed) : chart,
    (line) => isSideBySide(/^\| (\w+) \| (?:[0-9]+ min )?[0-9.]+ s \|/.exec(line)?.[1] ?? ""),
    compare,
  );
  dropColumns(lines, "| derivation | where |", ["CPU time", "memory"]);
  if (isDistributed === true)
    dropColumns(lines, "| builder | state |", ["builds", "busy", "CPU time", "sent, received"]);
  const head = lines.findIndex((line) => line.startsWith("| derivation | where |"));
  if (head === -1) return lines.join("\n");
  const start = head + 2;
  const length = lines.slice(start).findIndex((line) => !line.startsWith("| "));
  // If not all builds are shown, it is arbitrary which ones are the slowest.
  const isSelection = lines[start + length + 1]?.startsWith("The slowest ") === true;
  const rows = lines.slice(start, start + length).map((row) => {
    const named = isSelection ? row.replace(/^\| \S+/, "| <derivation>") : row;
    return isDistributed === true ? named.replace(BUILDER_URI, "<builder>") : named;
  });
  return lines.toSpliced(start, length, ...rows.toSorted(compareUntimed)).join("\n");
}

/** Removes these columns from the table that begins with `head`, if it has them. */
function dropColumns(lines: string[], head: string, titles: readonly string[]): void {
  const start = lines.findIndex((line) => line.startsWith(head));
  const dropped = (lines[start] ?? "")
    .split(" | ")
    .flatMap((title, index) => (titles.includes(title) ? [index] : []));
  for (let at = start; start !== -1 && lines[at]?.startsWith("| ") === true; at++) {
    const cells = (lines[at] ?? "").split(" | ");
    lines[at] = cells.filter((_, index) => !dropped.includes(index)).join(" | ");
  }
}

/** Ignores times, so that rows that differ only in their times are equal. */
const compareUntimed = (a: string, b: string) => compare(a.replace(SECONDS, ""), b.replace(SECONDS, ""));

function normaliseLog(log: string, { isDistributed }: Surroundings): string {
  const isBuild = (unit: string) => BUILD_LINE.test(unit);
  let units = splitLog(log).filter((unit) => !HEARTBEAT.test(unit));
  if (isDistributed === true) {
    const placed = units.map((unit) => (isBuild(unit) ? unit.replace(BUILDER_URI, "<builder>") : unit));
    units = sortRuns(placed, isBuild, compareUntimed);
  }
  // The image is pushed while the binary cache is filled, so either message may come first.
  const isPublished = (unit: string) =>
    /^(?:pushed \S+: |(?:the )?binary cache .*(?:pushed|filled))/.test(unit);
  return sortRuns(units, isPublished, compare).join("\n");
}

/** Splits a log into lines; a group with its lines is one item. */
function splitLog(log: string): readonly string[] {
  const units: string[] = [];
  let group: string[] = [];
  for (const line of log.split("\n")) {
    if (group.length === 0 && !line.startsWith("::group::")) units.push(line);
    else group.push(line);
    if (line !== "::endgroup::") continue;
    units.push(group.join("\n"));
    group = [];
  }
  return [...units, ...group];
}

/** Sorts each run of adjacent items that are `isChosen`; all others stay where they are. */
function sortRuns<T>(list: readonly T[], isChosen: (item: T) => boolean, order: (a: T, b: T) => number): T[] {
  const sorted: T[] = [];
  let run: T[] = [];
  const flush = () => {
    sorted.push(...run.toSorted(order));
    run = [];
  };
  for (const item of list) {
    if (isChosen(item)) {
      run.push(item);
      continue;
    }
    flush();
    sorted.push(item);
  }
  flush();
  return sorted;
}

/** Compares by code units, because the order of a locale would depend on the machine. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** The numbered placeholders, each with its pattern. The summary escapes `:` as `&#58;`. */
const NUMBERED = [
  ["hash", /(?<=\/nix\/store\/)[0-9a-df-np-sv-z]{32}(?=-)/],
  ["hash", /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/],
  ["hash", /(?<=sha256-|SHA256:|SHA256&#58;)[A-Za-z0-9+/]{43}/],
  ["nonce", /(?<=cross-build-)[0-9a-f]{12}\b/],
  // Ports with fewer digits were chosen by a test, and stay.
  ["port", /(?<=127\.0\.0\.1\]?(?::|&#58;))[0-9]{4,5}\b/],
] as const;

const REPLACED = [
  [/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}(?::|&#58;)[0-9]{2}(?::|&#58;)[0-9.]+Z/g, "<instant>"],
  [SECONDS, "<seconds>"],
  [/(?<=sha256&#58;)[0-9a-f]{12}\b/g, "<hash>"],
  [/\bin [0-9]+ ms\b/g, "in <ms>"],
  [/\b[0-9]+\.[0-9]+ MiB\b/g, "<size>"],
  [/\b(docker|podman) [0-9][^\s,)<"]*/g, "$1 <version>"],
] as const;

/** Replaces what depends on the machine or the run; equal values get equal placeholders in all texts. */
export function createReplacer(names: Surroundings["names"]): (text: string) => string {
  const seen = new Map<string, string>();
  const counts = new Map<string, number>();
  const number = (kind: string, value: string) => {
    const known = seen.get(`${kind} ${value}`);
    if (known !== undefined) return known;
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    const placeholder = `<${kind}-${count}>`;
    seen.set(`${kind} ${value}`, placeholder);
    return placeholder;
  };
  const numbered = new RegExp(NUMBERED.map(([, pattern]) => `(${pattern.source})`).join("|"), "g");
  return (text) => {
    let replaced = text;
    for (const [value, name] of names) {
      for (const written of [value, escapeMarkdown(value)]) replaced = replaced.replaceAll(written, name);
    }
    replaced = replaced.replace(/<made>([a-z-]+)-[A-Za-z0-9]{6}/g, "<$1>");
    replaced = replaced.replace(numbered, (value: string, ...groups: readonly unknown[]) => {
      const index = groups.slice(0, NUMBERED.length).findIndex((group) => group !== undefined);
      return number(NUMBERED[index]?.[0] ?? "", value);
    });
    for (const [pattern, placeholder] of REPLACED) replaced = replaced.replace(pattern, placeholder);
    return replaced;
  };
}

/** Escapes text as the job summary does. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
