import { resolve } from "node:path";

import { ActionError } from "../errors/action-error.js";
import { looksLikeCertificate, parseCertificate } from "./certificate.js";
import { matchesHostPatterns } from "./host-pattern.js";

/** A `Host` block of the input `ssh-config`. */
export interface SshHost {
  /** With `*` and `?`; `!` in front takes out what the others match. */
  readonly patterns: readonly string[];
  readonly settings: SshSettings;
}

/** What the input says of a host; each setting is absent where it says nothing. */
export interface SshSettings {
  readonly hostName?: string;
  readonly port?: number;
  readonly user?: string;
  readonly proxy?: Proxy;
  readonly certificate?: Certificate;
  /** Options that go to ssh as they are, by their names. */
  readonly options: Readonly<Record<string, string>>;
}

/** How a host is reached, if not directly. A second one of these is nothing to ssh, whichever kinds the two are. */
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

/** Every option that is taken, by its name in small letters. A parser gives its settings, or the value for ssh; undefined is wrong. */
const TAKEN: Readonly<
  Record<string, { readonly name: string; readonly takes: string; readonly parse: Parse }>
> = Object.fromEntries(
  (
    [
      [
        "HostName",
        "a host name or an address, in which %h stands for the name of the line in builders",
        (value) => (HOST.test(value.replaceAll("%h", "h")) ? { hostName: value } : undefined),
      ],
      ["Port", "a number from 1 to 65535", (value) => withPort(value)],
      ["User", "a user name", (value) => (USER.test(value) ? { user: value } : undefined)],
      ["ProxyJump", "USER@HOST:PORT, several with commas between, or none", (value) => parseJumps(value)],
      [
        "ProxyCommand",
        "a command line, in which % stands before h, p, r or % alone, or none",
        (value) => parseProxyCommand(value),
      ],
      ["CertificateFile", "a path, or a certificate", (value, line) => parseCertificateFile(value, line)],
      ["Ciphers", "names with commas between", (value) => matching(value, ALGORITHMS)],
      ["KexAlgorithms", "names with commas between", (value) => matching(value, ALGORITHMS)],
      ["HostKeyAlgorithms", "names with commas between", (value) => matching(value, ALGORITHMS)],
      ["Compression", "yes or no", (value) => matching(value, /^(?:yes|no)$/)],
      // 0 would switch them off, and Nix itself never gives up on a connection.
      ["ServerAliveInterval", "seconds from 1 to 3600", (value) => whole(value, 3600)],
      ["ServerAliveCountMax", "a number from 1 to 100", (value) => whole(value, 100)],
      ["ConnectTimeout", "seconds from 1 to 600", (value) => whole(value, 600)],
    ] as const satisfies readonly (readonly [string, string, Parse])[]
  ).map(([name, takes, parse]) => [name.toLowerCase(), { name, takes, parse }]),
);

const KEYS = "the key is the input ssh-private-key";
const HOST_KEYS = "host keys are those of ssh-known-hosts, and are always checked";
const SHARING = "Nix hangs on shared connections (NixOS/nix#8329)";
const LOCAL = "Nix has a LocalCommand of its own, and waits for it";
const FORWARDING = "nothing is forwarded to a builder";
const ENVIRONMENT = "no variable goes to a builder";

/** Why an option is refused that people may well try, by its name in small letters. */
const REFUSED: Readonly<Record<string, string>> = {
  localcommand: LOCAL,
  permitlocalcommand: LOCAL,
  include: "give the lines themselves",
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
  remotecommand: "Nix says itself what runs on a builder",
  requesttty: "a terminal would spoil what Nix sends",
  proxyusefdpass: "Nix's connection has to stay with ssh",
};

/**
 * Reads the input `ssh-config`: blocks of ssh's own configuration with those options that can neither run anything here but a proxy, nor weaken a
 * check. A `CertificateFile` is a path yet. Rejects with `INPUT_INVALID`, naming the line and why.
 * @see ssh_config(5)
 */
export function parseSshHosts(text: string): readonly SshHost[] {
  const hosts: SshHost[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const number = index + 1;
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [, keyword = "", rest = ""] = /^([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)$/.exec(line) ?? [];
    if (keyword === "") throw invalid(number, "is no option of ssh", "A line is: OPTION VALUE");
    if (keyword.toLowerCase() === "host") {
      hosts.push({ patterns: parsePatterns(rest, number), settings: { options: {} } });
      continue;
    }
    const settings = parseOption(keyword, rest, number);
    const block = hosts.pop();
    if (block === undefined)
      throw invalid(
        number,
        `${keyword} stands before any Host`,
        "Begin with: Host PATTERN, or Host * for all.",
      );
    hosts.push({ ...block, settings: merge(block.settings, settings) });
  }
  return hosts;
}

/**
 * Reads the input `ssh-config` as `parseSshHosts` does, and its certificates, whose files are absolute or relative to `folder`. Rejects
 * with `INPUT_INVALID`, also for a certificate that cannot be used at `nowMs`.
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
              "A path is absolute, or relative to working-directory.",
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
        throw invalid(certificate.line, error.message, error.hint ?? "");
      }
    }),
  );
}

/** What the blocks say of a host by the name that the user wrote. As in ssh, the first value that is found for an option counts. */
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
    `Host takes names of builders, with * and ?`,
    "Write the host as in the input builders.",
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
      `${keyword.slice(0, 50)} is not taken${why === undefined ? "" : `: ${why}`}`,
      `Options are: ${names.join(", ")}.`,
    );
  }
  // ssh itself takes all of the line for the command, quotes and comments too.
  const value = key === "proxycommand" ? rest.trim() : uncomment(rest).replace(/^"(.*)"$/, "$1");
  const settings = option.parse(value, line);
  // Its value may be a command line with something in it that is nobody's business.
  if (settings === undefined)
    throw invalid(line, `${option.name} has a value that cannot be used`, `It takes ${option.takes}.`);
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
