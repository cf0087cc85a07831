import { buffer } from "node:stream/consumers";

import { pack } from "tar-stream";

import { ActionError, type ErrorCode, isCancelled, renderError } from "../errors/action-error.js";
import { digestOf } from "../model/digest.js";
import type { Blob, OciImage } from "../model/image.js";
import { OCI_CONFIG, OCI_MANIFEST } from "../model/media-type.js";
import { platformOf, type TargetSystem } from "../model/system.js";
import type { Clock } from "../platform/clock.js";
import { waitForExit } from "./check.js";
import { RUN_LABEL } from "./client-engine.js";
import type { ContainerRuntime } from "./container.js";
import { createExitProgram } from "./exit-program.js";
import { OCI_RUNTIMES } from "./oci/effects.js";

const PROGRAM = "exit";
const EXIT_LIMIT_MS = 30_000;
/** Other errors, such as that of a command that failed, become `GATE_NO_RUNTIME`. */
const OWN_CODES: readonly ErrorCode[] = ["GATE_NO_RUNTIME", "GATE_MISMATCH"];
const CONTAINER = {
  ports: [],
  args: [],
  environment: {},
  user: undefined,
  memoryBytes: undefined,
  isReadOnly: false,
  volumes: [],
};

export interface TrialEffects {
  readonly clock: Clock;
  readonly nonce: string;
}

/**
 * Runs a container in the engine and waits until it exits, to find out whether a smoke test can run there.
 * Its image is made here, so nothing is pulled, and is removed afterwards. Rejects with `GATE_NO_RUNTIME` and
 * the engine's own words if the container does not run, and with `GATE_MISMATCH` if the engine changes
 * images.
 */
export async function tryEngine(
  runtime: ContainerRuntime,
  system: TargetSystem,
  { clock, nonce }: TrialEffects,
): Promise<void> {
  try {
    const image = await runtime.load(await createTrialImage(system, nonce));
    try {
      const start = await runtime.start(image.id, CONTAINER);
      if (start.state === "failed") throw cannotRun(runtime, system, start.reason);
      const { container } = start;
      try {
        const { passed, detail } = await waitForExit(
          { name: "exits", kind: "exit-code", exitCode: 0, args: [], timeoutMs: EXIT_LIMIT_MS },
          container,
          clock,
        );
        if (!passed) throw cannotRun(runtime, system, `the program that exits with 0 ended with ${detail}`);
      } finally {
        await container.remove();
      }
    } finally {
      await image.remove();
    }
  } catch (error) {
    if (isCancelled(error) || (error instanceof ActionError && OWN_CODES.includes(error.code))) throw error;
    throw cannotRun(runtime, system, renderError(error), error);
  }
}

/**
 * The smallest image for a system: one static program that exits with 0. The nonce makes it an image of this
 * run only, so that another run cannot remove it.
 */
export async function createTrialImage(system: TargetSystem, nonce: string): Promise<OciImage> {
  const tar = pack();
  tar.entry({ name: PROGRAM, mode: 0o755, mtime: new Date(0) }, createExitProgram(system));
  tar.finalize();
  const layer = createBlob("application/vnd.oci.image.layer.v1.tar", await buffer(tar));
  const config = createBlob(OCI_CONFIG, {
    ...platformOf(system),
    config: { Entrypoint: [`/${PROGRAM}`], Labels: { [RUN_LABEL]: nonce } },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
    history: [{ created_by: "cross-build" }],
  });
  const describe = ({ mediaType, digest, sizeBytes }: Blob) => ({ mediaType, digest, size: sizeBytes });
  const manifest = createBlob(OCI_MANIFEST, {
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: describe(config),
    layers: [describe(layer)],
  });
  return { manifest, config, layers: [layer] };
}

function createBlob(mediaType: string, content: Uint8Array | object): Blob {
  const bytes = content instanceof Uint8Array ? content : Buffer.from(JSON.stringify(content));
  return { mediaType, digest: digestOf(bytes), sizeBytes: bytes.byteLength, source: { bytes } };
}

const HINT_OTHER_CPU =
  "Register QEMU with docker/setup-qemu-action, or test the image on a runner with its CPU.";

function hintFor(title: string): string {
  return OCI_RUNTIMES.some((name) => title.startsWith(`${name} `))
    ? "Start Docker or Podman. Or let root mount an overlayfs in the runner's temporary folder: a job " +
        "container may do that only if it is privileged."
    : "Run a container by hand, such as `docker run --rm hello-world`, and fix what it reports.";
}

function cannotRun(
  { name, system: engineSystem }: ContainerRuntime,
  system: TargetSystem,
  reason: string,
  cause?: unknown,
): ActionError {
  return new ActionError("GATE_NO_RUNTIME", `${name} cannot run a container for ${system}: ${reason}`, {
    cause,
    hint: engineSystem === system ? hintFor(name) : HINT_OTHER_CPU,
  });
}
