import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { exportRun, takeMonitoring } from "../../src/action/export-run.js";
import { parseOtlpEndpoint } from "../../src/report/trace-destination.js";
import { createMaskingLog } from "../../src/platform/log.js";
import { systemClock } from "../../src/platform/clock.js";
import type { Report } from "../../src/report/report.js";
import { createHttpEffects } from "../http.js";
import { type CollectedSpan, type Collector, startCollector } from "../monitoring.js";
import { startProxy } from "../proxy.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../runner.js";
import { HOSTILE, makeRun, withText } from "../unit/report/reports.js";

const PARENT = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331" };
const TRACEPARENT = `00-${PARENT.traceId}-${PARENT.spanId}-01`;

let collector: Collector;
beforeAll(async () => {
  collector = await startCollector(makeTemporaryFolder("collector"));
}, 60_000);
afterAll(async () => {
  await collector.stop();
  removeTemporaryFolders();
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

interface SendOptions {
  readonly endpoint?: string;
  readonly signal?: AbortSignal;
}

/** Sends the trace of a report as a run does, and returns the warnings and how long it took. */
async function send(report: Report, environment: NodeJS.ProcessEnv, options: SendOptions = {}) {
  const { endpoint, signal = new AbortController().signal } = options;
  const warnings: string[] = [];
  const ignore = () => undefined;
  const log = createMaskingLog({
    info: ignore,
    debug: ignore,
    warning: (text) => warnings.push(text),
    error: ignore,
    group: ignore,
    mask: ignore,
  });
  const otlpEndpoint = endpoint === undefined ? undefined : parseOtlpEndpoint(endpoint);
  const monitoring = takeMonitoring({ metricsFile: undefined, otlpEndpoint }, environment, log);
  const { sendHttp } = createHttpEffects(environment as Readonly<Record<string, string>>);
  const startedAtMs = Date.now();
  await exportRun(report, monitoring, { environment, log, sendHttp, signal, steadyClock: systemClock });
  return { warnings, durationMs: Date.now() - startedAtMs };
}

/** The spans of a trace, as soon as the collector has as many. */
async function waitForSpans(traceId: string, count: number): Promise<readonly CollectedSpan[]> {
  for (let i = 0; i < 100; i++) {
    const spans = collector.readSpans().filter((span) => span.traceId === traceId);
    if (spans.length >= count) return spans;
    await sleep(100);
  }
  throw new Error(`the collector has not got ${count} spans of ${traceId}`);
}

/** A server in the place of a collector, for what a real one does not do on demand. */
async function startServer(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handle).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const newTraceId = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

describe("the trace of a run, in a real collector", () => {
  it("continues the caller's trace, with phases, attempts and builds in each other", async () => {
    const report = makeRun(50);
    const environment = {
      TRACEPARENT,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      GITHUB_WORKFLOW: "release",
      GITHUB_RUN_ID: "12",
    };
    expect((await send(report, environment)).warnings).toEqual([]);
    const spans = await waitForSpans(PARENT.traceId, 1 + report.phases.length + 1 + 50);
    const named = (name: string) => spans.find((span) => span.name === name);
    const root = named("cross-build");
    expect(root?.parentSpanId).toBe(PARENT.spanId);
    expect(root?.attributes).toContainEqual({ key: "cicd.pipeline.name", value: { stringValue: "release" } });
    expect(root?.attributes).toContainEqual({
      key: "vcs.ref.head.revision",
      value: { stringValue: report.commit },
    });
    expect(collector.readResources()[0]).toContainEqual({
      key: "service.name",
      value: { stringValue: "cross-build" },
    });
    expect(root?.startTimeUnixNano).toBe(`${Date.parse(report.startedAt)}000000`);
    const build = named("build");
    expect(build?.parentSpanId).toBe(root?.spanId);
    expect(new Set(build?.events?.map(({ name }) => name))).toEqual(new Set(["builder", "substitutions"]));
    expect(named("publish")?.events).toHaveLength(report.layers.length);
    expect(named("gate")?.events?.map(({ name }) => name)).toEqual(["smoke check"]);
    const attempt = named("remote build for aarch64-linux");
    expect(attempt?.parentSpanId).toBe(build?.spanId);
    const builds = spans.filter(({ parentSpanId }) => parentSpanId === attempt?.spanId);
    expect(builds.map(({ name }) => name).sort()).toEqual(
      report.builds.map(({ name }) => `build ${name}`).sort(),
    );
    const failed = builds.filter(({ status }) => status.code === 2);
    expect(failed.map(({ status }) => status.message)).toEqual(["main.c:12:5: error: expected ‘;’"]);
  });

  it.each([
    ["as JSON", { OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" }],
    ["compressed", { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" }],
  ])("arrives %s, and with names from outside as they are", async (_, variables) => {
    const traceId = newTraceId();
    const report = { ...withText(HOSTILE), phases: makeRun(1).phases };
    const environment = { ...variables, TRACEPARENT: `00-${traceId}-${PARENT.spanId}-01` };
    expect((await send(report, environment, { endpoint: collector.url })).warnings).toEqual([]);
    const spans = await waitForSpans(traceId, 1 + report.phases.length + 1 + 1);
    expect(spans.map(({ name }) => name)).toContain(`build ${HOSTILE}`);
  });

  it("has at most 1000 builds, the longest ones, and says how many it leaves out", async () => {
    const traceId = newTraceId();
    const report = makeRun(5000);
    const environment = {
      TRACEPARENT: `00-${traceId}-${PARENT.spanId}-01`,
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces`,
    };
    expect((await send(report, environment)).warnings).toEqual([]);
    const spans = await waitForSpans(traceId, 1 + report.phases.length + 1 + 1000);
    expect(spans.filter(({ name }) => name.startsWith("build "))).toHaveLength(1000);
    const root = spans.find(({ name }) => name === "cross-build");
    expect(root?.attributes).toContainEqual({
      key: "cross_build.builds.omitted",
      value: { intValue: "4000" },
    });
  });

  it("goes through the proxy of the environment", async () => {
    const { port } = new URL(collector.url);
    const proxy = await startProxy({ hosts: { [`127.0.0.1:${port}`]: Number(port) } });
    const traceId = newTraceId();
    try {
      const environment = {
        TRACEPARENT: `00-${traceId}-${PARENT.spanId}-01`,
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        http_proxy: proxy.url,
      };
      expect((await send(makeRun(3), environment)).warnings).toEqual([]);
      await waitForSpans(traceId, 5);
      expect(proxy.requests).toHaveLength(1);
    } finally {
      await proxy.stop();
    }
  });

  it("is not sent where the caller does not record its own", async () => {
    let requests = 0;
    const endpoint = await startServer((_, answer) => {
      requests += 1;
      answer.end();
    });
    await send(makeRun(3), { TRACEPARENT: TRACEPARENT.replace(/1$/, "0") }, { endpoint });
    await send(makeRun(3), { OTEL_SDK_DISABLED: "true" }, { endpoint });
    expect(requests).toBe(0);
    await send(makeRun(3), {}, { endpoint });
    expect(requests).toBe(1);
  });
});

describe("a collector that does not work", () => {
  it("is a warning when it is down", async () => {
    const endpoint = await startServer(undefined);
    servers.splice(0).forEach((server) => server.close());
    const environment = { OTEL_EXPORTER_OTLP_TIMEOUT: "1000" };
    const { warnings } = await send(makeRun(3), environment, { endpoint });
    expect(warnings).toEqual([
      expect.stringMatching(/^the trace of this run could not be sent: .*ECONNREFUSED/),
    ]);
  });

  it("delays the run by its time limit and not more when it never answers", async () => {
    const endpoint = await startServer(() => undefined);
    const { warnings, durationMs } = await send(
      makeRun(3),
      { OTEL_EXPORTER_OTLP_TIMEOUT: "1000" },
      { endpoint },
    );
    expect(warnings).toEqual([
      `the trace of this run could not be sent: no answer of ${endpoint}/v1/traces within 1 s`,
    ]);
    expect(durationMs).toBeLessThan(10_000);
  });

  it("gets the trace again when it was busy", async () => {
    let requests = 0;
    const endpoint = await startServer((_, answer) => {
      requests += 1;
      answer.writeHead(requests === 1 ? 503 : 200).end();
    });
    expect((await send(makeRun(3), {}, { endpoint })).warnings).toEqual([]);
    expect(requests).toBe(2);
  });

  it("gets the headers, which no warning and no child process has", async () => {
    const seen: unknown[] = [];
    const endpoint = await startServer((request, answer) => {
      seen.push(request.headers["x-api-key"]);
      answer.writeHead(302, { location: "http://127.0.0.1:1/secret%20key-1" }).end();
    });
    const environment: NodeJS.ProcessEnv = { OTEL_EXPORTER_OTLP_HEADERS: "X-Api-Key=secret%20key-1" };
    const { warnings } = await send(makeRun(3), environment, { endpoint });
    expect(seen).toEqual(["secret key-1"]);
    expect(warnings).toHaveLength(1);
    expect(warnings.join()).not.toContain("key-1");
    expect(environment).toEqual({});
  });
});
