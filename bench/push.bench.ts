import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import { COMPRESSION_LEVELS } from "../src/model/compression.js";
import { runIsolated } from "../test/nix/project.js";
import { makeTemporaryFolder, removeTemporaryFolders } from "../test/runner.js";
import type { Service } from "../test/testbed.js";
import {
  isCrossBuild,
  measureScenarios,
  type Row,
  type Scenario,
  type Scenarios,
  type Subject,
} from "./measure.js";
import { openGate, openSecondRun } from "./push-gate.js";
import { buildImages, type Image, type ImageName } from "./push-image.js";
import { startPushRegistry, WAN } from "./push-registry.js";
import {
  pipeToSkopeo,
  type PushBed,
  pushByAction,
  pushByCrane,
  pushByDocker,
  pushBySkopeo,
  type Pusher,
  readDockerVersion,
  readVersions,
  saveRecords,
} from "./push-subjects.js";
import { createMachine } from "./subjects.js";

/**
 * Pushes an image of 100 layers by the action, Docker, skopeo and crane, from what the flake has as its
 * output: the script that streams the image. Before each run, the registry has what the scenario says, and
 * the machine nothing but the image's store paths. Every pushed image is read back.
 */

/** A full run with five rounds would take an hour. */
const ROUNDS = 3;
const MAX_BYTES_RATIO = 1.15;

const services: Service[] = [];

/** What a push has to do at least. */
interface Work {
  /** On one core. */
  readonly cpuMs: number;
  readonly bytes: number;
  /** One after the other, with the one that opens a connection. */
  readonly roundTrips: number;
}

interface PushCase {
  readonly pushers: readonly Pusher[];
  readonly goal: number;
  readonly image: ImageName;
  /** Whether the registry has the image `before`, as the same pusher has pushed it. */
  readonly hasSeed: boolean;
  readonly work: Work;
  /** The same without records, with the same peers. */
  readonly twin?: {
    readonly name: string;
    readonly goal: number;
    readonly pusher: Pusher;
    readonly work: Work;
  };
  /** Of the first scenario, the warm-up of all. */
  readonly isFirst?: boolean;
}

type Way = "hash" | "gzip" | "zstd";

/** Measures the least work of a push, without its round trips. */
function measureWork(
  folder: string,
  machine: string,
  { script }: Image,
): Record<Way, Omit<Work, "roundTrips">> {
  const tar = join(folder, "image.tar");
  runIsolated(machine, ["/bin/bash", "-euc", `${script} > ${tar}`]);
  const measure = (what: Way) => {
    const level = what === "hash" ? "" : String(COMPRESSION_LEVELS[what].default);
    const options = ["--disable-warning=ExperimentalWarning", "--import", "./script/typescript.ts"];
    const args = [...options, "bench/push-limit.ts", what, level, tar];
    const [cpuMs = 0, bytes = 0] = execFileSync(process.execPath, args, { encoding: "utf8" })
      .split(" ")
      .map(Number);
    return { cpuMs, bytes };
  };
  const work = { hash: measure("hash"), gzip: measure("gzip"), zstd: measure("zstd") };
  rmSync(tar);
  return work;
}

