import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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
  return {
    query: async (text) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(text)}`);
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
