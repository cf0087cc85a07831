import * as z from "zod";

const milliseconds = z.number().min(0).describe("milliseconds");
const count = z.int().min(0);

/** What the run used of a builder. */
export const BUILDER_USE = z
  .strictObject({
    builds: count.describe("how many builds it ran, whatever their outcome"),
    busyMs: milliseconds.describe("the durations of these builds, added up, in milliseconds"),
    cpuMs: milliseconds
      .nullable()
      .describe("the CPU time of these builds, in milliseconds; null unless it is known of all"),
    sentBytes: count
      .nullable()
      .describe("over cross-build's own connections to it; null if Nix opened connections of its own"),
    receivedBytes: count.nullable(),
  })
  .describe("what the run used of it");

/** What a build used. */
export const BUILD_USE = z
  .strictObject({
    cpuMs: milliseconds
      .nullable()
      .describe("CPU time of its processes, added up over all CPUs, in milliseconds"),
    peakMemoryBytes: count
      .nullable()
      .describe("the most anonymous memory that its processes had together, in samples"),
    copiedBytes: count
      .nullable()
      .describe(
        "the uncompressed size of the inputs that were copied to its builder for it, from other builders",
      ),
  })
  .describe("what it used; null: not known");

/** What a phase used of the disks. */
export const DISK_USE = z
  .array(
    z.strictObject({
      folder: z.string().describe("a folder on the disk: the store, or the temporary files"),
      usedBytes: count.describe("what the disk lost at most, whoever used it"),
      freeBytes: count.describe("the least that was free"),
    }),
  )
  .describe("the use of this machine's disks; phases that run at the same time have the same");

/** What this machine used during a phase. */
export const MACHINE_USE = z
  .strictObject({
    cpuMs: milliseconds.describe("time in which a CPU was busy, added up over all CPUs, in ms"),
    peakMemoryBytes: count.describe("the most memory that was in use"),
    receivedBytes: count.describe("over all network interfaces but loopback"),
    sentBytes: count,
  })
  .nullable()
  .describe("what this machine used, whoever used it; null if it is not known, as on macOS");
