import { randomUUID } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { ActionError } from "../../errors/action-error.js";
import type { Digest } from "../../model/digest.js";
import type { OciImage } from "../../model/image.js";
import { TARGET_SYSTEMS } from "../../model/system.js";
import { writeFileAtomically } from "../../platform/files.js";
import type { ContainerOptions, ContainerRuntime, ContainerStart } from "../container.js";
import type { LoadedImage } from "../load-image.js";
import { commandOf, renderBundleConfig, renderHostFiles } from "./bundle-config.js";
import { startContainer } from "./container.js";
import { type OciEffects, type OciRuntimeName, stateFolder } from "./effects.js";
import { type ImageConfig, readImageConfig } from "./image-config.js";
import { mountRoot, removeFolder, rootOf, type UnpackedImage, unmountRoot, unpackImage } from "./overlay.js";
import { readInRoot } from "./root-folder.js";
import { tryParseStopSignal } from "./stop-signal.js";
import { type ContainerUser, findUser } from "./user.js";

const CALL_LIMIT_MS = 10_000;

/**
 * Looks for an OCI runtime that root can use: this user, or by sudo. Rejects with the codes of a command, and
 * with `GATE_NO_RUNTIME`. What it resolves to runs containers without a container engine: the layers are
 * unpacked into folders, which overlayfs mounts on top of each other.
 * @see https://github.com/opencontainers/runtime-spec
 */
export async function findOciRuntime(
  name: OciRuntimeName,
  effects: OciEffects,
): Promise<() => ContainerRuntime> {
  const { stdout } = await effects.run(name, ["--version"], { timeoutMs: CALL_LIMIT_MS });
  if (!effects.canBecomeRoot) {
    throw new ActionError("GATE_NO_RUNTIME", `${name} needs root here, or sudo without a password`, {
      hint: "Run as root, allow this user passwordless sudo, or install Docker or Podman.",
    });
  }
  const [, version = "of an unknown version"] = /^\w+ version (\S+)/.exec(stdout) ?? [];
  return () => openRuntime(name, `${name} ${version}`, effects);
}

interface LoadedLayers extends UnpackedImage {
  readonly config: ImageConfig;
}

function openRuntime(name: OciRuntimeName, title: string, effects: OciEffects): ContainerRuntime {
  const images = new Map<Digest, LoadedLayers>();
  return {
    name: title,
    system: TARGET_SYSTEMS.find((system) => system === effects.system),
    load: async (image: OciImage): Promise<LoadedImage> => {
      const config = await readImageConfig(image);
      const unpacked = await unpackImage(image, config, effects);
      const id = image.config.digest;
      images.set(id, { ...unpacked, config });
      return {
        id,
        load: { way: "layers", reason: "its layers were unpacked" },
        remove: () => removeFolder(unpacked.folder, effects),
      };
    },
    start: async (id, options) => {
      const image = images.get(id);
      if (image === undefined) throw new Error(`the image ${id} is not loaded`);
      return startIn(image, { runtime: name, options }, effects);
    },
  };
}

interface Start {
  readonly runtime: OciRuntimeName;
  readonly options: ContainerOptions;
}

async function startIn(
  image: LoadedLayers,
  { runtime, options }: Start,
  effects: OciEffects,
): Promise<ContainerStart> {
  const { config } = image;
  const command = commandOf(config, options);
  if (command.length === 0) {
    return { state: "failed", reason: "the image has neither an entrypoint nor a command" };
  }
  const stopSignal = tryParseStopSignal(config.config?.StopSignal);
  if (stopSignal === undefined) {
    const shown = JSON.stringify(config.config?.StopSignal).slice(0, 100);
    return { state: "failed", reason: `the image's stop signal ${shown} is unknown` };
  }
  const id = `cross-build-${effects.nonce}-${randomUUID().slice(0, 8)}`;
  const folder = await mountRoot(image, id, effects);
  const remove = () => unmountRoot(folder, effects);
  try {
    const configured = options.user ?? config.config?.User ?? "";
    const user = await readUser(rootOf(folder), configured);
    if ("problem" in user) {
      await remove();
      return {
        state: "failed",
        reason: `the user ${JSON.stringify(configured)} is unknown: ${user.problem}`,
      };
    }
    const { isForkCode, runFolder } = effects;
    const bundle = { folder, hostname: id, config, options, user, isForkCode };
    await writeFileAtomically(join(folder, "config.json"), JSON.stringify(renderBundleConfig(bundle)), 0o600);
    for (const [file, text] of Object.entries(renderHostFiles(id)))
      await writeFile(join(folder, file), text, { mode: 0o644 });
    const states = stateFolder(runFolder, runtime);
    await mkdir(states, { recursive: true, mode: 0o700 });
    const prepared = { runtime, id, folder, states, stopSignal, command, config, options };
    const start = await startContainer(
      { ...prepared, configuredUser: configured, removeBundle: remove },
      effects,
    );
    if (start.state === "failed") await remove();
    return start;
  } catch (error) {
    await remove();
    throw error;
  }
}

/** The user that a config names, by the files of the container. */
async function readUser(root: string, name: string): Promise<ContainerUser | { readonly problem: string }> {
  const [passwd = "", group = ""] = await Promise.all(
    ["/etc/passwd", "/etc/group"].map((file) => readInRoot(root, file)),
  );
  return findUser(name, { passwd, group });
}
