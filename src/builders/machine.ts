import { ActionError } from "../errors/action-error.js";
import type { Builder } from "../model/builder.js";

const WORD = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;
const URI =
  /^(?:(ssh|ssh-ng):\/\/)?(?:([^@/?]+)@)?(\[[0-9A-Fa-f:.]+\]|[^@:/?[\]]+)(?::([0-9]+))?(\?[^\s]*)?$/;

/**
 * Reads Nix machine lines: up to eight fields, `-` for a default, one per line or after a `;`, `#` for comments. Every
 * builder gets an alias of this run, so that Nix sees neither port nor `localhost`, which it would not ask ssh for. Rejects
 * with `INPUT_INVALID`, naming line and field. @see Nix manual, "Remote Builds"
 */
export function parseMachines(
  text: string,
  run: { readonly nonce: string; readonly systemDefault: string },
): readonly Builder[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      line
        .replace(/#.*/, "")
        .split(";")
        .map((entry) => ({ fields: entry.trim().split(/\s+/), line: index + 1 })),
    )
    .filter(({ fields }) => fields[0] !== "")
    .map(({ fields, line }, index) =>
      parseMachine(fields, line, `cross-build-${run.nonce}-${index + 1}`, run.systemDefault),
    );
}

function parseMachine(
  fields: readonly string[],
  line: number,
  alias: string,
  systemDefault: string,
): Builder {
  const invalid = (field: number, why: string) =>
    new ActionError(
      "INPUT_INVALID",
      `input builders, line ${line}, field ${field}: ${JSON.stringify((fields[field - 1] ?? "").slice(0, 200))} ${why}`,
      { hint: "A line is: ssh-ng://USER@HOST SYSTEMS - MAXJOBS SPEED FEATURES MANDATORY-FEATURES HOST-KEY" },
    );
  const field = (number: number) => {
    const value = fields[number - 1];
    return value === undefined || value === "-" ? undefined : value;
  };
  const list = (number: number) => {
    const words = (field(number) ?? "").split(",").filter((word) => word !== "");
    if (!words.every((word) => WORD.test(word)))
      throw invalid(number, "is not a list of words with commas between");
    return words;
  };
  const positive = (number: number) => {
    const value = Number(field(number) ?? "1");
    if (!Number.isInteger(value) || value < 1 || value > 1_000_000)
      throw invalid(number, "is not a whole number from 1");
    return value;
  };

  if (fields.length > 8) throw invalid(9, "is one field too many");
  if (fields[0]?.startsWith("@") === true) throw invalid(1, "names a file: give the lines themselves");
  const [, protocol = "ssh-ng", user, host, portText, query = ""] = URI.exec(field(1) ?? "") ?? [];
  if (host === undefined || !/^(?:[A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])$/.test(host)) {
    throw invalid(1, "is not a builder's URI, such as ssh-ng://nix@builder.example.org");
  }
  if (user !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user))
    throw invalid(1, "has a user name that ssh cannot take");
  if (/[^A-Za-z0-9?&=%._~:/+-]/.test(query) || /ssh-key|host-key/.test(query)) {
    throw invalid(1, "has parameters that cannot be used: keys are inputs of their own");
  }
  const port = Number(portText ?? "22");
  if (port < 1 || port > 65_535) throw invalid(1, "has a port outside of 1 to 65535");
  if (field(3) !== undefined)
    throw invalid(3, "names a key: leave it at - and give the input ssh-private-key");
  const systems = list(2);
  return {
    alias,
    protocol: protocol === "ssh" ? "ssh" : "ssh-ng",
    user,
    host: host.replace(/^\[|\]$/g, ""),
    port,
    query,
    systems: systems.length === 0 ? [systemDefault] : systems,
    maxJobs: positive(4),
    speedFactor: positive(5),
    supportedFeatures: list(6),
    mandatoryFeatures: list(7),
    hostKey: parseHostKeyField(field(8), () =>
      invalid(8, "is not a host key in Base64, as of: base64 -w0 KEY.pub"),
    ),
  };
}

function parseHostKeyField(text: string | undefined, invalid: () => ActionError): string | undefined {
  if (text === undefined) return undefined;
  const decoded = Buffer.from(text, "base64").toString("utf8").trim();
  const [, key] = /^((?:ssh|ecdsa|sk)-[a-z0-9@.-]+ [A-Za-z0-9+/]+=*)(?: [^\n]*)?$/.exec(decoded) ?? [];
  if (key === undefined) throw invalid();
  return key;
}

/** The store URI that Nix gets: the alias stands for host, port, user and key. */
export function renderStoreUri({ protocol, alias, query }: Builder): string {
  return `${protocol}://${alias}${query}`;
}

/** The machines file, one clean line each: it works with every version of Nix. */
export function renderMachines(builders: readonly Builder[]): string {
  return builders
    .map((builder) => {
      const features = [builder.supportedFeatures, builder.mandatoryFeatures].map(
        (list) => list.join(",") || "-",
      );
      const numbers = [builder.maxJobs, builder.speedFactor].map(String);
      return `${[renderStoreUri(builder), builder.systems.join(","), "-", ...numbers, ...features, "-"].join(" ")}\n`;
    })
    .join("");
}
