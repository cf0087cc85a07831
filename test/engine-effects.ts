import { resolve } from "node:path";

import { readOverlayLayer } from "../src/image/overlay-layer.js";
import { systemClock } from "../src/platform/clock.js";
import type { EngineEffects } from "../src/smoke/container-engine.js";

/** The program on its source, which also relays connections to a container's ports. */
const PROGRAM = [
  process.execPath,
  "--disable-warning=ExperimentalWarning",
  `--import=${resolve("script/typescript.ts")}`,
  resolve("src/index.ts"),
];

/** What a run of root gives to `openContainerEngine`. */
export function createEngineEffects(
  given: Pick<EngineEffects, "run" | "nonce" | "runFolder"> & Partial<EngineEffects>,
): EngineEffects {
  return {
    runAsRoot: given.run,
    canBecomeRoot: true,
    system: process.arch === "x64" ? "x86_64-linux" : "aarch64-linux",
    program: PROGRAM,
    clock: systemClock,
    log: { info: () => undefined, warning: () => undefined },
    isForkCode: false,
    readLayer: readOverlayLayer,
    ...given,
  };
}
