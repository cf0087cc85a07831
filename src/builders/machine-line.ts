import { resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";
import { findSettings, type SshHost } from "../ssh/config-input.js";

const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const URI =
  /^(?:(ssh|ssh-ng):\/\/)?(?:([^@/?]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@:/?[\]]+)(?::([0-9]+))?(\?[^\s]*)?$/;

/** The settings that machine lines are read with. */
export interface MachineRun {
  readonly nonce: string;
  /** The system of a line that names none. */
  readonly systemDefault: string;
  /** The input `ssh-config`, for the port and the user of a host whose line gives none. */
  readonly hosts?: readonly SshHost[];
}

/** Reads a file, by its absolute path; rejects if it cannot be read. */
export type ReadText = (file: string) => Promise<string>;

interface Entry {
  readonly text: string;
  readonly line: number;
  /** The input or the file that has the line, for messages. */
  readonly source: string;
}

const INPUT = "input builders";
const HINT =
  "Write a line as: ssh-ng://USER@HOST SYSTEMS - MAXJOBS SPEED FEATURES MANDATORY-FEATURES HOST-KEY";
const DEEPEST = 10;

/**
 * Reads Nix machine lines: up to eight fields, `-` for a default, one builder per line or separated by `;`,
 * comments after `#`. `@FILE` stands for the lines of a file; its path is absolute or relative to `folder`,
 * even in another file. Every builder gets an alias of this run, so that Nix never sees its port, nor the
 * host `localhost`, for which Nix would not use ssh. Speeds with a decimal point become whole numbers in the
 * same ratio. Rejects with `INPUT_INVALID`, naming line and field, also for a file that cannot be read or
 * that includes itself; Nix would ignore both.
 * @see Nix manual, "Remote Builds"
 */
export async function readMachines(
  text: string,
  run: MachineRun,
  folder: string,
  readText: ReadText,
): Promise<readonly Builder[]> {
  const expand = async (entries: readonly Entry[], parents: readonly string[]): Promise<readonly Entry[]> => {
    const expanded: Entry[] = [];
    for (const entry of entries) {
      if (!entry.text.startsWith("@")) expanded.push(entry);
      else {
        const file = resolve(folder, entry.text.slice(1).trim());
        const lines = splitEntries(
          await readNamedFile(entry, file, parents, readText),
          `machines file ${JSON.stringify(file)}`,
        );
        expanded.push(...(await expand(lines, [...parents, file])));
      }
    }
    return expanded;
  };
  return parseEntries(await expand(splitEntries(text, INPUT), []), run);
}

async function readNamedFile(
  { source, line }: Entry,
  file: string,
  parents: readonly string[],
  readText: ReadText,
): Promise<string> {
  const invalid = (why: string, hint: string, cause?: unknown) =>
    new ActionError(
      "INPUT_INVALID",
      `${source}, line ${line}, field 1: the file ${JSON.stringify(file)} ${why}`,
      {
        hint,
        cause,
      },
    );
  if (parents.includes(file))
    throw invalid("includes itself", "Remove the line with @ that includes the file again.");
  if (parents.length === DEEPEST)
    throw invalid(`is nested more than ${DEEPEST} files deep`, "Name it in the input builders itself.");
  try {
    return await readText(file);
  } catch (error) {
    throw invalid(
      "cannot be read",
      "Use an absolute path, or one relative to working-directory. " +
        "For a file of the repository, check the repository out before this step.",
      error,
    );
  }
}

function splitEntries(text: string, source: string): readonly Entry[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      line
        .replace(/#.*/, "")
        .split(";")
        .map((entry) => ({ text: entry.trim(), line: index + 1, source })),
    )
    .filter((entry) => entry.text !== "");
}

function parseEntries(entries: readonly Entry[], run: MachineRun): readonly Builder[] {
  return scaleSpeeds(
    entries.map((entry, index) => parseMachine(entry, `cross-build-${run.nonce}-${index + 1}`, run)),
  );
}

function parseMachine(entry: Entry, alias: string, { systemDefault, hosts = [] }: MachineRun): Builder {
  const fields = entry.text.split(/\s+/);
  const invalid = (field: number, why: string) =>
    new ActionError(
      "INPUT_INVALID",
      `${entry.source}, line ${entry.line}, field ${field}: ` +
        `${JSON.stringify((fields[field - 1] ?? "").slice(0, 200))} ${why}`,
      { hint: HINT },
    );
  const field = (number: number) => {
    const value = fields[number - 1];
    return value === undefined || value === "-" ? undefined : value;
  };
  const list = (number: number) => {
    const words = (field(number) ?? "").split(",").filter((word) => word !== "");
    if (!words.every((word) => WORD.test(word)))
      throw invalid(number, "is not a list of words separated by commas");
    return words;
  };
  const bounded = (number: number, pattern: RegExp, what: string) => {
    const text = field(number);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!pattern.test(text) || value <= 0 || value > 1_000_000) throw invalid(number, `is not ${what}`);
    return value;
  };

  if (fields.length > 8) throw invalid(9, "is one field too many: a line has at most eight");
  const [, protocol = "ssh-ng", user, host, portText, query = ""] = URI.exec(field(1) ?? "") ?? [];
  if (host === undefined || !/^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])$/.test(host)) {
    throw invalid(1, "is not the URI of a builder, such as ssh-ng://nix@builder.example.org");
  }
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user))
    throw invalid(1, "has a user name that ssh does not accept");
  if (!isSupportedQuery(query)) {
    throw invalid(
      1,
      "has parameters that are not supported; keys belong in ssh-private-key and ssh-known-hosts",
    );
  }
  const name = host.replace(/^\[|\]$/g, "");
  const settings = findSettings(hosts, name);
  const port = Number(portText ?? settings.port ?? "22");
  if (port < 1 || port > 65_535) throw invalid(1, "has a port that is not from 1 to 65535");
  const systems = list(2);
  return {
    alias,
    protocol: protocol === "ssh" ? "ssh" : "ssh-ng",
    user: user ?? settings.user,
    host: name,
    port,
    query,
    systems: systems.length === 0 ? [systemDefault] : systems,
    maxJobs: bounded(4, /^[0-9]+$/, "a whole number from 1 to 1000000"),
    speedFactor:
      bounded(
        5,
        /^[0-9]+(?:\.[0-9]{1,3})?$/,
        "a number above 0 and up to 1000000, with at most three decimals",
      ) ?? 1,
    supportedFeatures: list(6),
    mandatoryFeatures: list(7),
    keyFile: field(3),
    hostKey: parseHostKeyField(field(8), () =>
      invalid(8, "is not a host key in Base64, as printed by: base64 -w0 KEY.pub"),
    ),
  };
}

