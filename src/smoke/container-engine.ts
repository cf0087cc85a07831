import { ActionError, isCancelled, renderError } from "../errors/action-error.js";
import { CLIENT_ENGINES, type ClientEffects, findClientEngine } from "./client-engine.js";
import type { ContainerRuntime } from "./container.js";
import { OCI_RUNTIMES, type OciEffects } from "./oci/effects.js";
import { findOciRuntime } from "./oci/runtime.js";

export type EngineEffects = ClientEffects & OciEffects;

/**
 * Opens the first engine that answers, Docker or Podman, or else the first OCI runtime that can be used, runc
 * or crun. Rejects with `GATE_NO_RUNTIME` and the reasons if there is none, or if code from a fork would run
 * on the host's network.
 */
export async function openContainerEngine(effects: EngineEffects): Promise<ContainerRuntime> {
  const { log } = effects;
  const reasons: string[] = [];
  const finds = [
    ...CLIENT_ENGINES.map((name) => () => findClientEngine(name, effects)),
    ...OCI_RUNTIMES.map((name) => () => findOciRuntime(name, effects)),
  ];
  for (const [index, find] of finds.entries()) {
    let open: () => ContainerRuntime;
    try {
      open = await find();
    } catch (error) {
      if (isCancelled(error)) throw error;
      reasons.push(renderError(error));
      continue;
    }
    const runtime = open();
    if (index >= CLIENT_ENGINES.length) {
      log.info(`the smoke test runs in ${runtime.name}, without a container engine: ${reasons.join("; ")}`);
    }
    return runtime;
  }
  throw new ActionError(
    "GATE_NO_RUNTIME",
    `the smoke test needs Docker, Podman, runc or crun, but none is available: ${reasons.join("; ")}`,
    {
      hint:
        "Start Docker, set DOCKER_HOST to a running engine, or install runc. Or run the gate on a runner " +
        "that has one of them.",
    },
  );
}
