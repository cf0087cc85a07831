import { type GateResult, renderGateResults } from "../model/gate-result.js";
import { htmlFileOf } from "../report/html.js";
import { renderResult } from "../report/total.js";
import type { Report } from "../report/report.js";

/** The one table of outputs: `npm run all` generates those of the actions and `docs/outputs.md` from it. */
export const OUTPUTS = {
  digest:
    "The digest of the pushed image: of its manifest, or of the image index if there are several systems.",
  imageid: "The image ID, which is the digest of the image's config. Empty if there are several systems.",
  image: "The image by digest, NAME@DIGEST, ready to be deployed.",
  tags: "The tags that now point to the image, one per line.",
  metadata:
    "JSON with containerimage.digest, containerimage.config.digest and image.name, " +
    "in the format of docker/build-push-action.",
  "store-paths": "The store paths that were built, one per line.",
  plan: "The plan, as a JSON list with the target, strategy, attributes and reasons for each system.",
  builders: "The builders with their states and the reasons, as JSON.",
  "cache-hit-rate":
    "The share of the needed store paths that the run's caches had, from 0 to 1. Empty if none were needed.",
  "smoke-test":
    "passed, failed or skipped; followed by (emulated) if QEMU ran the test, as in passed (emulated).",
  "gate-result":
    "The smoke tests of this job as JSON, for the input gate-results of the job that moves the tags. Empty " +
    "if nothing was tested.",
  result:
    "The result of this job for each system, as JSON, for fluo/cross-build/total, which sums up all jobs " +
    "of a workflow.",
  promoted: "true if every tag now points to the image, otherwise false.",
  report: "The path of the report file.",
  "report-html": "The path of the same report as a web page, one HTML file beside the report file.",
  "error-code": "The error code of the failure. Empty on success.",
} as const;

export type OutputName = keyof typeof OUTPUTS;

/** Renders the value of every output from the report. An output that the run did not get to is empty. */
export function renderOutputs(
  report: Report,
  gateResults: readonly GateResult[],
  reportFile: string,
): Readonly<Record<OutputName, string>> {
  const { image, plans, smokeTests, promotion } = report;
  const [platform, ...others] = image?.platforms ?? [];
  const imageId = others.length === 0 ? (platform?.imageId ?? "") : "";
  const digest = image?.digest ?? "";
  return {
    digest,
    imageid: imageId,
    image: image === null || digest === "" ? "" : `${image.reference}@${digest}`,
    tags: image?.tags.join("\n") ?? "",
    metadata:
      image === null || digest === ""
        ? ""
        : JSON.stringify({
            "containerimage.digest": digest,
            ...(imageId !== "" && { "containerimage.config.digest": imageId }),
            "image.name": image.tags.map((tag) => `${image.reference}:${tag}`).join(","),
          }),
    "store-paths": report.storePaths.join("\n"),
    plan: JSON.stringify(plans),
    builders: JSON.stringify(report.builders),
    "cache-hit-rate": renderHitRate(report.caches),
    "smoke-test": renderSmoke(smokeTests),
    "gate-result": renderGateResults(gateResults),
    result: renderResult(report),
    promoted: String(promotion?.state === "promoted" || promotion?.state === "unchanged"),
    report: reportFile,
    "report-html": htmlFileOf(reportFile),
    "error-code": report.error?.code ?? "",
  };
}

/** The share of the needed paths that any of the run's caches had. */
function renderHitRate(caches: Report["caches"]): string {
  const rates = caches.flatMap(({ hitRate }) => hitRate ?? []);
  if (rates.length === 0) return "";
  const sum = rates.reduce((all, rate) => all + rate, 0);
  return String(Math.min(1, sum));
}

function renderSmoke(smokeTests: Report["smokeTests"]): string {
  if (smokeTests.length === 0) return "skipped";
  const outcome = smokeTests.every((smoke) => smoke.outcome === "passed") ? "passed" : "failed";
  return smokeTests.some(({ isEmulated }) => isEmulated) ? `${outcome} (emulated)` : outcome;
}
