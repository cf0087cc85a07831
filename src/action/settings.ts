import { resolve } from "node:path";

import { parsePublicKey, parseSigningKey } from "../binary-cache/signing-key.js";
import { ActionError } from "../errors/action-error.js";
import { parseImageReference, parsePinnedImage, parseTag } from "../model/image-reference.js";
import { STRATEGIES, type Strategy } from "../model/strategy.js";
import { parseTargetSystem, type TargetSystem } from "../model/system.js";
import { parseInstallable } from "../nix/flake.js";
import { parseNixVersion } from "../nix-install/resolve.js";
import type { GateJob, Job, RegistryLogin } from "../pipeline/job.js";
import { parseKnownHosts } from "../ssh/known-hosts.js";
import type { InputName, ReadInput } from "./inputs.js";

/** Inputs that name files, or that mean something else from run to run: `readJob` reads those. */
interface UnreadInputs {
  readonly builders: string;
  readonly sshPrivateKey: string | undefined;
  readonly sshConfig: string;
  /** Undefined leaves it to the run: GitHub's own where there is one. */
  readonly cache: string | undefined;
  /** A file or inline YAML. */
  readonly smokeTest: string | undefined;
}

/** A job whose files are not read yet. */
export type ParsedInputs = Omit<Job, keyof UnreadInputs | "hopChains" | "isCacheSigned"> & UnreadInputs;

export type ParsedGateInputs = Omit<GateJob, "smokeTest"> & Pick<UnreadInputs, "smokeTest">;

/** What the inputs say, for the job and for the action itself. */
export interface Settings {
  readonly inputs: ParsedInputs;
  readonly isSummarized: boolean;
  /** Absolute. */
  readonly reportFile: string;
  /** Absolute. */
  readonly junitFile: string | undefined;
}

/** The folders that relative paths are read from. */
export interface Folders {
  readonly workspace: string;
  readonly report: string;
}

/** Reads every input into what it means, as far as that is possible without reading files. Pure; rejects with `INPUT_INVALID`, naming the input and its value. */
export function parseSettings(read: ReadInput, folders: Folders): Settings {
  const workingDirectory = resolve(folders.workspace, read("working-directory"));
  const image = optional(read("image"));
  const tags = parseWords(read("tags")).map(named("tags", parseTag));
  const candidateTag = named("candidate-tag", (text) => (text === "" ? undefined : parseTag(text)))(
    read("candidate-tag"),
  );
  const smokeTest = optional(read("smoke-test"));
  if (tags.length > 0 && image === undefined) {
    throw invalid("tags", read("tags"), "Tags need an image: give the input image.");
  }
  const isPromoted = parseBoolean("promote", read("promote"));
  if (tags.length > 0 && smokeTest === undefined && isPromoted) {
    throw invalid("tags", read("tags"), "Only a tested image gets a tag: give the input smoke-test.");
  }
  if (candidateTag !== undefined && (image === undefined || tags.includes(candidateTag))) {
    throw invalid(
      "candidate-tag",
      candidateTag,
      "It needs the input image, and must not be one of tags: those point to tested images alone.",
    );
  }
  return {
    inputs: {
      installables: parseInstallables(read("installables")),
      targets: parseSystems(read("systems")),
      strategy: parseStrategies(read("strategy")),
      workingDirectory,
      extraConf: read("extra-conf"),
      nixSource: parseNixSource(read("nix-source")),
      nixVersion: named("nix-version", parseNixVersion)(read("nix-version")),
      nixUrl: optional(read("nix-url")),
      nixSha256: optional(read("nix-sha256")),
      githubToken: optional(read("github-token")),
      builders: read("builders"),
      sshPrivateKey: optional(read("ssh-private-key")),
      knownHosts: parseKnownHosts(read("ssh-known-hosts")),
      sshConfig: read("ssh-config"),
      builderTimeoutMs: parseSeconds("builder-timeout", read("builder-timeout"), 600),
      maxSilentMs: parseSeconds("max-silent-time", read("max-silent-time"), 21_600),
      cache: optional(read("cache")),
      cacheSigningKey: mapOptional(read("cache-signing-key"), parseSigningKey),
      trustedPublicKeys: parseWords(read("trusted-public-keys")).map(parsePublicKey),
      onCacheFailure: parseFailure(read("on-cache-failure")),
      cachePush: parseWish("cache-push", read("cache-push")),
      image: image === undefined ? undefined : named("image", parseImageReference)(image),
      tags: [...new Set(tags)],
      isPromoted,
      candidateTag,
      push: parseWish("push", read("push")),
      registryLogin: parseLogin(read),
      auditAllow: parseLines(read("audit-allow")),
      smokeTest,
      isEmulatedGateAllowed: parseBoolean("allow-emulated-gate", read("allow-emulated-gate")),
    },
    ...parseReporting(read, workingDirectory, folders),
  };
}

/** What the gate action needs to know. */
export interface GateSettings extends Omit<Settings, "inputs"> {
  readonly inputs: ParsedGateInputs;
}