/**
 * Whether the parameters of a URI can be passed on to Nix, which decodes them, and to the shell on a builder.
 * Looks at them as they are once they are decoded: `%24` is a `$`.
 */
function isSupportedQuery(query: string): boolean {
  try {
    return query.split("&").every((parameter) => {
      const decoded = decodeURIComponent(parameter);
      return /^[A-Za-z0-9?=._~:/+-]*$/.test(decoded) && !/ssh-key|host-key/.test(decoded);
    });
  } catch {
    return false;
  }
}

/**
 * Turns speeds into the smallest whole numbers in the same ratio, since Nix before 2.20 accepts only whole
 * numbers. It divides a builder's load by its speed and drops the remainder, so with large speeds all loads
 * would look the same.
 */
function scaleSpeeds(builders: readonly Builder[]): readonly Builder[] {
  if (builders.every(({ speedFactor }) => Number.isInteger(speedFactor))) return builders;
  const thousandths = builders.map(({ speedFactor }) => Math.round(speedFactor * 1000));
  const divisor = thousandths.reduce(findCommonDivisor);
  return builders.map((builder) => ({
    ...builder,
    speedFactor: Math.round(builder.speedFactor * 1000) / divisor,
  }));
}

function findCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : findCommonDivisor(b, a % b);
}

function parseHostKeyField(text: string | undefined, invalid: () => ActionError): string | undefined {
  if (text === undefined) return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8").trim();
  const [, key] = /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)(?: [^\n]*)?$/.exec(decoded) ?? [];
  if (key === undefined) throw invalid();
  return key;
}
