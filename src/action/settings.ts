import { resolve } from "node:path";

import { parsePublicKey, parseSigningKey } from "../binary-cache/signing-key.js";
import { ActionError } from "../errors/action-error.js";
import { COMPRESSION_LEVELS, type LayerCompression } from "../model/compression.js";
import { explainImageName, type ImageReference, parseOwnImage, parseTag } from "../model/image-reference.js";
import { parsePoolReference, type PoolReference } from "../model/kubernetes-pool.js";
import { STRATEGIES, type Strategy } from "../model/strategy.js";
import { parseTargetSystem, type TargetSystem } from "../model/system.js";
import { parseAccessTokens } from "../nix/access-token.js";
import { parseInstallable } from "../nix/installable.js";
import { parseNixVersion } from "../nix-install/resolve.js";
import type { Job, RegistryLogin } from "../pipeline/job.js";
import { parseOtlpEndpoint } from "../report/trace-destination.js";
import { parseKnownHosts } from "../ssh/known-hosts.js";
import type { InputName, ReadInput } from "./inputs.js";

/** Inputs that name files or depend on the run, and what to log about the others. `readJob` takes them. */
export interface UnreadInputs {
  /** Inputs that do not mean what is written. */
  readonly notices: readonly string[];
  readonly builders: string;
  readonly sshPrivateKey: string | undefined;
  readonly sshConfig: string;
  readonly kubeconfig: string | undefined;
  readonly poolReference: PoolReference | undefined;
  /** A cache a line. If undefined, the run uses GitHub's cache if the runner offers it. */
  readonly cache: string | undefined;
  /** A file name or inline YAML. */
  readonly smokeTest: string | undefined;
}

/** The inputs of a job, before the files that they name are read. */
export type ParsedInputs = Omit<
  Job,
  keyof UnreadInputs | "hopChains" | "kubernetesPool" | "caches" | "isCacheSigned" | "gitKey"
> &
  UnreadInputs;

/** The parsed inputs: those of the job, and those of the action or the CLI itself. */
export interface Settings {
  readonly inputs: ParsedInputs;
  readonly isSummarized: boolean;
  /** An absolute path. */
  readonly reportFile: string;
  /** An absolute path. */
  readonly junitFile: string | undefined;
  /** An absolute path. */
  readonly metricsFile: string | undefined;
  /** An absolute path. */
  readonly eventsFile: string | undefined;
  readonly otlpEndpoint: URL | undefined;
}

/** The folders that relative paths and the default report file are resolved against. */
export interface Folders {
  readonly workspace: string;
  readonly report: string;
}

/**
 * Parses every input as far as possible without reading files. Pure. Rejects with `INPUT_INVALID`, naming the
 * input and its value.
 */
export function parseSettings(read: ReadInput, folders: Folders): Settings {
  const workingDirectory = resolve(folders.workspace, read("working-directory"));
  const imageName = optional(read("image"));
  const image = imageName === undefined ? undefined : named("image", parseOwnImage)(imageName);
  const tags = parseWords(read("tags")).map(named("tags", parseTag));
  const candidateTag = named("candidate-tag", (text) => (text === "" ? undefined : parseTag(text)))(
    read("candidate-tag"),
  );
  const smokeTest = optional(read("smoke-test"));
  if (tags.length > 0 && image === undefined) {
    throw invalid("tags", read("tags"), "Also set the input `image`: tags point to an image.");
  }
  const isPromoted = parseBoolean("promote", read("promote"));
  if (tags.length > 0 && smokeTest === undefined && isPromoted) {
    throw invalid("tags", read("tags"), "Set the input smoke-test too: only a tested image gets a tag.");
  }
  if (candidateTag !== undefined && (image === undefined || tags.includes(candidateTag))) {
    throw invalid(
      "candidate-tag",
      candidateTag,
      "Also set the input `image`, and use a name that is not listed in `tags`: those tags only ever point " +
        "to tested images.",
    );
  }
  const kubeconfig = optional(read("kubeconfig"));
  const poolReference = mapOptional(read("kubernetes-pool"), named("kubernetes-pool", parsePoolReference));
  if (kubeconfig !== undefined && poolReference === undefined) {
    // Never show the value.
    throw invalid("kubernetes-pool", "", "Set it to NAMESPACE/NAME: kubeconfig is for a pool.");
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
      accessTokens: named("access-tokens", parseAccessTokens)(read("access-tokens")),
      builders: read("builders"),
      sshPrivateKey: optional(read("ssh-private-key")),
      knownHosts: parseKnownHosts(read("ssh-known-hosts")),
      sshConfig: read("ssh-config"),
      kubeconfig,
      poolReference,
      builderTimeoutMs: parseSeconds("builder-timeout", read("builder-timeout"), 600),
      registersEmulation: parseEmulationWish(read("register-emulation")),
      maxSilentMs: parseSeconds("max-silent-time", read("max-silent-time"), 21_600),
      cache: optional(read("cache")),
      cacheSigningKey: mapOptional(read("cache-signing-key"), parseSigningKey),
      trustedPublicKeys: parseWords(read("trusted-public-keys")).map(parsePublicKey),
      onCacheFailure: parseFailure(read("on-cache-failure")),
      cachePush: parseWish("cache-push", read("cache-push")),
      cacheTimeoutMs: parseSeconds("cache-timeout", read("cache-timeout"), 21_600),
      image,
      notices: listNotices(imageName, image),
      tags: [...new Set(tags)],
      isPromoted,
      candidateTag,
      push: parseWish("push", read("push")),
      registryLogin: parseLogin(read),
      compression: parseCompression(read),
      auditAllow: parseLines(read("audit-allow")),
      smokeTest,
      isEmulatedGateAllowed: parseBoolean("allow-emulated-gate", read("allow-emulated-gate")),
      history: mapOptional(read("history"), (text) =>
        text === "github" ? { kind: "github" } : { kind: "file", file: resolve(workingDirectory, text) },
      ),
    },
    ...parseReporting(read, workingDirectory, folders),
  };
}