/** Each case on the direct route, and again on the far one. */
function listPushes(
  bed: PushBed,
  images: Readonly<Record<ImageName, Image>>,
  least: ReturnType<typeof measureWork>,
): Scenarios {
  const { skopeo = "", crane = "" } = readVersions(bed.parts);
  const peers = [
    pushByDocker(bed, readDockerVersion()),
    pipeToSkopeo(bed, skopeo),
    pushBySkopeo(bed, skopeo),
    pushByCrane(bed, crane),
  ];
  const zstdPeers = [pipeToSkopeo(bed, skopeo, "zstd"), pushBySkopeo(bed, skopeo, "zstd")];
  const plain = pushByAction(bed);
  const zstd = pushByAction(bed, { inputs: { compression: "zstd" } });
  const cache = { cache: `file://${bed.cache}` };
  const recorded = pushByAction(bed, { inputs: cache });
  // A gate in a later job reads what the tag's image saves this one to compress.
  const gated = { promote: "false" };
  const unrecorded = pushByAction(bed, { name: "cross-build, no records", inputs: gated });
  const nothing = { cpuMs: 0, bytes: 0 };
  const cold = { image: "before", hasSeed: false } as const;
  const cases: readonly (readonly [string, PushCase])[] = [
    [
      "push-cold-gzip",
      {
        ...cold,
        pushers: [plain, ...peers],
        goal: 0.6,
        work: { ...least.gzip, roundTrips: 4 },
        isFirst: true,
      },
    ],
    [
      "push-cold-zstd",
      { ...cold, pushers: [zstd, ...zstdPeers], goal: 0.55, work: { ...least.zstd, roundTrips: 4 } },
    ],
    [
      "push-one-layer-fresh-runner",
      {
        ...{ image: "after", hasSeed: true, goal: 0.05, work: { ...nothing, roundTrips: 4 } },
        pushers: [recorded, unrecorded, ...peers],
      },
    ],
    [
      "push-unchanged",
      {
        ...{ image: "before", hasSeed: true, goal: 0.05, work: { ...nothing, roundTrips: 3 } },
        pushers: [recorded, ...peers],
        twin: {
          ...{ name: "push-unchanged-no-records", goal: 0.2 },
          ...{
            pusher: pushByAction(bed, { inputs: gated }),
            work: { ...least.hash, bytes: 0, roundTrips: 3 },
          },
        },
      },
    ],
  ];
  const { registry } = bed;
  const seeds = new Set<string>();
  const seed = async ({ seed: name, push }: Pusher) => {
    if (seeds.has(name)) return;
    process.stderr.write(`the image before the change, pushed by ${name}\n`);
    registry.restore(undefined);
    const { reference } = await push(images.before, registry.direct);
    await registry.verify(reference, images.before.diffIds);
    registry.save(name);
    if (name === plain.seed) saveRecords(bed);
    seeds.add(name);
  };
  const open =
    ({ pushers, goal, image, hasSeed, work, isFirst, twin }: PushCase, isFar: boolean) =>
    async (): Promise<Omit<Scenario, "name">> => {
      if (hasSeed) for (const pusher of pushers) await seed(pusher);
      const toSubject = (pusher: Pusher): Subject => ({
        name: pusher.name,
        run: async () => {
          registry.restore(hasSeed ? pusher.seed : undefined);
          const pushed = await pusher.push(images[image], isFar ? registry.far : registry.direct);
          await registry.verify(pushed.reference, images[image].diffIds);
          return pushed;
        },
      });
      return {
        ...{ goal, reference: "fastest", isWarm: !(isFirst === true && !isFar) },
        ...findLimit(work, isFar),
        subjects: pushers.map(toSubject),
        ...(twin !== undefined && {
          twin: {
            ...{ name: nameCase(twin.name, isFar), goal: twin.goal, subject: toSubject(twin.pusher) },
            ...findLimit(twin.work, isFar),
          },
        }),
      };
    };
  return cases.flatMap(([name, push]) =>
    [false, true].map((isFar) => [nameCase(name, isFar), open(push, isFar)] as const),
  );
}

function nameCase(name: string, isFar: boolean): string {
  return isFar ? `${name}-wan` : name;
}

/** The time below which no push can be: all cores are busy, or else the line is. */
function findLimit({ cpuMs, bytes, roundTrips }: Work, isFar: boolean): Pick<Scenario, "limitMs"> {
  const busyMs = cpuMs / availableParallelism();
  const lineMs = isFar ? (1000 * bytes) / WAN.bytesPerSecond : 0;
  const limitMs = Math.max(busyMs, lineMs) + (isFar ? roundTrips * WAN.roundTripMs : 0);
  return limitMs === 0 ? {} : { limitMs };
}

/** Compares what the action sends with the peer that sends the least. */
function renderBytes(rows: readonly Row[]): string {
  const results = rows.map(({ result }) => result).filter(({ scenario }) => scenario.startsWith("push-"));
  const texts = results.filter(isCrossBuild).map(({ scenario, subject, bytes }) => {
    const peers = results.filter((other) => other.scenario === scenario && !isCrossBuild(other));
    const ratio = bytes / Math.min(...peers.map((peer) => peer.bytes));
    const name = subject === "cross-build" ? scenario : `${scenario} (${subject})`;
    return `${name} ${ratio.toFixed(2)}${ratio > MAX_BYTES_RATIO ? ", missed" : ""}`;
  });
  if (texts.length === 0) return "";
  const list = texts.map((text) => `- ${text}`).join("\n");
  const goal = `the goal is at most ${MAX_BYTES_RATIO}`;
  return `\n\nBytes sent, divided by those of the peer that sends the least; ${goal}:\n\n${list}`;
}

async function main(): Promise<void> {
  const folder = makeTemporaryFolder("bench");
  const machine = join(folder, "machine");
  createMachine(machine);
  const parts = execFileSync("script/testbed/push-parts.py", { encoding: "utf8" }).trim();
  const images = buildImages(machine, parts);
  const least = measureWork(folder, machine, images.before);
  const registry = await startPushRegistry(join(folder, "registry"));
  services.push(registry);
  const bed: PushBed = { machine, registry, parts, cache: join(folder, "cache") };
  const scenarios = [
    ...listPushes(bed, images, least),
    ["gate-same-job", () => openGate(bed, images.before)] as const,
    ["second-run", () => openSecondRun(bed, images.before, services)] as const,
  ];
  await measureScenarios("push", scenarios, renderBytes, ROUNDS);
}

try {
  await main();
} catch (error) {
  // Print it first: stopping the services may fail, too.
  console.error(error);
  process.exitCode = 1;
} finally {
  for (const service of services.toReversed()) await service.stop();
  removeTemporaryFolders();
}
