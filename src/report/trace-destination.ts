import { ActionError } from "../errors/action-error.js";

/** Where the trace of a run is sent. */
export interface TraceDestination {
  readonly url: URL;
  /** Names in lower case. The values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
  readonly format: "protobuf" | "json";
  readonly isCompressed: boolean;
  readonly timeoutMs: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** A run waits no longer than this, whatever the environment says. */
const MAX_TIMEOUT_MS = 5_000;

/** Variables that hold secrets. */
export const HEADER_VARIABLES = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"] as const;

/**
 * The destination of traces by the input `otlp-endpoint`, or else by the variables of the OpenTelemetry SDK;
 * undefined if there is none, or if the variables switch traces off. Throws `INPUT_INVALID`, naming the
 * variable without showing its value, for what the variables say and this exporter cannot do.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTraceDestination(
  endpoint: URL | undefined,
  environment: Environment,
): TraceDestination | undefined {
  const { OTEL_SDK_DISABLED: disabled = "", OTEL_TRACES_EXPORTER: exporter = "" } = environment;
  if (disabled.trim().toLowerCase() === "true" || exporter.trim() === "none") return undefined;
  const url = endpoint === undefined ? readUrl(environment) : addPath(endpoint);
  if (url === undefined) return undefined;
  const protocol = readVariable(environment, "PROTOCOL");
  const compression = readVariable(environment, "COMPRESSION");
  const timeout = readVariable(environment, "TIMEOUT");
  if (!["", "http/protobuf", "http/json"].includes(protocol.value)) {
    throw unusable(
      protocol.name,
      "Set it to http/protobuf or http/json; a collector has port 4318 for both.",
    );
  }
  if (!["", "none", "gzip"].includes(compression.value)) {
    throw unusable(compression.name, "Set it to gzip or none.");
  }
  if (!/^\d*$/.test(timeout.value)) throw unusable(timeout.name, "Set it to a number of milliseconds.");
  return {
    url,
    headers: readHeaders(environment),
    format: protocol.value === "http/json" ? "json" : "protobuf",
    isCompressed: compression.value === "gzip",
    timeoutMs: Math.min(Number(timeout.value) || MAX_TIMEOUT_MS, MAX_TIMEOUT_MS),
  };
}

/** Parses the address of a collector. Throws `INPUT_INVALID`, without showing a password. */
export function parseOtlpEndpoint(text: string): URL {
  const url = URL.parse(text);
  const isHttp = url !== null && ["http:", "https:"].includes(url.protocol);
  if (isHttp && url.username + url.password === "") return url;
  throw new ActionError("INPUT_INVALID", "not an HTTP URL without a password", {
    hint: "Use an address such as http://localhost:4318; credentials go into OTEL_EXPORTER_OTLP_HEADERS.",
  });
}

/** The variable for traces is the whole address; the one for all signals is that of the collector. */
function readUrl(environment: Environment): URL | undefined {
  const { name, value } = readVariable(environment, "ENDPOINT");
  if (value === "") return undefined;
  try {
    const url = parseOtlpEndpoint(value);
    return name === "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" ? url : addPath(url);
  } catch (error) {
    throw unusable(name, error instanceof ActionError ? error.hint : "");
  }
}

function addPath(endpoint: URL): URL {
  const url = new URL(endpoint);
  url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/traces`;
  return url;
}

/** Headers as in `key=value,key=value`, in percent encoding. @see https://www.w3.org/TR/baggage/ */
function readHeaders(environment: Environment): Readonly<Record<string, string>> {
  const name = HEADER_VARIABLES.find((variable) => (environment[variable] ?? "").trim() !== "");
  const pairs = (name === undefined ? "" : (environment[name] ?? ""))
    .split(",")
    .filter((pair) => pair.trim());
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const [, key = "", value = ""] = /^([^=]+)=(.*)$/s.exec(pair.trim()) ?? [];
      try {
        const [header, text] = [key.trim().toLowerCase(), decodeURIComponent(value.trim())];
        // Throws for what HTTP does not allow.
        new Headers([[header, text]]);
        return [header, text];
      } catch {
        throw unusable(name ?? "", "Write key=value pairs with commas between them, in percent encoding.");
      }
    }),
  );
}

function readVariable(
  environment: Environment,
  what: string,
): { readonly name: string; readonly value: string } {
  const names = [`OTEL_EXPORTER_OTLP_TRACES_${what}`, `OTEL_EXPORTER_OTLP_${what}`] as const;
  const name = names.find((variable) => (environment[variable] ?? "").trim() !== "") ?? names[1];
  return { name, value: (environment[name] ?? "").trim() };
}

function unusable(variable: string, hint: string): ActionError {
  return new ActionError("INPUT_INVALID", `the environment variable ${variable} cannot be used`, { hint });
}
