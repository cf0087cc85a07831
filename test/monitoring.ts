import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { findFreePort, type Service, startService } from "./testbed.js";

/** Debian's Prometheus, which reads the metrics files of a folder through Debian's node exporter. */
export async function startPrometheus(
  folder: string,
  metricsFolder: string,
): Promise<Service & { readonly query: (text: string) => Promise<readonly PrometheusSample[]> }> {
  mkdirSync(folder, { recursive: true });
  const [exporterPort, port] = [await findFreePort(), await findFreePort()];
  const exporter = await startService(
    "prometheus-node-exporter",
    [
      `--web.listen-address=127.0.0.1:${exporterPort}`,
      "--collector.disable-defaults",
      ...["--collector.textfile", `--collector.textfile.directory=${metricsFolder}`],
    ],
    exporterPort,
  );
  const config = join(folder, "prometheus.yml");
  const target = { targets: [`127.0.0.1:${exporterPort}`] };
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: "1s" },
      scrape_configs: [{ job_name: "node", static_configs: [target] }],
    }),
  );
  const prometheus = await startService(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    port,
  );
  const url = `http://127.0.0.1:${port}`;
  // It listens before its storage is open, and then answers 503.
  for (let i = 0; i < 100 && !(await fetch(`${url}/-/ready`)).ok; i++) await sleep(100);
  return {
    query: async (text) => {
      const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(text)}`);
      return ((await answer.json()) as { data: { result: PrometheusSample[] } }).data.result;
    },
    stop: async () => {
      await Promise.all([prometheus.stop(), exporter.stop()]);
    },
  };
}

/** A sample that Prometheus found: its labels, and the time and the value. */
interface PrometheusSample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A span as OTLP writes it in JSON. */
export interface CollectedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly {
    readonly key: string;
    readonly value: Readonly<Record<string, unknown>>;
  }[];
  readonly events?: readonly { readonly name: string }[];
  readonly droppedEventsCount?: number;
  readonly status: { readonly code?: number; readonly message?: string };
}

export interface Collector extends Service {
  readonly url: string;
  /** What the collector has received so far. */
  readonly readSpans: () => readonly CollectedSpan[];
  /** The attributes of the programs that have sent spans. */
  readonly readResources: () => readonly CollectedSpan["attributes"][];
}

interface ResourceSpans {
  readonly resource: { readonly attributes?: CollectedSpan["attributes"] };
  readonly scopeSpans: readonly { readonly spans: readonly CollectedSpan[] }[];
}

/** The OpenTelemetry Collector of the test bed, which writes the spans that it receives to a file. */
export async function startCollector(folder: string): Promise<Collector> {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const file = join(folder, "spans.jsonl");
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { file: { path: file, flush_interval: "100ms" } },
    service: {
      pipelines: { traces: { receivers: ["otlp"], exporters: ["file"] } },
      telemetry: { metrics: { level: "none" } },
    },
  };
  const args = ["--config", `yaml:${JSON.stringify(config)}`];
  const service = await startService(resolve(".testbed/collector"), args, port);
  const read = () =>
    (existsSync(file) ? readFileSync(file, "utf8") : "")
      .split("\n")
      .slice(0, -1) // the last line may not be complete
      .flatMap((line) => (JSON.parse(line) as { resourceSpans: ResourceSpans[] }).resourceSpans);
  return {
    ...service,
    url: `http://127.0.0.1:${port}`,
    readSpans: () => read().flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans)),
    readResources: () => read().map(({ resource }) => resource.attributes),
  };
}
