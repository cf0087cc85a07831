import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { ActionError } from "../../../src/errors/action-error.js";
import { parseOtlpEndpoint, readTraceDestination } from "../../../src/report/trace-destination.js";

describe("readTraceDestination", () => {
  it.each<[string, string | undefined, Record<string, string>, string | undefined]>([
    ["nothing is set", undefined, {}, undefined],
    ["the input is set", "http://a:4318", {}, "http://a:4318/v1/traces"],
    ["the input has a path", "https://a/otlp/", {}, "https://a/otlp/v1/traces"],
    [
      "the collector's variable is set",
      undefined,
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a:4318/" },
      "http://a:4318/v1/traces",
    ],
    [
      "the variable for traces is set too, which is a whole address",
      undefined,
      { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://b/x" },
      "http://b/x",
    ],
    ["the SDK is disabled", "http://a", { OTEL_SDK_DISABLED: "TRUE" }, undefined],
    ["traces are switched off", "http://a", { OTEL_TRACES_EXPORTER: "none" }, undefined],
  ])("finds the address if %s", (_, endpoint, environment, url) => {
    const input = endpoint === undefined ? undefined : parseOtlpEndpoint(endpoint);
    expect(readTraceDestination(input, environment)?.url.href).toBe(url);
  });

  it("reads headers, format, compression and a time limit of at most five seconds", () => {
    const destination = readTraceDestination(new URL("http://a"), {
      OTEL_EXPORTER_OTLP_HEADERS: "ignored=1",
      OTEL_EXPORTER_OTLP_TRACES_HEADERS: "Authorization=Bearer%20a%2Cb, x-team = one ",
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_EXPORTER_OTLP_COMPRESSION: "gzip",
      OTEL_EXPORTER_OTLP_TIMEOUT: "60000",
    });
    expect(destination).toMatchObject({
      headers: { authorization: "Bearer a,b", "x-team": "one" },
      format: "json",
      isCompressed: true,
      timeoutMs: 5_000,
    });
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"],
    ["OTEL_EXPORTER_OTLP_TIMEOUT", "soon"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "secret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a=%zz-secret"],
    ["OTEL_EXPORTER_OTLP_HEADERS", "a b=secret"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://me:secret@a"],
    ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "a:4318"],
  ])("refuses %s=%s, and names the variable without its value", (variable, value) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://a", [variable]: value };
    let thrown: unknown;
    try {
      readTraceDestination(undefined, environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "INPUT_INVALID" });
    const { message } = thrown as Error;
    expect(message).toContain(variable);
    expect(message).not.toContain("secret");
  });

  it("reads any header, or refuses it with a code", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          const destination = readTraceDestination(new URL("http://a"), { OTEL_EXPORTER_OTLP_HEADERS: text });
          expect(new Headers({ ...destination?.headers })).toBeInstanceOf(Headers);
        } catch (error) {
          expect(error).toBeInstanceOf(ActionError);
        }
      }),
    );
  });
});
