/** One run, as the bundle left it. */
export interface RawRun {
  /** Undefined where the run writes none: a doctor. */
  readonly report: unknown;
  readonly summary: string;
  readonly outputs: Readonly<Record<string, string>>;
  readonly log: string;
  readonly exitCode: string;
}

export interface Surroundings {
  /**
   * What stands for a folder or a version of this machine: `/home/me/checkout` → `<checkout>`. `<made>` is for what stands before the
   * name of a folder that `makeTemporaryFolder` made: the folder is then `<NAME>`.
   */
  readonly names: ReadonlyMap<string, string>;
  /** Several builders share the work: it is arbitrary in which order derivations start and end, and where. */
  readonly isDistributed?: boolean;
}

/** Numbers that no two runs, or no two machines, have in common. Null says that there is none, and stays. */
const NUMBERS: Readonly<Record<string, string>> = {
  durationMs: "<ms>",
  probeMs: "<ms>",
  sizeBytes: "<bytes>",
  freeBytes: "<bytes>",
  load: "<load>",
};
/** Outputs that are JSON. */
const JSON_OUTPUTS: readonly string[] = ["plan", "builders", "metadata"];
/** Where the log says where a derivation is built, or was. */
const BUILD_LINE = /^(?:::group::|::error::)?(?:building|built|failed:) /;
const BUILDER_URI = /\bssh(?:-ng)?(?::|&#58;)\/\/[^\s|"]+/g;
/** Times in seconds have a decimal where they were measured, and none where they were given. */
const SECONDS = /\b[0-9]+\.[0-9]+ s\b/g;

/**
 * The files of a run without what differs from run to run and from machine to machine. Equal hashes, ports and nonces get equal
 * placeholders in all files of the run, numbered by first appearance.
 */
export function normaliseRun(run: RawRun, surroundings: Surroundings): Readonly<Record<string, string>> {
  const replace = createReplacer(surroundings.names);
  // The order is that of the numbers: placeholders are assigned as the files are read.
  return {
    ...(run.report !== undefined && {
      "report.json": `${replace(renderJson(normaliseReport(run.report, surroundings)))}\n`,
    }),
    "outputs.txt": replace(renderOutputs(run.outputs)),
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
  readonly phases?: readonly { readonly name: string }[];
  readonly builds?: readonly { readonly name: string; readonly place: string }[];
}

function normaliseReport(report: unknown, { isDistributed }: Surroundings): unknown {
  const { phases = [], builds = [] } = report as ReportLists;
  const placeless = () => builds.map((build) => ({ ...build, place: "<builder>" }));
  return {
    ...(report as object),
    builds: isDistributed === true ? placeless().toSorted((a, b) => compare(a.name, b.name)) : builds,
    phases: sortRuns(
      phases,
      ({ name }) => isSideBySide(name),
      (a, b) => compare(a.name, b.name),
    ),
  };
}

/** The flake is inspected while the builders are probed: either may end first. */
const isSideBySide = (phase: string) => ["inspect", "probe"].includes(phase);

function renderOutputs(outputs: RawRun["outputs"]): string {
  return Object.entries(outputs)
    .map(([name, value]) => {
      const text =
        JSON_OUTPUTS.includes(name) && value !== "" ? renderJson(JSON.parse(value) as unknown) : value;
      return `${name}:\n${text === "" ? "" : text.replace(/^/gm, "  ").concat("\n")}`;
    })
    .join("");
}

/** Sorts the rows of builds, which are by duration, and the phases that run side by side. */
function normaliseSummary(summary: string, { isDistributed }: Surroundings): string {
  const lines = sortRuns(
    summary.split("\n"),
    (line) => isSideBySide(/^\| (\w+) \| [0-9.]+ s \|/.exec(line)?.[1] ?? ""),
    compare,
  );
  const head = lines.findIndex((line) => line.startsWith("| derivation | where |"));
  if (head === -1) return lines.join("\n");
  const start = head + 2;
  const length = lines.slice(start).findIndex((line) => !line.startsWith("| "));
  // Where not all are shown, it is arbitrary which ones are the slowest.
  const isSelection = lines[start + length + 1]?.startsWith("The slowest ") === true;
  const rows = lines.slice(start, start + length).map((row) => {
    const named = isSelection ? row.replace(/^\| \S+/, "| <derivation>") : row;
    return isDistributed === true ? named.replace(BUILDER_URI, "<builder>") : named;
  });
  return lines.toSpliced(start, length, ...rows.toSorted(compareUntimed)).join("\n");
}

/** Rows that differ in their times alone are the same. */
const compareUntimed = (a: string, b: string) => compare(a.replace(SECONDS, ""), b.replace(SECONDS, ""));

function normaliseLog(log: string, { isDistributed }: Surroundings): string {
  const isBuild = (unit: string) => BUILD_LINE.test(unit);
  let units = splitLog(log);
  if (isDistributed === true) {
    const placed = units.map((unit) => (isBuild(unit) ? unit.replace(BUILDER_URI, "<builder>") : unit));
    units = sortRuns(placed, isBuild, compareUntimed);
  }
  // The image is pushed while the binary cache is filled.
  const isPublished = (unit: string) =>
    /^(?:pushed \S+: |(?:the )?binary cache .*(?:pushed|filled))/.test(unit);
  return sortRuns(units, isPublished, compare).join("\n");
}

/** The lines of a log; a group with its lines is one. */
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

/** Sorts each run of neighbours that are `chosen`; all others stay where they are. */
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

/** By code units: a locale would make it the machine's own order. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** What is numbered: a kind, and what it looks like. The summary has `:` as `&#58;`. */
const NUMBERED = [
  ["hash", /(?<=\/nix\/store\/)[0-9a-df-np-sv-z]{32}(?=-)/],
  ["hash", /\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b/],
  ["hash", /(?<=sha256-|SHA256:|SHA256&#58;)[A-Za-z0-9+/]{43}/],
  ["nonce", /(?<=cross-build-)[0-9a-f]{12}\b/],
  // A port that a test chose by itself is a low one.
  ["port", /(?<=127\.0\.0\.1\]?(?::|&#58;))[0-9]{4,5}\b/],
] as const;

const REPLACED = [
  [/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}(?::|&#58;)[0-9]{2}(?::|&#58;)[0-9.]+Z/g, "<instant>"],
  [SECONDS, "<seconds>"],
  [/\bin [0-9]+ ms\b/g, "in <ms>"],
  [/\b[0-9]+\.[0-9]+ MiB\b/g, "<size>"],
  [/\b(docker|podman) [0-9][^\s,)<"]*/g, "$1 <version>"],
] as const;

/** Replaces what is this machine's, or this run's, in any text; equal values get equal placeholders in all texts. */
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

/** As the job summary has it. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]()#|~@!:]/g, (character) => `&#${character.charCodeAt(0)};`);
}
