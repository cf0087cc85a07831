import { resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import { looksLikeCertificate, parseCertificate } from "./certificate.js";
import { matchesHostPatterns } from "./host-pattern.js";

/** A `Host` block of the input `ssh-config`. */
export interface SshHost {
  /** May contain `*` and `?`; a pattern after `!` excludes hosts that the others match. */
  readonly patterns: readonly string[];
  readonly settings: SshSettings;
}

/** The settings of the input for a host; a setting that the input does not mention is absent. */
export interface SshSettings {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  readonly proxy?: Proxy;
  readonly certificate?: Certificate;
  /** Options that are passed to ssh unchanged, by name. */
  readonly options: Readonly<Record<string, string>>;
}

/** How a host is reached, if not directly. As in ssh, only the first `ProxyJump` or `ProxyCommand` counts. */
export type Proxy =
  | { readonly kind: "none" }
  | { readonly kind: "jump"; readonly hosts: readonly JumpHost[] }
  | { readonly kind: "command"; readonly command: string };

export interface JumpHost {
  readonly host: string;
  readonly user: string | undefined;
  readonly port: number | undefined;
}

interface Certificate {
  /** The certificate itself, or the path of its file. */
  readonly text: string;
  readonly line: number;
}

const HOST = /^(?:[A-Za-z0-9][A-Za-z0-9._-]*|(?=[^:]*:)[0-9A-Fa-f:.]+)$/;
const USER = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/;
const PATTERN = /^!?[A-Za-z0-9*?_.:-]+$/;
const JUMP = /^(?:ssh:\/\/)?(?:([^@]+)@)?(?:\[([^\]]*)\]|([^:[\]]+))(?::([0-9]+))?$/;
const ALGORITHMS = /^[+^-]?[A-Za-z0-9@.*_-]+(?:,[A-Za-z0-9@.*_-]+)*$/;

type Parse = (value: string, line: number) => Omit<SshSettings, "options"> | string | undefined;

/**
 * The supported options by lower-case name. `parse` returns settings, or the value to pass to ssh, or
 * undefined if the value is invalid. `takes` describes valid values in messages.
 */
const TAKEN: Readonly<
  Record<string, { readonly name: string; readonly takes: string; readonly parse: Parse }>
> = Object.fromEntries(
  (
    [
      [
        "HostName",
        "a host name or address, in which %h stands for the host in the input builders",
        (value) => (HOST.test(value.replaceAll("%h", "h")) ? { hostName: value } : undefined),
      ],
      ["Port", "a number from 1 to 65535", (value) => withPort(value)],
      ["User", "a user name", (value) => (USER.test(value) ? { user: value } : undefined)],
      ["ProxyJump", "USER@HOST:PORT, several separated by commas, or none", (value) => parseJumps(value)],
      [
        "ProxyCommand",
        "a command line without % sequences other than %h, %p, %r and %%, or none",
        (value) => parseProxyCommand(value),
      ],
      ["CertificateFile", "a path, or a certificate", (value, line) => parseCertificateFile(value, line)],
      ["Ciphers", "names separated by commas", (value) => matching(value, ALGORITHMS)],
      ["KexAlgorithms", "names separated by commas", (value) => matching(value, ALGORITHMS)],
      ["HostKeyAlgorithms", "names separated by commas", (value) => matching(value, ALGORITHMS)],
      ["Compression", "yes or no", (value) => matching(value, /^(?:yes|no)$/)],
      // 0 would turn the keep-alives off, and Nix has no timeout of its own for a dead connection.
      ["ServerAliveInterval", "seconds from 1 to 3600", (value) => whole(value, 3600)],
      ["ServerAliveCountMax", "a number from 1 to 100", (value) => whole(value, 100)],
      ["ConnectTimeout", "seconds from 1 to 600", (value) => whole(value, 600)],
    ] as const satisfies readonly (readonly [string, string, Parse])[]
  ).map(([name, takes, parse]) => [name.toLowerCase(), { name, takes, parse }]),
);

