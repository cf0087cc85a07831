import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { countOf } from "../src/model/count.js";
import { runIsolated as runOnMachine } from "../test/nix/project.js";
import { makeTemporaryFolder } from "../test/runner.js";
import { readNixRelease } from "../test/testbed.js";
import { type Engine, startEngine } from "./engine.js";
import type { Measurement } from "./measure.js";
import type { Image } from "./push-image.js";
import { type PushRegistry, REPOSITORY, type Route } from "./push-registry.js";
import { measureAction, readTimes, runIsolated, timed } from "./subjects.js";

/** Where all subjects run. */
export interface PushBed {
  readonly machine: string;
  readonly registry: PushRegistry;
  /** The folder of script/testbed/push-parts.py. */
  readonly parts: string;
  /** The binary cache that has the records of layers. */
  readonly cache: string;
}

export interface Pushed extends Measurement {
  /** The tag or digest that was pushed. */
  readonly reference: string;
}

/** A way to push an image, on a machine that has nothing but the image's store paths. */
export interface Pusher {
  readonly name: string;
  /** Pushers with the same seed leave the same registry behind. */
  readonly seed: string;
  readonly push: (image: Image, route: Route) => Promise<Pushed>;
}

const TAG = "next";
/** A peer that takes longer has failed. */
const LIMIT_S = 600;

/** The phases of the action that come after the build. */
export const PHASES = ["audit", "publish", "gate"];
const RECORDS = "/nix/store/*-cross-build-layer";

type Inputs = Readonly<Record<string, string>>;

/** The inputs of a job that pushes an image. Filling the cache is not part of a push. */
export function renderInputs({ registry }: PushBed, { installable }: Image, { host }: Route): Inputs {
  return {
    installables: installable,
    systems: process.arch === "arm64" ? "aarch64-linux" : "x86_64-linux",
    strategy: "native",
    "nix-version": readNixRelease()["nix-version"],
    image: `${host}/${REPOSITORY}`,
    tags: "",
    "registry-username": registry.username,
    "registry-password": registry.password,
    cache: "none",
    "cache-push": "false",
  };
}

/** Makes a machine forget which layers it has made. */
export function forgetLayers(machine: string): void {
  runScript(machine, `shopt -s nullglob; records=(${RECORDS}); nix-store --delete "\${records[@]}"`);
}

/** Puts the records of layers on a machine into the binary cache. */
export function saveRecords({ machine, cache }: PushBed): void {
  runScript(machine, `nix copy --to "file://${cache}?compression=none" ${RECORDS}`);
}

function runScript(machine: string, script: string): void {
  const path = "PATH=/nix/var/nix/profiles/default/bin:$PATH";
  runOnMachine(machine, ["/bin/bash", "-euc", `${path}; ${script}`]);
}

interface ActionOptions {
  readonly name?: string;
  readonly inputs?: Inputs;
}

/** The action's bundle, as the runner runs it. Its time is that of what comes after the build. */
export function pushByAction(
  bed: PushBed,
  { name = "cross-build", inputs = {} }: ActionOptions = {},
): Pusher {
  return {
    name,
    seed: "cross-build",
    push: async (image, route) => {
      forgetLayers(bed.machine);
      const before = route.countBytes();
      const { report, outputs, ...measurement } = await measureAction(bed.machine, PHASES, {
        ...renderInputs(bed, image, route),
        "candidate-tag": TAG,
        ...inputs,
      });
      const bytes = route.countBytes() - before;
      const sent = report.layers.filter(({ state }) => state === "sent").length;
      const reference = outputs["digest"] ?? "";
      return { ...measurement, bytes, reference, note: `${countOf(sent, "layer")} sent` };
    },
  };
}

/** `docker load` and `docker push`, with an engine that has no images. */
export function pushByDocker(bed: PushBed, version: string): Pusher {
  return {
    name: `docker load, push (${version})`,
    seed: "docker",
    push: (image, route) =>
      withEngine(async (engine) => {
        const docker = `docker --host ${engine.address}`;
        const target = renderTarget(route);
        const script =
          `${image.script} | ${docker} load --quiet; ${docker} tag ${image.tag} ${target}; ` +
          `${docker} push --quiet ${target}`;
        return addUse(engine, () => pushByScript(bed, script, route));
      }),
  };
}

