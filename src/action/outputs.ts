import type { Report } from "../report/report.js";

/** The outputs, once: `action.yml` and `docs/outputs.md` are held to this table. */
export const OUTPUTS = {
  digest: "The digest of the image's manifest, or of the image index for several systems, once it is pushed.",
  imageid: "The image ID: the digest of its config. Empty for several systems.",
  image: "The image by digest, NAME@DIGEST, as to be deployed.",
  tags: "The tags that point to the image now, one per line.",
  metadata:
    "JSON with containerimage.digest, containerimage.config.digest and image.name, as docker/build-push-action has it.",
  "store-paths": "The store paths that were built, one per line.",
  plan: "The plan as a JSON list, for each system: target, strategy, attributes, and why.",
  builders: "The builders with their states and reasons, as JSON.",
  "cache-hit-rate": "The share of store paths that a cache had, from 0 to 1; empty when nothing was needed.",
  "smoke-test": "passed, failed or skipped; passed (emulated) where QEMU ran it.",
  promoted: "true when every tag points to the image now.",
  report: "The path of the report.",
  "error-code": "The code of the failure; empty on success.",
} as const;

export type OutputName = keyof typeof OUTPUTS;

/** The value of every output, from the report. Empty text stands for what the run did not get to. */
export function renderOutputs(report: Report, reportFile: string): Readonly<Record<OutputName, string>> {
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
    "cache-hit-rate": report.cache?.hitRate?.toString() ?? "",
    "smoke-test": renderSmoke(smokeTests),
    promoted: String(promotion?.state === "promoted" || promotion?.state === "unchanged"),
    report: reportFile,
    "error-code": report.error?.code ?? "",
  };
}

function renderSmoke(smokeTests: Report["smokeTests"]): string {
  if (smokeTests.length === 0) return "skipped";
  const outcome = smokeTests.every((smoke) => smoke.outcome === "passed") ? "passed" : "failed";
  return smokeTests.some(({ isEmulated }) => isEmulated) ? `${outcome} (emulated)` : outcome;
}