const KEYS = "the key comes from the input ssh-private-key";
const HOST_KEYS = "host keys come from ssh-known-hosts and are always verified";
const SHARING = "Nix hangs on shared connections (NixOS/nix#8329)";
const LOCAL = "Nix sets its own LocalCommand and waits for it";
const FORWARDING = "forwarding to a builder is not allowed";
const ENVIRONMENT = "environment variables are not sent to a builder";

/** The reason why an option is refused, by lower-case name, for options that users are likely to try. */
const REFUSED: Readonly<Record<string, string>> = {
  localcommand: LOCAL,
  permitlocalcommand: LOCAL,
  include: "copy the lines of the file into ssh-config",
  match: "use Host",
  stricthostkeychecking: HOST_KEYS,
  userknownhostsfile: HOST_KEYS,
  globalknownhostsfile: HOST_KEYS,
  knownhostscommand: HOST_KEYS,
  hostkeyalias: HOST_KEYS,
  updatehostkeys: HOST_KEYS,
  verifyhostkeydns: HOST_KEYS,
  checkhostip: HOST_KEYS,
  nohostauthenticationforlocalhost: HOST_KEYS,
  identityfile: KEYS,
  identityagent: KEYS,
  identitiesonly: KEYS,
  addkeystoagent: KEYS,
  pkcs11provider: KEYS,
  securitykeyprovider: KEYS,
  passwordauthentication: KEYS,
  controlmaster: SHARING,
  controlpath: SHARING,
  controlpersist: SHARING,
  sendenv: ENVIRONMENT,
  setenv: ENVIRONMENT,
  forwardagent: FORWARDING,
  forwardx11: FORWARDING,
  localforward: FORWARDING,
  remoteforward: FORWARDING,
  dynamicforward: FORWARDING,
  tunnel: FORWARDING,
  remotecommand: "Nix chooses the command that runs on a builder",
  requesttty: "a terminal would corrupt Nix's data",
  proxyusefdpass: "the ProxyCommand must carry the connection itself",
};

/**
 * Parses the input `ssh-config`: `Host` blocks in ssh's own syntax. It supports only options that cannot
 * weaken a check and cannot run programs on this machine, except for a proxy command. Does not read the file
 * of a `CertificateFile`. Throws `INPUT_INVALID` with the line and the reason.
 * @see ssh_config(5)
 */
export function parseSshHosts(text: string): readonly SshHost[] {
  const hosts: SshHost[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1;
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, keyword = "", rest = ""] = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line) ?? [];
    if (keyword === "") throw invalid(number, "is not an ssh option", "Write each line as: OPTION VALUE");
    if (keyword.toLowerCase() === "host") {
      hosts.push({ patterns: parsePatterns(rest, number), settings: { options: {} } });
      continue;
    }
    const settings = parseOption(keyword, rest, number);
    const block = hosts.pop();
    if (block === undefined)
      throw invalid(
        number,
        `${keyword} comes before the first Host line`,
        "Begin with Host PATTERN, or with Host * for all hosts.",
      );
    hosts.push({ ...block, settings: merge(block.settings, settings) });
  }
  return hosts;
}

/**
 * Parses the input `ssh-config` as `parseSshHosts` does, and reads its certificates. Their paths are absolute
 * or relative to `folder`. Rejects with `INPUT_INVALID`, also for a certificate that is not valid at `nowMs`.
 */
export async function readSshHosts(
  text: string,
  folder: string,
  readText: (file: string) => Promise<string>,
  nowMs: number,
): Promise<readonly SshHost[]> {
  return Promise.all(
    parseSshHosts(text).map(async (host) => {
      const { certificate } = host.settings;
      if (certificate === undefined) return host;
      const content = looksLikeCertificate(certificate.text)
        ? certificate.text
        : await readText(resolve(folder, certificate.text)).catch((error: unknown) => {
            throw invalid(
              certificate.line,
              `the file ${JSON.stringify(certificate.text)} cannot be read`,
              "Use an absolute path, or one relative to working-directory.",
              error,
            );
          });
      try {
        return {
          ...host,
          settings: {
            ...host.settings,
            certificate: { ...certificate, text: parseCertificate(content, nowMs) },
          },
        };
      } catch (error) {
        if (!(error instanceof ActionError)) throw error;
        throw invalid(certificate.line, error.message, error.hint);
      }
    }),
  );
}