export function listNotices(name: string | undefined, image: ImageReference | undefined): readonly string[] {
  const notice = name === undefined || image === undefined ? undefined : explainImageName(name, image);
  return notice === undefined ? [] : [`input image: ${notice}`];
}

export function parseReporting(read: ReadInput, workingDirectory: string, folders: Folders) {
  const readFile = (name: InputName) => mapOptional(read(name), (file) => resolve(workingDirectory, file));
  return {
    isSummarized: parseBoolean("summarize", read("summarize")),
    reportFile: readFile("report") ?? resolve(folders.report, "cross-build-report.json"),
    junitFile: readFile("smoke-junit"),
    metricsFile: readFile("metrics-file"),
    eventsFile: readFile("events-file"),
    otlpEndpoint: mapOptional(read("otlp-endpoint"), named("otlp-endpoint", parseOtlpEndpoint)),
  };
}

export function parseLogin(read: ReadInput): RegistryLogin | undefined {
  const username = optional(read("registry-username"));
  const password = optional(read("registry-password"));
  if (username === undefined && password === undefined) return undefined;
  if (username !== undefined && password !== undefined) return { username, password };
  throw invalid(
    "registry-username",
    username ?? "",
    "Set both registry-username and registry-password, or neither.",
  );
}

/** The format of the layers, and its level: a whole number, by default that of the format. */
function parseCompression(read: ReadInput): LayerCompression {
  const [format, level] = [read("compression"), read("compression-level")];
  if (format !== "gzip" && format !== "zstd") throw invalid("compression", format, "Use gzip or zstd.");
  const { default: usual, max } = COMPRESSION_LEVELS[format];
  if (level === "") return { format, level: usual };
  if (/^[1-9][0-9]?$/.test(level) && Number(level) <= max) return { format, level: Number(level) };
  throw invalid("compression-level", level, `For ${format}, use a number from 1 to ${max}.`);
}

function parseInstallables(text: string): Job["installables"] {
  const lines = parseLines(text);
  if (lines.length === 0) throw invalid("installables", text, "Give at least one, such as .#image.");
  return lines.map(named("installables", parseInstallable));
}

export function parseSystems(text: string): readonly TargetSystem[] {
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

/** Accepts YAML 1.2's booleans, as GitHub's own actions do. A misspelt one is an error, not `false`. */
export function parseBoolean(name: InputName, text: string, hint = "Write true or false."): boolean {
  if (["true", "True", "TRUE"].includes(text)) return true;
  if (["false", "False", "FALSE"].includes(text)) return false;
  throw invalid(name, text, hint);
}

function parseFailure(text: string): Job["onCacheFailure"] {
  if (text === "warn" || text === "fail") return text;
  throw invalid("on-cache-failure", text, "Write warn or fail.");
}

function parseWish(name: InputName, text: string): "auto" | "always" | "never" {
  if (text === "auto") return "auto";
  return parseBoolean(name, text, "Write auto, true or false.") ? "always" : "never";
}

function parseEmulationWish(text: string): Job["registersEmulation"] {
  return text === "auto" ? "auto" : parseBoolean("register-emulation", text, "Write auto, true or false.");
}

function parseLines(text: string): readonly string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

export function parseWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== "");
}

function mapOptional<T>(text: string, parse: (text: string) => T): T | undefined {
  return text === "" ? undefined : parse(text);
}

export function optional(text: string): string | undefined {
  return text === "" ? undefined : text;
}

/** Prefixes the errors of `parse` with the input's name. */
export function named<T>(name: InputName, parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      throw error.with({ message: `input ${name}: ${error.message}` });
    }
  };
}

export function invalid(name: InputName, value: string, hint: string): ActionError {
  return new ActionError(
    "INPUT_INVALID",
    `input ${name}: ${JSON.stringify(value.slice(0, 200))} cannot be used`,
    { hint },
  );
}