/** The script piped into skopeo. */
export function pipeToSkopeo(bed: PushBed, version: string, format = "gzip"): Pusher {
  return {
    name: `stream to skopeo (${version})`,
    seed: "skopeo-stream",
    push: (image, route) =>
      pushByScript(bed, `${image.script} | ${renderSkopeo(bed, "/dev/stdin", route, format)}`, route),
  };
}

/** skopeo on a tar that the script writes. */
export function pushBySkopeo(bed: PushBed, version: string, format = "gzip"): Pusher {
  return {
    name: `tar, skopeo (${version})`,
    seed: "skopeo-tar",
    push: (image, route) => {
      const skopeo = renderSkopeo(bed, "image.tar", route, format);
      return pushByScript(bed, `${image.script} > image.tar; ${skopeo}`, route);
    },
  };
}

/** crane on a tar that the script writes: it reads no other. */
export function pushByCrane(bed: PushBed, version: string): Pusher {
  return {
    name: `tar, crane (${version})`,
    seed: "crane",
    push: (image, route) => {
      const crane = `${bed.parts}/crane push --insecure image.tar ${renderTarget(route)}`;
      return pushByScript(bed, `${image.script} > image.tar; ${crane}`, route);
    },
  };
}

function renderSkopeo({ parts }: PushBed, archive: string, route: Route, format: string): string {
  const options = `--quiet --dest-tls-verify=false --dest-compress-format ${format}`;
  const target = `docker://${renderTarget(route)}`;
  return `${parts}/skopeo --insecure-policy copy ${options} docker-archive:${archive} ${target}`;
}

function renderTarget({ host }: Route): string {
  return `${host}/${REPOSITORY}:${TAG}`;
}

async function pushByScript(bed: PushBed, script: string, route: Route): Promise<Pushed> {
  const before = route.countBytes();
  const measurement = await measureScript(bed, script, route);
  return { ...measurement, bytes: route.countBytes() - before, reference: TAG };
}

/** Runs a shell script in a new folder, which is also its home and has the login for the registry. */
export async function measureScript(
  { machine, registry }: PushBed,
  script: string,
  route: Route,
): Promise<Omit<Measurement, "bytes"> & { readonly diskBytes: number }> {
  const folder = makeTemporaryFolder("peer");
  mkdirSync(join(folder, ".docker"));
  const auth = Buffer.from(`${registry.username}:${registry.password}`).toString("base64");
  writeFileSync(join(folder, ".docker/config.json"), JSON.stringify({ auths: { [route.host]: { auth } } }));
  const times = join(folder, "times");
  // skopeo remembers blobs there, which a new runner does not have.
  const forget = "mkdir -p /var/lib/containers; mount -t tmpfs tmpfs /var/lib/containers";
  const command = ["timeout", String(LIMIT_S), "/bin/bash", "-euo", "pipefail", "-c", script];
  const prelude = ["/bin/bash", "-euc", `${forget}; cd ${folder}; exec "$@"`, "prelude"];
  await runIsolated(machine, [...prelude, ...timed(times), ...command], folder);
  const measurement = readTimes(times);
  rmSync(folder, { recursive: true });
  return measurement;
}

/** Lends a new engine. */
export async function withEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await startEngine(makeTemporaryFolder("engine"));
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}

/** Adds what an engine uses for some work to the cost of the work. */
export async function addUse<T extends Omit<Measurement, "bytes"> & { readonly diskBytes?: number }>(
  engine: Engine,
  work: () => Promise<T>,
): Promise<T & Measurement> {
  const before = engine.readUse();
  const measurement = await work();
  const after = engine.readUse();
  return {
    bytes: 0,
    ...measurement,
    daemonCpuMs: after.cpuMs - before.cpuMs,
    diskBytes: (measurement.diskBytes ?? 0) + after.diskBytes - before.diskBytes,
    peakKiB: Math.max(measurement.peakKiB, after.peakKiB),
  };
}

export function readDockerVersion(): string {
  const printed = execFileSync("dockerd", ["--version"], { encoding: "utf8" });
  return /[0-9.]+/.exec(printed)?.[0] ?? "";
}

/** Versions of skopeo and crane. */
export function readVersions(parts: string): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(join(parts, "versions.json"), "utf8")) as Record<string, string>;
}