/** The settings for a host, by the name that the user wrote. As in ssh, the first value of an option wins. */
export function findSettings(hosts: readonly SshHost[], name: string): SshSettings {
  return hosts
    .filter(({ patterns }) => matchesHostPatterns(patterns, name))
    .reduce<SshSettings>((found, { settings }) => merge(found, settings), { options: {} });
}

function merge(first: SshSettings, later: SshSettings): SshSettings {
  return { ...later, ...first, options: { ...later.options, ...first.options } };
}

function parsePatterns(text: string, line: number): readonly string[] {
  const patterns = uncomment(text)
    .split(/\s+/)
    .map((pattern) => pattern.replace(/^"(.*)"$/, "$1"));
  if (patterns.every((pattern) => PATTERN.test(pattern))) return patterns;
  throw invalid(
    line,
    "Host requires host names, in which * and ? are wildcards",
    "Name a builder's host as in the input builders.",
  );
}

function parseOption(keyword: string, rest: string, line: number): SshSettings {
  const key = keyword.toLowerCase();
  const option = Object.hasOwn(TAKEN, key) ? TAKEN[key] : undefined;
  const names = Object.values(TAKEN).map(({ name }) => name);
  if (option === undefined) {
    const why = Object.hasOwn(REFUSED, key) ? REFUSED[key] : undefined;
    throw invalid(
      line,
      `${keyword.slice(0, 50)} is not supported${why === undefined ? "" : `: ${why}`}`,
      `Supported options: ${names.join(", ")}.`,
    );
  }
  // ssh takes the rest of the line as the command, including quotes and comments.
  const value = key === "proxycommand" ? rest.trim() : uncomment(rest).replace(/^"(.*)"$/, "$1");
  const settings = option.parse(value, line);
  // The message does not show the value, since a command line may contain a secret.
  if (settings === undefined)
    throw invalid(line, `${option.name} has an invalid value`, `Expected ${option.takes}.`);
  return typeof settings === "string"
    ? { options: { [option.name]: settings } }
    : { ...settings, options: {} };
}

function uncomment(text: string): string {
  return text.replace(/(?:^|\s)#.*$/, "").trim();
}

function matching(value: string, pattern: RegExp): string | undefined {
  return pattern.test(value) ? value : undefined;
}

function whole(value: string, most: number): string | undefined {
  return /^[1-9][0-9]{0,5}$/.test(value) && Number(value) <= most ? value : undefined;
}

function withPort(value: string) {
  const port = whole(value, 65_535);
  return port === undefined ? undefined : { port: Number(port) };
}

function parseJumps(value: string) {
  if (value.toLowerCase() === "none") return { proxy: { kind: "none" } } as const;
  const hosts = value.split(",").map((text): JumpHost | undefined => {
    const [, user, address, name = address ?? "", port] = JUMP.exec(text.trim()) ?? [];
    const isRight =
      HOST.test(name) &&
      (user === undefined || USER.test(user)) &&
      (port === undefined || withPort(port) !== undefined);
    return isRight ? { host: name, user, port: port === undefined ? undefined : Number(port) } : undefined;
  });
  const known = hosts.filter((host) => host !== undefined);
  return known.length === hosts.length ? ({ proxy: { kind: "jump", hosts: known } } as const) : undefined;
}

function parseProxyCommand(value: string) {
  if (value.toLowerCase() === "none") return { proxy: { kind: "none" } } as const;
  const isRight = value !== "" && !/\p{Cc}/u.test(value) && !/%(?![hpr%])/.test(value.replaceAll("%%", ""));
  return isRight ? ({ proxy: { kind: "command", command: value } } as const) : undefined;
}

function parseCertificateFile(value: string, line: number) {
  return value === "" || /\p{Cc}/u.test(value) ? undefined : { certificate: { text: value, line } };
}

function invalid(line: number, what: string, hint: string, cause?: unknown): ActionError {
  return new ActionError("INPUT_INVALID", `input ssh-config, line ${line}: ${what}`, { hint, cause });
}
