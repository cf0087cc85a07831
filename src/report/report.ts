import * as z from "zod";

import { BUILD_MODES } from "../model/build-mode.js";
import { LAYER_STATES } from "../model/image.js";
import { CHECK_KINDS, LAYER_ORIGINS, LOAD_WAYS } from "../model/smoke.js";
import { STRATEGIES } from "../model/strategy.js";
import { BUILD_USE, BUILDER_USE, DISK_USE, MACHINE_USE } from "./use-schema.js";

const text = z.string();
const milliseconds = z.number().min(0).describe("milliseconds");
const count = z.int().min(0);
const instant = z.iso.datetime().describe("UTC");
const foreignFile = z.strictObject({ path: text, machine: text.describe("the file's CPU"), layer: count });

/**
 * Version 2 of the report on one run. `docs/report.schema.json` is its JSON Schema. Parts that the run did
 * not reach are null or an empty list.
 */
export const REPORT = z.strictObject({
  version: z.literal(2),
  outcome: z.enum(["success", "failure", "cancelled"]),
  error: z.strictObject({ code: text, message: text, hint: text.nullable() }).nullable(),
  startedAt: instant,
  durationMs: milliseconds,
  commit: text.nullable().describe("the commit that the workflow runs on"),
  runUrl: text.nullable().describe("the page of the workflow's run"),
  host: z.strictObject({
    system: text,
    event: text.nullable().describe("the event that triggered the workflow"),
  }),
  nix: z
    .strictObject({
      version: text,
      origin: z.enum(["reused", "installed"]),
      source: z.enum(["present", "tool-cache", "download", "distribution"]),
    })
    .nullable(),
  builders: z.array(
    z.strictObject({
      uri: text,
      alias: text,
      systems: z.array(text),
      state: z.enum(["ready", "degraded", "dropped"]),
      code: text.nullable(),
      reason: text.nullable(),
      hint: text.nullable(),
      nix: text.nullable().describe("Nix version of the builder"),
      slots: count.describe("maximum number of concurrent builds"),
      features: z.array(text),
      probeMs: milliseconds.nullable(),
      cpus: count.nullable(),
      load: z.number().nullable().describe("load average of the last minute"),
      freeBytes: count.nullable().describe("free space in its store"),
      use: BUILDER_USE,
    }),
  ),
  builderChanges: z
    .array(
      z.strictObject({
        uri: text,
        at: instant,
        state: z.enum(["ready", "degraded", "dropped"]),
        reason: text,
      }),
    )
    .describe("builders that were lost or became available again after the first probe"),
  plans: z.array(
    z.strictObject({
      target: text,
      buildSystem: text,
      strategy: z.enum(STRATEGIES),
      attributes: z.array(text),
      verdicts: z.array(
        z.strictObject({
          strategy: z.enum(STRATEGIES),
          verdict: z.enum(["chosen", "fallback", "rejected"]),
          reason: text,
        }),
      ),
    }),
  ),
  attempts: z
    .array(
      z.strictObject({
        target: text,
        strategy: z.enum(STRATEGIES),
        mode: z
          .enum(BUILD_MODES)
          .describe(
            "local and emulated: on this machine; " +
              "build-hook: Nix itself sends each derivation to a builder; " +
              "single-store: everything is built in one builder's store; " +
              "distributed: cross-build sends each derivation to a builder",
          ),
        reason: text,
        startedAt: instant,
        durationMs: milliseconds,
        outcome: z.enum(["built", "failed"]),
        code: text.nullable(),
        message: text.nullable(),
      }),
    )
    .describe("all attempts to build, in order"),
  storePaths: z.array(text),
  builds: z.array(
    z.strictObject({
      target: text.describe("the target system that it was built for"),
      drvPath: text,
      name: text,
      dependencies: z.array(text).describe("the derivations of this list that it depends on directly"),
      place: text.describe("local, or the builder's store URI"),
      startedAt: instant,
      durationMs: milliseconds,
      outcome: z
        .enum(["built", "failed", "interrupted"])
        .describe(
          "interrupted: it was ended, for example because the run was cancelled or another build failed",
        ),
      log: z.array(text).describe("the last lines that a failed build printed"),
      use: BUILD_USE,
    }),
  ),
  substituters: z
    .array(z.strictObject({ uri: text, state: z.enum(["usable", "dropped"]), reason: text }))
    .describe("the substituters on HTTP servers; a build leaves out those that are dropped"),
  substitutions: z.array(
    z.strictObject({
      target: text,
      storePath: text,
      from: text,
      durationMs: milliseconds,
      outcome: z
        .enum(["substituted", "failed"])
        .describe("failed: another substituter or a build had to follow"),
    }),
  ),
  caches: z
    .array(
      z.strictObject({
        uri: text,
        isTrustedByLocation: z.boolean().describe("read without signatures, because its location is trusted"),
        hitRate: z
          .number()
          .min(0)
          .max(1)
          .nullable()
          .describe("share of the required store paths that it had"),
        state: z.enum(["pushed", "unchanged", "withheld", "failed"]),
        reason: text.describe("the reason for the state"),
        pathsPushed: count,
        pathsPresent: count,
        pathsLeft: count.describe("paths that the run could not push in time, or at all"),
        bytesPushed: count.describe("compressed"),
        restored: z
          .strictObject({
            state: z.enum(["restored", "empty", "withheld", "failed"]),
            reason: text,
            entries: count,
            paths: count,
            bytes: count,
          })
          .nullable()
          .describe("what was restored from GitHub's cache"),
        saved: z
          .strictObject({ kind: z.enum(["base", "delta"]), key: text, bytes: count })
          .nullable()
          .describe("the newest entry that was added to GitHub's cache, and the bytes of all of them"),
      }),
    )
    .describe("the run's own caches, in the order in which Nix asks them"),
  image: z
    .strictObject({
      reference: text,
      digest: text
        .nullable()
        .describe(
          "digest of the manifest, or of the image index if there are several targets; " +
            "null until it is pushed",
        ),
      platforms: z.array(
        z.strictObject({
          target: text,
          digest: text.describe("digest of the manifest"),
          imageId: text.describe("digest of the config"),
          sizeBytes: count.describe("what a client downloads: config and layers, compressed"),
          previousSizeBytes: count
            .nullable()
            .describe("the same of the image that the first tag pointed to before"),
        }),
      ),
      tags: z.array(text).describe("tags that point to the image now"),
    })
    .nullable(),
  layers: z.array(
    z.strictObject({
      target: text,
      digest: text,
      sizeBytes: count,
      state: z
        .enum(LAYER_STATES)
        .describe(
          "reused: the repository had it. mounted: another repository of the registry had it. recorded: " +
            "the repository had it, and the run did not make it, since an earlier one has recorded it",
        ),
    }),
  ),
  audits: z.array(
    z.strictObject({
      target: text,
      filesRead: count,
      elfFiles: count,
      foreign: z.array(foreignFile),
      allowed: z.array(foreignFile),
      multiCpuArchives: z
        .array(
          z.strictObject({
            path: text,
            machines: z.array(text).describe("the other CPUs, such as aarch64"),
            ownIn: text.describe("the archive with the libraries for the target's CPU: itself, or a sibling"),
            layer: count,
          }),
        )
        .describe("the first 100 zip and jar files with libraries for several CPUs"),
      orphanedScripts: z
        .array(z.strictObject({ path: text, interpreter: text, layer: count }))
        .describe("the first 100 scripts whose interpreter is not in the image"),
      missingLibraries: z
        .array(
          z.strictObject({
            path: text,
            kind: z.enum(["interpreter", "library"]),
            needs: text.describe("path of the interpreter, or name of the library"),
            storePath: text.nullable().describe("the store path with the file, which refers to it"),
            searched: z.array(text).describe("the folders in which the loader looks first"),
            layer: count,
          }),
        )
        .describe("the first 100 loaders and libraries that ELF files need and the image lacks"),
      unreadableArchives: z
        .array(z.strictObject({ path: text, reason: text, layer: count }))
        .describe("the first 100 zip and jar files that the audit cannot read"),
      largestPaths: z
        .array(z.strictObject({ path: text, sizeBytes: count, layer: count }))
        .describe("the largest 100 store paths, and files and folders in `/`, with their unpacked sizes"),
    }),
  ),
  smokeTests: z.array(
    z.strictObject({
      target: text,
      outcome: z.enum(["passed", "failed"]),
      runtime: text,
      isEmulated: z.boolean(),
      load: z
        .strictObject({ way: z.enum(LOAD_WAYS), reason: text })
        .describe(
          "how the engine got the image: it had it, or got one layer with the files of all, or the layers",
        ),
      layers: z
        .array(z.strictObject({ digest: text, origin: z.enum(LAYER_ORIGINS) }))
        .describe(
          "the tested layers, lowest first: the run made or verified the compressed bytes, " +
            "or fetched them by digest, or tested the same tar",
        ),
      checks: z.array(
        z.strictObject({
          name: text,
          kind: z.enum(CHECK_KINDS),
          outcome: z.enum(["passed", "failed"]),
          durationMs: milliseconds,
          detail: text,
        }),
      ),
      containerLog: text,
    }),
  ),
  promotion: z
    .strictObject({
      state: z.enum(["promoted", "unchanged", "withheld"]),
      reason: text,
      tags: z.array(
        z.strictObject({ tag: text, previous: text.nullable(), state: z.enum(["moved", "unchanged"]) }),
      ),
    })
    .nullable(),
  phases: z.array(
    z.strictObject({
      name: text,
      startedAt: instant,
      durationMs: milliseconds,
      outcome: z.enum(["done", "failed"]),
      disks: DISK_USE,
      machine: MACHINE_USE,
    }),
  ),
  history: z
    .strictObject({
      targets: z.array(
        z.strictObject({
          target: text,
          runs: count.describe("earlier runs for the same attributes, with the same strategy and outcome"),
          times: z.array(
            z.strictObject({
              name: text.describe("whole run, or a phase"),
              durationMs: milliseconds.describe("of this run, in milliseconds"),
              medianMs: milliseconds.describe("of the earlier runs, in milliseconds"),
            }),
          ),
          slower: z
            .array(
              z.strictObject({
                name: text,
                durationMs: milliseconds,
                medianMs: milliseconds.describe("of the earlier builds, in milliseconds"),
                builds: count.describe("earlier builds of the derivation"),
                isConfirmed: z.boolean().describe("whether the build before was slower, too"),
              }),
            )
            .describe("derivations that took longer than before"),
        }),
      ),
    })
    .nullable()
    .describe("comparison with earlier runs; null without the input history"),
});

export type Report = z.infer<typeof REPORT>;

/** The report as JSON text. */
export function renderReport(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

/** A document with `redact` applied to every text in it. To be done before the texts are escaped or cut. */
export function redactTexts<T>(document: T, redact: (text: string) => string): T {
  return JSON.parse(JSON.stringify(document), (_, value: unknown) =>
    typeof value === "string" ? redact(value) : value,
  ) as T;
}

/** The JSON Schema of the report, 2020-12. */
export function renderReportSchema(): string {
  const schema = { title: "cross-build report", ...z.toJSONSchema(REPORT) };
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