/** The same for the gate action, whose `image` has a digest and whose `systems` may be empty. */
export function parseGateSettings(read: ReadInput, folders: Folders): GateSettings {
  const workingDirectory = resolve(folders.workspace, read("working-directory"));
  const { image, digest } = named("image", parsePinnedImage)(read("image"));
  const systems = read("systems");
  const isPromoted = parseBoolean("promote", read("promote"));
  const smokeTest = optional(read("smoke-test"));
  if (smokeTest === undefined && !isPromoted) {
    throw invalid("smoke-test", "", "Without a smoke test and with promote: false there is nothing to do.");
  }
  return {
    inputs: {
      image,
      digest,
      targets: systems === "" ? undefined : parseSystems(systems),
      tags: [...new Set(parseWords(read("tags")).map(named("tags", parseTag)))],
      isPromoted,
      smokeTest,
      isEmulatedGateAllowed: parseBoolean("allow-emulated-gate", read("allow-emulated-gate")),
      workingDirectory,
      registryLogin: parseLogin(read),
    },
    ...parseReporting(read, workingDirectory, folders),
  };
}

function parseReporting(read: ReadInput, workingDirectory: string, folders: Folders) {
  return {
    isSummarized: parseBoolean("summarize", read("summarize")),
    reportFile:
      read("report") === ""
        ? resolve(folders.report, "cross-build-report.json")
        : resolve(workingDirectory, read("report")),
    junitFile: read("smoke-junit") === "" ? undefined : resolve(workingDirectory, read("smoke-junit")),
  };
}

function parseLogin(read: ReadInput): RegistryLogin | undefined {
  const username = optional(read("registry-username"));
  const password = optional(read("registry-password"));
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { username, password };
  throw invalid(
    "registry-username",
    username ?? "",
    "Give registry-username and registry-password together, or neither.",
  );
}

function parseInstallables(text: string): Job["installables"] {
  const lines = parseLines(text);
  if (lines.length === 0) throw invalid("installables", text, "Give at least one, such as .#image.");
  return lines.map(named("installables", parseInstallable));
}

function parseSystems(text: string): readonly TargetSystem[] {
  const systems = parseWords(text).map(named("systems", parseTargetSystem));
  if (systems.length === 0) throw invalid("systems", text, "Give at least one, such as x86_64-linux.");
  return [...new Set(systems)];
}

function parseStrategies(text: string): Job["strategy"] {
  const words = parseWords(text);
  if (words.length === 1 && words[0] === "auto") return "auto";
  const strategies = words.map((word): Strategy => {
    const strategy = STRATEGIES.find((known) => known === word);
    if (strategy === undefined) {
      throw invalid("strategy", word, `Use auto, or a list of ${STRATEGIES.join(", ")}.`);
    }
    return strategy;
  });
  if (strategies.length === 0) throw invalid("strategy", text, "Use auto, or a list of strategies.");
  return [...new Set(strategies)];
}

function parseNixSource(text: string): Job["nixSource"] {
  if (text === "release" || text === "distribution") return text;
  throw invalid("nix-source", text, "Write release or distribution.");
}

function parseSeconds(name: InputName, text: string, most: number): number {
  const seconds = Number(text);
  if (/^[0-9]+$/.test(text) && seconds >= 1 && seconds <= most) return seconds * 1000;
  throw invalid(name, text, `Give a whole number of seconds from 1 to ${most}.`);
}

/** YAML 1.2's booleans, as in GitHub's own actions: a misspelt one is an error, not `false`. */
function parseBoolean(name: InputName, text: string): boolean {
  if (["true", "True", "TRUE"].includes(text)) return true;
  if (["false", "False", "FALSE"].includes(text)) return false;
  throw invalid(name, text, "Write true or false.");
}

function parseFailure(text: string): Job["onCacheFailure"] {
  if (text === "warn" || text === "fail") return text;
  throw invalid("on-cache-failure", text, "Write warn or fail.");
}

function parseWish(name: InputName, text: string): "auto" | "always" | "never" {
  if (text === "auto") return "auto";
  return parseBoolean(name, text) ? "always" : "never";
}

function parseLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function parseWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function mapOptional<T>(text: string, parse: (text: string) => T): T | undefined {
  return text === "" ? undefined : parse(text);
}

function optional(text: string): string | undefined {
  return text === "" ? undefined : text;
}

/** Puts the input's name in front of what `parse` complains about. */
function named<T>(name: InputName, parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      throw new ActionError(error.code, `input ${name}: ${error.message}`, {
        cause: error.cause,
        ...(error.hint !== undefined && { hint: error.hint }),
      });
    }
  };
}

function invalid(name: InputName, value: string, hint: string): ActionError {
  return new ActionError(
    "INPUT_INVALID",
    `input ${name}: ${JSON.stringify(value.slice(0, 200))} cannot be used`,
    { hint },
  );
}
