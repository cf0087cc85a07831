import { readOverlayLayer } from "../image/overlay-layer.js";
import { mayBeForkCode } from "../plan/push-policy.js";
import { type EngineEffects, openContainerEngine } from "../smoke/container-engine.js";
import type { ContainerRuntime } from "../smoke/container.js";
import type { RunContext } from "./context.js";

/**
 * Opens what runs the containers of a smoke test. `log` learns of a machine without a container engine.
 * Rejects with the codes of `openContainerEngine`.
 */
export function openEngine(
  context: RunContext,
  log: EngineEffects["log"] = context.log,
): Promise<ContainerRuntime> {
  const isForkCode = mayBeForkCode(context.event);
  return openContainerEngine({ ...context, log, isForkCode, readLayer: readOverlayLayer });
}
