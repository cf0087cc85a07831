import { ActionError, renderError } from "../errors/action-error.js";
import type { RunContext } from "../pipeline/context.js";
import { writeFileAtomically } from "../platform/files.js";
import type { MaskingLog } from "../platform/log.js";
import type { Report } from "../report/report.js";
import {
  HEADER_VARIABLES,
  readTraceDestination,
  type TraceDestination,
} from "../report/trace-destination.js";
import type { Settings } from "./settings.js";

/** Who gets the figures of a run, beside its reports. */
export interface Monitoring extends Pick<Settings, "metricsFile"> {
  readonly traces: TraceDestination | undefined;
}

type ExportContext = Pick<RunContext, "environment" | "log" | "sendHttp" | "signal" | "steadyClock">;

/** The runner ends a cancelled step soon. */
const CANCELLED_LIMIT_MS = 1_500;
/** A shorter value of a header is not a secret, and masking it would hide much else in the log. */
const MIN_SECRET_LENGTH = 6;

/**
 * Reads where traces go. Removes the variables with secrets from the environment, so that no child process
 * inherits one. What cannot be used is a warning, because such variables may be meant for other programs.
 */
export function takeMonitoring(
  { metricsFile, otlpEndpoint }: Pick<Settings, "metricsFile" | "otlpEndpoint">,
  environment: NodeJS.ProcessEnv,
  log: Pick<MaskingLog, "mask" | "warning">,
): Monitoring {
  const all = { ...environment };
  const mask = (secret: string) => {
    if (secret.length >= MIN_SECRET_LENGTH) log.mask(secret);
  };
  for (const variable of HEADER_VARIABLES) {
    mask(all[variable] ?? "");
    Reflect.deleteProperty(environment, variable);
  }
  try {
    const traces = readTraceDestination(otlpEndpoint, all);
    // Such as `Bearer TOKEN`, and the token alone.
    for (const value of Object.values(traces?.headers ?? {})) [value, ...value.split(" ")].forEach(mask);
    return { metricsFile, traces };
  } catch (error) {
    const hint = error instanceof ActionError ? ` ${error.hint}` : "";
    log.warning(`no trace of this run will be sent: ${renderError(error)}.${hint}`);
    return { metricsFile, traces: undefined };
  }
}

/** Hands the run on to monitoring. Never rejects: what cannot be handed on is a warning. */
export async function exportRun(
  report: Report,
  { metricsFile, traces }: Monitoring,
  context: ExportContext,
): Promise<void> {
  const { log, environment } = context;
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      log.warning(`${what}: ${renderError(error)}`);
    }
  };
  if (metricsFile !== undefined) {
    await attempt("input metrics-file: the metrics could not be written", async () => {
      const { renderMetrics } = await import("../report/metrics.js");
      await writeFileAtomically(metricsFile, await renderMetrics(report, nameJob(environment)));
    });
  }
  if (traces !== undefined) {
    await attempt("the trace of this run could not be sent", () => sendTrace(report, traces, context));
  }
}

async function sendTrace(
  report: Report,
  destination: TraceDestination,
  { environment, log, sendHttp, signal, steadyClock: clock }: ExportContext,
): Promise<void> {
  const [{ composeTrace }, { sendSpans }] = await Promise.all([
    import("../report/trace.js"),
    import("../report/otlp.js"),
  ]);
  const spans = composeTrace(report, environment);
  if (spans.length === 0) return;
  const limitMs = signal.aborted ? CANCELLED_LIMIT_MS : destination.timeoutMs;
  const timeoutMs = Math.min(limitMs, destination.timeoutMs);
  await sendSpans(spans, { ...destination, timeoutMs }, { sendHttp, clock, log });
}

/** Labels that tell the jobs of a machine apart; none outside of a workflow. */
function nameJob({
  GITHUB_REPOSITORY: repository = "",
  GITHUB_JOB: job = "",
}: ExportContext["environment"]): Readonly<Record<string, string>> {
  return {
    ...(repository !== "" && { repository }),
    // Prometheus itself sets a label `job`.
    ...(job !== "" && { workflow_job: job }),
  };
}
